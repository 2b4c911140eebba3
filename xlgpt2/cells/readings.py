"""What is typed into a workbook, and what an engine reads from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells

#: Values that a user types over a named range: name -> rows of cells ("" clears a cell).
Inputs = Mapping[str, list[list[float | str]]]


@dataclass(frozen=True)
class Readings:
    """What one engine computed from a file for one set of inputs: range name -> cells."""

    engine: str
    version: str
    values: Mapping[str, Cells]
    areas: Mapping[str, Area]
    seconds: float

    def and_then(self, later: Readings) -> Readings:
        """These and those of a later workbook, which count where both have a range."""
        return replace(
            self,
            values={**self.values, **later.values},
            areas={**self.areas, **later.areas},
            seconds=self.seconds + later.seconds,
        )

    def text(self, name: str) -> str:
        """The single cell of a range, as text; of a whole number its digits alone."""
        value = self.values[name][0, 0]
        return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)

    def number(self, name: str) -> float | None:
        """The single cell of a range as a number, or None where it holds none."""
        value = self.values[name][0, 0]
        return float(value) if isinstance(value, (int, float, np.floating)) else None
