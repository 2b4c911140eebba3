"""Answers of LibreOffice's worker, converted into cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlgpt2.cells.values import CellError, Cells
from xlgpt2.engines.libreoffice.process import Message
from xlgpt2.engines.range_values import as_cells

#: LibreOffice's codes of the errors that other spreadsheets have too.
_ERRORS = {
    503: "#NUM!",
    519: "#VALUE!",
    522: "#CIRC!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}


def cells_in(answers: Iterator[Message], shape: tuple[int, int]) -> tuple[Cells, bool]:
    """The values of a range, including errors, and whether it has no formulas.

    Large ranges come in several answers, some rows each.
    """
    parts: list[Cells] = []
    rows, constant = 0, True
    while rows < shape[0]:
        answer = next(answers)
        part = np.empty((len(answer["values"]), shape[1]), dtype=object)
        part[:] = answer["values"]
        for row, column, code in answer["errors"]:
            part[row, column] = CellError(_ERRORS.get(code, f"Err:{code}"))
        parts.append(as_cells(part))
        rows += len(part)
        constant = constant and answer["constant"]
    return parts[0] if len(parts) == 1 else as_cells(np.vstack(parts)), constant


def with_truth_values(cells: Cells, rectangles: list[list[int]]) -> Cells:
    """Cells with the numbers in some rectangles converted into TRUE or FALSE."""
    if not rectangles:
        return cells
    result = cells.astype(object)
    for row, column, rows, columns in rectangles:
        part = result[row : row + rows, column : column + columns]
        part[:] = [[bool(v) if isinstance(v, float) else v for v in line] for line in part]
    return result
