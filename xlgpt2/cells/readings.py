"""Inputs of a workbook, and readings of an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells

#: Values that a user types over a named range: name -> rows of cells ("" clears a cell).
Inputs = Mapping[str, list[list[float | str]]]


#: What the name of an engine does not say.
_REMARKS = {"formulas": " (its parser; evaluated by xlgpt2)"}


def version_text(engine: str, version: str) -> str:
    """The version of an engine, with a remark where its name does not say enough."""
    return version + _REMARKS.get(engine, "")


@dataclass(frozen=True)
class Readings:
    """The values that one engine computed for one set of inputs: range name -> cells."""

    engine: str
    version: str
    values: Mapping[str, Cells]
    areas: Mapping[str, Area]
    seconds: float

    def merged_with(self, later: Readings) -> Readings:
        """These readings and those of a later workbook, which win where both have a range."""
        return replace(
            self,
            values={**self.values, **later.values},
            areas={**self.areas, **later.areas},
            seconds=self.seconds + later.seconds,
        )

    def text(self, name: str) -> str:
        """The single cell of a range as text; a whole number has no decimal point."""
        value = self.values[name][0, 0]
        return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)

    def number(self, name: str) -> float | None:
        """The single cell of a range as a number, or None if it is not one."""
        value = self.values[name][0, 0]
        return float(value) if isinstance(value, (int, float, np.floating)) else None
