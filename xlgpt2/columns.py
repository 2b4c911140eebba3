"""Values as rectangles of cells: float64, or object where texts or blanks are among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlgpt2.cells import Cells

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
