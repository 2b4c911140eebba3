"""Values of cells: numbers, texts, blanks and errors, in rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellError:
    """A spreadsheet error such as #VALUE! in place of a value."""

    code: str

    def __str__(self) -> str:
        return self.code


#: A value that a formula can have.
CellValue = float | str | bool | CellError

#: A rectangle of cells: float64, or object if texts, blanks or errors are among them. A blank
#: cell and an empty text are both "".
Cells = NDArray[Any]

#: The most UTF-16 units that a cell can hold, in Excel and in LibreOffice 7.4.
MOST_CHARACTERS = 32_767


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 units, in which cells are limited: two for an emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def unpaired_surrogate(text: str) -> str | None:
    """The first unpaired surrogate in a text, which no file can hold, or None."""
    return next((character for character in text if "\ud800" <= character <= "\udfff"), None)


Value = float | str


def grid(rows: Sequence[Sequence[Value]], width: int | None = None) -> Cells:
    """A rectangle [rows, width] of cells; short rows are filled up with blanks ("")."""
    width = max(len(row) for row in rows) if width is None else width
    filled: list[list[Value]] = [
        [value if isinstance(value, str) else float(value) for value in row]
        + [""] * (width - len(row))
        for row in rows
    ]
    has_text = any(map(_have_text, filled))
    cells = np.empty((len(rows), width), dtype=object if has_text else np.float64)
    cells[:] = filled
    return cells


def column(values: Sequence[Value], rows: int | None = None, past: Value = "") -> Cells:
    """A column of cells [rows, 1]; the cells after the last value are `past`."""
    missing = 0 if rows is None else rows - len(values)
    filled = [*values, *[past] * missing]
    if not _have_text(filled):
        return np.array(filled, dtype=np.float64).reshape(-1, 1)
    cells = np.empty((len(filled), 1), dtype=object)  # faster than as rows of one cell
    cells[:, 0] = [value if isinstance(value, str) else float(value) for value in filled]
    return cells


def _have_text(values: Sequence[Value]) -> bool:
    """Whether some values are texts; there may be many, of few types."""
    return any(issubclass(kind, str) for kind in set(map(type, values)))


def single(value: Value) -> Cells:
    """One cell [1, 1]."""
    return grid([[value]])


def as_text(value: Value) -> str:
    """A value as the operator & shows it: a number with 15 digits, a text as it is."""
    return value if isinstance(value, str) else f"{value:.15g}"


def to_15_digits(number: float) -> float:
    """A number rounded to 15 digits, which every program keeps when it saves a file."""
    return float(f"{number:.15g}")
