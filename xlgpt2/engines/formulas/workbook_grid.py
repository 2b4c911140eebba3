"""The grid of a workbook: its constants, and room for everything that is read, filled or named."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.filled_down import FilledDown, Operand
from xlgpt2.engines.formulas.grid import Grid
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.bulk_numbers import NumberBlock
from xlgpt2.xlsx.reading.workbook_file import (
    SheetConstants,
    WorkbookFile,
    with_block,
)


def workbook_grid(file: WorkbookFile, groups: Sequence[FilledDown]) -> Grid:
    """The constants in a grid that is large enough for all cells that are read, filled or named.

    Other cells, such as the headers between two ranges of weights, are not in it.
    """
    used = set(file.areas.values())
    sheets_with_blocks = {block.area.sheet for block in file.number_blocks}
    rows, columns = dict.fromkeys(file.sheets, 0), dict.fromkeys(file.sheets, 0)
    for operand in itertools.chain.from_iterable((*g.cells, *g.areas) for g in groups):
        if operand.sheet in sheets_with_blocks:
            used |= _areas(operand)
        else:
            rows[operand.sheet] = max(rows[operand.sheet], int(operand.last.max()))
            last_column = operand.column + operand.columns - 1
            columns[operand.sheet] = max(columns[operand.sheet], last_column)
    number_blocks, sheets = _number_blocks(file, used)
    in_blocks = {
        area
        for area in used
        if any(block.area.contains(area) for block in number_blocks.get(area.sheet, ()))
    }
    for area in itertools.chain(used - in_blocks, (formula.area for formula in file.formulas)):
        rows[area.sheet] = max(rows[area.sheet], area.row + area.rows - 1)
        columns[area.sheet] = max(columns[area.sheet], area.column + area.columns - 1)
    sizes = {name: (rows[name], columns[name]) for name in sheets}
    cells = sum(rows[name] * columns[name] for name in sheets)
    if cells > file.most_cells:
        raise WorkbookError(
            f"workbook {file.path}: expected at most {file.most_cells:,} cells up to the last "
            f"named, filled or read cell of each sheet, got {cells:,}",
            WORKBOOK_HINT,
        )
    grid = Grid(sizes, itertools.chain.from_iterable(number_blocks.values()))
    for name, sheet in sheets.items():
        grid.fill(name, sheet.numbers[: rows[name], : columns[name]])
        others = [
            (i, j, value)
            for (i, j), value in sheet.others.items()
            if i < rows[name] and j < columns[name]
        ]
        down = np.array([i for i, _, _ in others], dtype=np.int64)
        right = np.array([j for _, j, _ in others], dtype=np.int64)
        places = grid.places(name, down + 1, right + 1).tolist()
        for place, (_, _, value) in zip(places, others, strict=True):
            grid.put(place, value)
    return grid


def _number_blocks(
    file: WorkbookFile, used: Iterable[Area]
) -> tuple[dict[str, list[NumberBlock]], dict[str, SheetConstants]]:
    """The number blocks of each sheet, and the sheets.

    A block that overlaps an area without containing it is moved back into the sheet's cells.
    """
    number_blocks: dict[str, list[NumberBlock]] = {}
    sheets = dict(file.sheets)
    for block in file.number_blocks:
        number_blocks.setdefault(block.area.sheet, []).append(block)
    for area in used:
        for block in list(number_blocks.get(area.sheet, ())):
            if block.area.overlaps(area) and not block.area.contains(area):
                number_blocks[area.sheet].remove(block)
                sheets[area.sheet] = with_block(sheets[area.sheet], block)
    return number_blocks, sheets


def _areas(operand: Operand) -> set[Area]:
    """The different areas of an operand."""
    _, indices = np.unique(operand.rows(), return_index=True)
    return {operand.area(index) for index in indices.tolist()}
