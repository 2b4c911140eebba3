"""Overridden cells, and the array formulas that they replace."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from xlgpt2.cells.address import Area
from xlgpt2.engines.inputs import Override, partial_array_error
from xlgpt2.xlsx.reading.formulas import SheetFormulas

#: A row and a column, counted from 1.
RowColumn = tuple[int, int]


def overridden_arrays(sheet: SheetFormulas, cells: Collection[RowColumn]) -> list[Area]:
    """The array formulas of several cells that the overridden `cells` of a sheet replace.

    Raises PromptError if only a part of one is overridden.
    """
    arrays = [formula.area for formula in sheet.formulas if formula.area.shape != (1, 1)]
    return [array for array in arrays if _is_overridden(array, cells)]


def cells_by_sheet(
    overrides: Sequence[Override],
) -> Mapping[str, Mapping[RowColumn, float | str]]:
    """The value of each overridden cell, by sheet; of two values for a cell, the later one."""
    sheets: dict[str, dict[RowColumn, float | str]] = {}
    for override in overrides:
        values = [value for row in override.rows for value in row]
        cells = zip(row_columns(override.area), values, strict=True)
        sheets.setdefault(override.area.sheet, {}).update(cells)
    return sheets


def row_columns(area: Area) -> list[RowColumn]:
    """The cells of an area, row by row."""
    return [
        (row, column)
        for row in range(area.row, area.row + area.rows)
        for column in range(area.column, area.column + area.columns)
    ]


def _is_overridden(array: Area, cells: Collection[RowColumn]) -> bool:
    """Whether `cells` override an array formula; raises PromptError if only a part of it."""
    in_array = row_columns(array)
    overridden = [cell in cells for cell in in_array]
    if any(overridden) and not all(overridden):
        row, column = in_array[overridden.index(True)]
        raise partial_array_error(Area(array.sheet, row, column, 1, 1), array)
    return all(overridden)
