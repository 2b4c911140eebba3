"""The values of all cells of a workbook during computation, in the types of `formulas`."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import schedula
from formulas.tokens.operand import Error, XlError
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import (
    MOST_CHARACTERS,
    CellError,
    Cells,
    CellValue,
)
from xlgpt2.xlsx.reading.bulk_numbers import NumberBlock

#: A value in `formulas`: a number, text, truth value or error, or an array of them.
Value = Any

#: A function of `formulas`, or one of our replacements.
Function = Callable[..., Value]

#: A blank cell in `formulas`.
EMPTY = schedula.EMPTY

VALUE_ERROR = Error.errors["#VALUE!"]
NUMBER_ERROR = Error.errors["#NUM!"]
CYCLE_ERROR = XlError("#CIRC!")  # IronCalc's; `formulas` has none
MISSING_ERROR = Error.errors["#N/A"]

_Kind = TypeVar("_Kind", bound=np.generic)

#: The types of numbers in an array of objects.
NUMBER_TYPES = {float, int, np.float64, np.int64}


@dataclass(frozen=True, eq=False)
class GridArea:
    """A rectangle of the grid: a view of its numbers, and the place of its first cell."""

    numbers: NDArray[np.float64]
    first: int
    width: int

    def places(self) -> NDArray[np.int64]:
        """The place of every cell."""
        rows, columns = self.numbers.shape
        return self.first + np.arange(rows)[:, None] * self.width + np.arange(columns)

    def part_of(self, row: NDArray[_Kind]) -> NDArray[_Kind]:
        """A view of the same cells in another row vector of all places."""
        size = row.itemsize
        return np.lib.stride_tricks.as_strided(
            row[self.first :], self.numbers.shape, (self.width * size, size)
        )


@dataclass(frozen=True)
class SavedCell:
    """A saved cell: its number, or its other value."""

    place: int
    number: float
    other: Value


class Grid:
    """The cells of all sheets in one row of numbers, so that cells of any sheets are read at once.

    A cell's place is its index in that row. If the number is NaN, the value is in `_others` at the
    same place, or the cell is blank. Otherwise `_others` is ignored.
    Number blocks keep their own arrays; their places follow those of the sheets.
    """

    def __init__(
        self, sizes: Mapping[str, tuple[int, int]], number_blocks: Iterable[NumberBlock] = ()
    ) -> None:
        self._numbers = np.full(sum(rows * columns for rows, columns in sizes.values()), np.nan)
        self._others: dict[int, Value] = {}
        self._sheets: dict[str, tuple[int, NDArray[np.float64]]] = {}
        self._number_blocks: dict[str, list[tuple[Area, GridArea]]] = {}
        first = 0
        for sheet, (rows, columns) in sizes.items():
            end = first + rows * columns
            self._sheets[sheet] = first, self._numbers[first:end].reshape(rows, columns)
            first = end
        for block in number_blocks:
            grid_area = GridArea(block.numbers, first, block.area.columns)
            self._number_blocks.setdefault(block.area.sheet, []).append((block.area, grid_area))
            first += block.numbers.size

    @property
    def size(self) -> int:
        """The number of places that formulas can fill."""
        return int(self._numbers.size)

    def area(self, area: Area) -> GridArea:
        """An area's part of the grid, as a view that stays current."""
        for whole, block in self._number_blocks.get(area.sheet, ()):
            if whole.contains(area):
                top, left = area.row - whole.row, area.column - whole.column
                part = block.numbers[top : top + area.rows, left : left + area.columns]
                place = block.first + top * block.width + left
                return GridArea(part, place, block.width)
        first, numbers = self._sheets[area.sheet]
        top, left = area.row - 1, area.column - 1
        part = numbers[top : top + area.rows, left : left + area.columns]
        width = int(numbers.shape[1])
        return GridArea(part, first + top * width + left, width)

    @property
    def cells_in_all(self) -> int:
        """The number of all places, including those of number blocks."""
        blocks = (block for pairs in self._number_blocks.values() for _, block in pairs)
        return self.size + sum(block.numbers.size for block in blocks)

    def places(
        self, sheet: str, rows: NDArray[np.int64], columns: NDArray[np.int64] | int
    ) -> NDArray[np.int64]:
        """The places of some cells of a sheet."""
        first, numbers = self._sheets[sheet]
        places: NDArray[np.int64] = first + (rows - 1) * numbers.shape[1] + columns - 1
        for whole, block in self._number_blocks.get(sheet, ()):
            down, right = rows - whole.row, columns - whole.column
            inside = (down >= 0) & (down < whole.rows) & (right >= 0) & (right < whole.columns)
            places = np.where(inside, block.first + down * block.width + right, places)
        return places

    def fill(self, sheet: str, numbers: NDArray[np.float64]) -> None:
        """Put a sheet's numbers, from A1 on, into the grid."""
        rows, columns = numbers.shape
        self._sheets[sheet][1][:rows, :columns] = numbers

    def read(self, area: GridArea) -> Cells:
        """An area as an argument: floats if all of it is numbers, and objects otherwise."""
        if not np.isnan(area.numbers).any():
            return area.numbers
        return self._with_others(area.numbers, area.places())

    def read_places(self, places: NDArray[np.int64]) -> Cells:
        """The cells at some places as an argument."""
        if self._number_blocks and places.size and places.max() >= self.size:
            numbers = np.array([self._at(place) for place in places.ravel().tolist()])
            numbers = numbers.reshape(places.shape)
        else:
            numbers = self._numbers[places]
        return self._with_others(numbers, places) if np.isnan(numbers).any() else numbers

    def _with_others(self, numbers: NDArray[np.float64], places: NDArray[np.int64]) -> Cells:
        cells: Cells = numbers.astype(object)
        missing = np.isnan(numbers)
        cells[missing] = [self._others.get(place, EMPTY) for place in places[missing].tolist()]
        return cells

    def write(self, area: GridArea, result: Value) -> None:
        """Fill an area with a result; a single row or column of it is repeated."""
        # An error is a str to numpy, which would keep only its text.
        values = np.asarray(result, dtype=object if isinstance(result, str) else None)
        values = values.reshape(1, -1) if values.ndim < 2 else values
        rows, columns = area.numbers.shape
        if values.shape[0] not in (1, rows) or values.shape[1] not in (1, columns):
            values = _cut_or_padded(values, rows, columns)
        numbers = as_numbers(values)
        if numbers is not None:
            area.numbers[:] = numbers
        else:
            filled = np.broadcast_to(values, (rows, columns))
            self._write_mixed(area.places().ravel().tolist(), filled.ravel().tolist())

    def write_places(self, places: NDArray[np.int64], values: Cells) -> None:
        """Put a value at each of some places."""
        numbers = as_numbers(values)
        if numbers is not None:
            self._numbers[places] = numbers
        else:
            self._write_mixed(places.tolist(), values.tolist())

    def _write_mixed(self, places: list[int], values: list[Value]) -> None:
        for place, value in zip(places, values, strict=True):
            stored = _grid_value(value)
            if type(stored) is float:
                self._numbers[place] = stored
            else:
                self._numbers[place] = np.nan
                self._others[place] = stored

    def put(self, place: int, value: CellValue) -> None:
        """Put a constant at a place; "" leaves the cell blank."""
        self._others.pop(place, None)
        self._set(place, np.nan)
        if isinstance(value, CellError):
            self._others[place] = Error.errors.get(value.code) or XlError(value.code)
        elif isinstance(value, (bool, str)):
            if value != "":
                self._others[place] = value
        else:
            self._set(place, value)

    def saved(self, places: Collection[int]) -> list[SavedCell]:
        """The cells at some places, to be restored later."""
        return [SavedCell(place, self._at(place), self._others.get(place)) for place in places]

    def restore(self, cells: Iterable[SavedCell]) -> None:
        """Restore saved cells."""
        for cell in cells:
            self._set(cell.place, cell.number)
            self._others.pop(cell.place, None)
            if cell.other is not None:
                self._others[cell.place] = cell.other

    def _at(self, place: int) -> float:
        """The number at a place."""
        numbers, index = self._array_of(place)
        return float(numbers.flat[index])

    def _set(self, place: int, number: float) -> None:
        numbers, index = self._array_of(place)
        numbers.flat[index] = number

    def _array_of(self, place: int) -> tuple[NDArray[np.float64], int]:
        """The array that contains a place, and the index in it."""
        if place < self.size:
            return self._numbers, place
        blocks = (block for pairs in self._number_blocks.values() for _, block in pairs)
        block = next(b for b in blocks if b.first <= place < b.first + b.numbers.size)
        return block.numbers, place - block.first

    def cells(self, area: Area) -> Cells:
        """The values of an area, in the types of readings."""
        grid_area = self.area(area)
        values = self.read(grid_area)
        if values.dtype == np.float64:
            return np.array(values)
        cells = np.empty(values.shape, dtype=object)
        cells[:] = [[_cell_value(value) for value in row] for row in values.tolist()]
        return cells


