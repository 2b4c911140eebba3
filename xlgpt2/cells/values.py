"""What cells hold: numbers, texts, blanks and errors, as rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellError:
    """A spreadsheet error such as #VALUE! where a value should be."""

    code: str

    def __str__(self) -> str:
        return self.code


#: A rectangle of cells: float64, or object where texts, blanks or errors are among them. A blank
#: cell and an empty text are both "".
Cells = NDArray[Any]

#: UTF-16 units that a cell holds, in Excel and in LibreOffice 7.4.
MOST_CHARACTERS = 32_767


def length_in_cell(text: str) -> int:
    """UTF-16 units of a text, which is what a cell counts: two for an emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def half_character(text: str) -> str | None:
    """The first half of a surrogate pair that stands alone, or None: no file can hold it."""
    return next((character for character in text if "\ud800" <= character <= "\udfff"), None)


Value = float | str


def grid(rows: Sequence[Sequence[Value]], width: int | None = None) -> Cells:
    """A rectangle [rows, width] of cells; short rows end in blanks ("")."""
    width = max(len(row) for row in rows) if width is None else width
    filled: list[list[Value]] = [
        [value if isinstance(value, str) else float(value) for value in row]
        + [""] * (width - len(row))
        for row in rows
    ]
    has_text = any(isinstance(value, str) for row in filled for value in row)
    cells = np.empty((len(rows), width), dtype=object if has_text else np.float64)
    cells[:] = filled
    return cells


def column(values: Sequence[Value], rows: int | None = None, past: Value = "") -> Cells:
    """One column of cells [rows, 1]; what lies past the last value is `past`."""
    if rows is None and not any(isinstance(value, str) for value in values):
        return np.array(values, dtype=np.float64).reshape(-1, 1)
    missing = 0 if rows is None else rows - len(values)
    return grid([[value] for value in values] + [[past]] * missing, 1)


def single(value: Value) -> Cells:
    """One cell [1, 1]."""
    return grid([[value]])


def joined(value: Value) -> str:
    """A value as a formula joins it to a text: a number in 15 digits, a text as it is."""
    return value if isinstance(value, str) else f"{value:.15g}"


def in_file(number: float) -> float:
    """A number in 15 digits, which is what every program keeps when it saves a file."""
    return float(f"{number:.15g}")
