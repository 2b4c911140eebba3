"""The cells of one sheet: the kind and the content of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.diff.differences import Content
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.reading.workbook_file import SheetFile

#: Row and column of a cell, counted from 1.
Position = tuple[int, int]


class CellKind(IntEnum):
    """The kind of a cell; the array formula of another cell fills a `COVERED` one."""

    BLANK = 0
    NUMBER = 1
    OTHER = 2  # a text, a truth value or an error
    FORMULA = 3
    COVERED = 4


class SheetCells:
    """The cells of a sheet as its file has them; rows and columns are counted from 1."""

    def __init__(self, file: SheetFile) -> None:
        self.name = file.name
        self.formulas = {(f.area.row, f.area.column): f for f in file.formulas}
        self.others = {(i + 1, j + 1): value for (i, j), value in file.constants.others.items()}
        rows, columns = file.constants.numbers.shape
        self._bulk_blocks = [(block.area, block.numbers) for block in file.number_blocks]
        grid = Area(file.name, 1, 1, rows, columns), file.constants.numbers
        self._blocks = [*self._bulk_blocks, *([grid] if rows and columns else [])]
        self._bounds = _bounds([formula.area for formula in file.formulas])
        self._formulas = file.formulas
        self._other_positions = np.array(list(self.others), dtype=np.int64).reshape(-1, 2)
        self._arrays: dict[int, list[FileFormula]] = {}  # by each row that they fill
        for formula in file.formulas:
            if formula.area.shape != (1, 1):
                for row in range(formula.area.row, formula.area.row + formula.area.rows):
                    self._arrays.setdefault(row, []).append(formula)

    def numbers(self, area: Area) -> NDArray[np.float64]:
        """The numbers of an area, NaN where there are none; do not write to the array."""
        for block, numbers in self._bulk_blocks:
            if block.contains(area):
                return numbers[_slices(block, area)]
        result = np.full(area.shape, np.nan)
        for block, numbers in self._blocks:
            common = _intersection(block, area)
            if common is not None:
                part, where = numbers[_slices(block, common)], _slices(area, common)
                result[where] = np.where(np.isnan(part), result[where], part)
        return result

    def kinds(self, area: Area) -> NDArray[np.int8]:
        """The kind of each cell of an area."""
        kinds = (~np.isnan(self.numbers(area))).astype(np.int8)  # NUMBER or BLANK
        for index in np.flatnonzero(_overlapping(self._bounds, area)):
            formula = self._formulas[index].area
            common = _intersection(formula, area)
            assert common is not None
            kinds[_slices(area, common)] = CellKind.COVERED
            if area.contains(_first_cell(formula)):
                kinds[formula.row - area.row, formula.column - area.column] = CellKind.FORMULA
        i, j = self._other_positions[:, 0] - area.row, self._other_positions[:, 1] - area.column
        inside = (i >= 0) & (i < area.rows) & (j >= 0) & (j < area.columns)
        kinds[i[inside], j[inside]] = CellKind.OTHER
        return kinds

    def kind(self, row: int, column: int) -> CellKind:
        """The kind of one cell."""
        if (row, column) in self.formulas:
            return CellKind.FORMULA
        if (row, column) in self.others:
            return CellKind.OTHER
        if self._array(row, column) is not None:
            return CellKind.COVERED
        return CellKind.BLANK if np.isnan(self._number(row, column)) else CellKind.NUMBER

    def content(self, row: int, column: int) -> Content:
        """The content of one cell, or the array formula of another cell that fills it."""
        position = row, column
        if position in self.others:
            return self.others[position]
        number = self._number(row, column)
        if not np.isnan(number):
            return number
        return self.formulas.get(position) or self._array(row, column)

    def filled_outside(self, areas: Sequence[Area]) -> list[Position]:
        """The filled cells that are in none of these areas, row by row."""
        filled: list[Position] = []
        for block, numbers in self._blocks:
            filled += _filled_outside(block, ~np.isnan(numbers), areas)
        rest = [*self.formulas, *self.others]
        positions = np.array(rest, dtype=np.int64).reshape(-1, 2)
        outside = np.ones(len(rest), dtype=bool)
        for area in areas:
            i, j = positions[:, 0] - area.row, positions[:, 1] - area.column
            outside &= (i < 0) | (i >= area.rows) | (j < 0) | (j >= area.columns)
        filled += [rest[index] for index in np.flatnonzero(outside)]
        return sorted(filled)

    def _array(self, row: int, column: int) -> FileFormula | None:
        """The array formula that fills a cell."""
        arrays = self._arrays.get(row, ())
        return next((f for f in arrays if 0 <= column - f.area.column < f.area.columns), None)

    def _number(self, row: int, column: int) -> float:
        for block, numbers in self._blocks:
            i, j = row - block.row, column - block.column
            if 0 <= i < block.rows and 0 <= j < block.columns and not np.isnan(numbers[i, j]):
                return float(numbers[i, j])
        return np.nan


def _bounds(areas: Sequence[Area]) -> NDArray[np.int64]:
    """First row, row after the last, first column and column after the last of each area."""
    edges = [(a.row, a.row + a.rows, a.column, a.column + a.columns) for a in areas]
    return np.array(edges, dtype=np.int64).reshape(-1, 4)


def _overlapping(bounds: NDArray[np.int64], area: Area) -> NDArray[np.bool_]:
    """Which areas, given by their bounds, overlap an area."""
    top, bottom, left, right = bounds.T
    in_rows = (top < area.row + area.rows) & (bottom > area.row)
    in_columns = (left < area.column + area.columns) & (right > area.column)
    overlapping: NDArray[np.bool_] = in_rows & in_columns
    return overlapping


def _intersection(a: Area, b: Area) -> Area | None:
    """The cells that two areas of a sheet have in common."""
    row, column = max(a.row, b.row), max(a.column, b.column)
    rows = min(a.row + a.rows, b.row + b.rows) - row
    columns = min(a.column + a.columns, b.column + b.columns) - column
    return Area(a.sheet, row, column, rows, columns) if rows > 0 and columns > 0 else None


def _slices(whole: Area, part: Area) -> tuple[slice, slice]:
    """The slices of an area's array that a part of the area takes."""
    i, j = part.row - whole.row, part.column - whole.column
    return slice(i, i + part.rows), slice(j, j + part.columns)


def _first_cell(area: Area) -> Area:
    return Area(area.sheet, area.row, area.column, 1, 1)


def _filled_outside(
    block: Area, filled: NDArray[np.bool_], areas: Sequence[Area]
) -> Iterator[Position]:
    """The filled cells of a block that are in none of the areas."""
    for area in areas:
        common = _intersection(block, area)
        if common is not None:
            filled[_slices(block, common)] = False
    i, j = np.nonzero(filled)
    yield from zip((i + block.row).tolist(), (j + block.column).tolist(), strict=True)