def as_numbers(values: Cells) -> NDArray[np.float64] | None:
    """Values as numbers, or None if some are not numbers that a cell can hold."""
    if values.dtype == object:
        # Checked by type, since numpy would convert the text "12" into a number.
        if not set(map(type, values.ravel().tolist())) <= NUMBER_TYPES:
            return None
    elif values.dtype.kind not in "fiu":
        return None
    numbers = values.astype(np.float64)
    return numbers if np.isfinite(numbers).all() else None


def _cut_or_padded(values: Cells, rows: int, columns: int) -> Cells:
    """A result that does not fit its cells: cut off where too large, filled with #N/A."""
    if values.shape[0] == 1:
        values = np.repeat(values, rows, axis=0)
    if values.shape[1] == 1:
        values = np.repeat(values, columns, axis=1)
    filled = np.full((rows, columns), MISSING_ERROR, dtype=object)
    part = values[:rows, :columns]
    filled[: part.shape[0], : part.shape[1]] = part
    return filled


def _grid_value(value: Value) -> Value:
    """A value in the grid's types: a float, a text, True, False or an error of `formulas`."""
    if isinstance(value, str):  # errors and the blank are also of type str
        if len(value) > MOST_CHARACTERS:
            return VALUE_ERROR
        return 0.0 if value is EMPTY else value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value) if math.isfinite(value) else NUMBER_ERROR
    return VALUE_ERROR


def _cell_value(value: Value) -> CellValue:
    """A value in the types of readings: a blank is an empty text."""
    if value is EMPTY:
        return ""
    return CellError(str(value)) if isinstance(value, XlError) else value
