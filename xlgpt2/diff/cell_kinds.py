"""The cells of one sheet by place: what kind each is of, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.diff.differences import Content
from xlgpt2.xlsx.reading.formulas import FileFormula, Place
from xlgpt2.xlsx.reading.workbook_file import SheetFile

Numbers = NDArray[np.float64]
Kinds = NDArray[np.int8]


class Kind(IntEnum):
    """What a cell is; `COVERED` is one that an array formula in another cell fills."""

    BLANK = 0
    NUMBER = 1
    OTHER = 2  # a text, a truth value or an error
    FORMULA = 3
    COVERED = 4


class SheetCells:
    """A sheet that was read; all places are rows and columns counted from 1."""

    def __init__(self, file: SheetFile) -> None:
        self.name = file.name
        self.formulas = {(f.area.row, f.area.column): f for f in file.formulas}
        self.others = {(i + 1, j + 1): value for (i, j), value in file.constants.others.items()}
        rows, columns = file.constants.numbers.shape
        self._lifted = [(block.area, block.numbers) for block in file.number_blocks]
        grid = Area(file.name, 1, 1, rows, columns), file.constants.numbers
        self._blocks = [*self._lifted, *([grid] if rows and columns else [])]
        self._bounds = _bounds([formula.area for formula in file.formulas])
        self._formulas = file.formulas
        self._other_places = np.array(list(self.others), dtype=np.int64).reshape(-1, 2)
        self._arrays: dict[int, list[FileFormula]] = {}  # by the rows that they fill
        for formula in file.formulas:
            if formula.area.shape != (1, 1):
                for row in range(formula.area.row, formula.area.row + formula.area.rows):
                    self._arrays.setdefault(row, []).append(formula)

    def numbers(self, area: Area) -> Numbers:
        """The numbers of a rectangle, NaN where there are none; not to be written to."""
        for block, numbers in self._lifted:
            if block.contains(area):
                return numbers[_inside(block, area)]
        parts = [(_common(block, area), block, numbers) for block, numbers in self._blocks]
        found = np.full(area.shape, np.nan)
        for common, block, numbers in parts:
            if common is not None:
                part, where = numbers[_inside(block, common)], _inside(area, common)
                found[where] = np.where(np.isnan(part), found[where], part)
        return found

    def kinds(self, area: Area) -> Kinds:
        """The kind of each cell of a rectangle."""
        kinds = (~np.isnan(self.numbers(area))).astype(np.int8)  # NUMBER or BLANK
        for number in np.flatnonzero(_touching(self._bounds, area)):
            formula = self._formulas[number].area
            common = _common(formula, area)
            assert common is not None
            kinds[_inside(area, common)] = Kind.COVERED
            if area.contains(_first_cell(formula)):
                kinds[formula.row - area.row, formula.column - area.column] = Kind.FORMULA
        i, j = self._other_places[:, 0] - area.row, self._other_places[:, 1] - area.column
        inside = (i >= 0) & (i < area.rows) & (j >= 0) & (j < area.columns)
        kinds[i[inside], j[inside]] = Kind.OTHER
        return kinds

    def kind(self, row: int, column: int) -> Kind:
        """The kind of one cell."""
        if (row, column) in self.formulas:
            return Kind.FORMULA
        if (row, column) in self.others:
            return Kind.OTHER
        if self._array(row, column) is not None:
            return Kind.COVERED
        return Kind.BLANK if np.isnan(self._number(row, column)) else Kind.NUMBER

    def content(self, row: int, column: int) -> Content:
        """What one cell holds, or the array formula of another cell that fills it."""
        place = row, column
        if place in self.others:
            return self.others[place]
        number = self._number(row, column)
        if not np.isnan(number):
            return number
        return self.formulas.get(place) or self._array(row, column)

    def places_outside(self, areas: Sequence[Area]) -> list[Place]:
        """The cells with something in them that are in none of these rectangles, row by row."""
        found: list[Place] = []
        for block, numbers in self._blocks:
            found += _left_over(block, ~np.isnan(numbers), areas)
        rest = [*self.formulas, *self.others]
        rows = np.array(rest, dtype=np.int64).reshape(-1, 2)
        outside = np.ones(len(rest), dtype=bool)
        for area in areas:
            i, j = rows[:, 0] - area.row, rows[:, 1] - area.column
            outside &= (i < 0) | (i >= area.rows) | (j < 0) | (j >= area.columns)
        found += [rest[number] for number in np.flatnonzero(outside)]
        return sorted(found)

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
    """First row, row after the last, first column and column after the last of each."""
    edges = [(a.row, a.row + a.rows, a.column, a.column + a.columns) for a in areas]
    return np.array(edges, dtype=np.int64).reshape(-1, 4)


def _touching(bounds: NDArray[np.int64], area: Area) -> NDArray[np.bool_]:
    """Which rectangles have a cell in common with an area."""
    top, bottom, left, right = bounds.T
    in_rows = (top < area.row + area.rows) & (bottom > area.row)
    in_columns = (left < area.column + area.columns) & (right > area.column)
    touching: NDArray[np.bool_] = in_rows & in_columns
    return touching


def _common(one: Area, other: Area) -> Area | None:
    """The cells that two rectangles of a sheet have in common."""
    row, column = max(one.row, other.row), max(one.column, other.column)
    rows = min(one.row + one.rows, other.row + other.rows) - row
    columns = min(one.column + one.columns, other.column + other.columns) - column
    return Area(one.sheet, row, column, rows, columns) if rows > 0 and columns > 0 else None


def _inside(whole: Area, part: Area) -> tuple[slice, slice]:
    """Where a rectangle is in the array of a larger one."""
    i, j = part.row - whole.row, part.column - whole.column
    return slice(i, i + part.rows), slice(j, j + part.columns)


def _first_cell(area: Area) -> Area:
    return Area(area.sheet, area.row, area.column, 1, 1)


def _left_over(block: Area, filled: NDArray[np.bool_], areas: Sequence[Area]) -> Iterator[Place]:
    """The filled cells of a block that are in none of the areas."""
    for area in areas:
        common = _common(block, area)
        if common is not None:
            filled[_inside(block, common)] = False
    i, j = np.nonzero(filled)
    yield from zip((i + block.row).tolist(), (j + block.column).tolist(), strict=True)
