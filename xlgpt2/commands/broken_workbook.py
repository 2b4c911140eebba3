"""Broken workbooks: why one finds no tokens, if not because of the prompt."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError
from xlgpt2.engines import Engine
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.reading.other_names import read_broken_names
from xlgpt2.xlsx.reading.workbook import Workbook


def check_not_broken(
    engine: Engine, workbook: Workbook, inputs: Inputs, readings: Readings
) -> None:
    """Raise an error if a workbook finds no tokens, and the prompt is not why.

    Raises WorkbookError for a name whose cells were deleted, and EngineFailedError for the first
    cell with an error; to find it, the workbook is computed once more.
    """
    count = readings.values["token_count"][0, 0]
    if not (isinstance(count, CellError) or count == 0) or readings.text("prompt") == "":
        return
    for name, text in read_broken_names(workbook).items():
        raise WorkbookError(
            f"workbook {workbook.path.name}: expected a range named {name}, got {text}",
            "a tab, rows or columns that formulas refer to were deleted: undo that, "
            "or rebuild the workbook",
        )
    if readings.text("prompt_message").startswith("Too long"):
        return
    for all_readings in engine.recalculate(workbook, [inputs]):
        for name, cell, value in _errors(all_readings):
            raise EngineFailedError(
                f"range {name} at {cell}: expected a value, {readings.engine} returned {value}",
                "this is the first cell with an error; xlgpt2 verify FILE lists all differences",
            )


def _errors(readings: Readings) -> Iterator[tuple[str, str, CellError]]:
    """The errors in cells: range, address and error, in the order of the workbook's names."""
    for name, cells in readings.values.items():
        if cells.dtype != object:
            continue
        for (i, j), value in np.ndenumerate(cells):
            if isinstance(value, CellError):
                yield name, readings.areas[name].cell(i, j), value
