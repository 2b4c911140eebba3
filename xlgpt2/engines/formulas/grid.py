"""The values of all cells of a workbook while it is computed, as `formulas` deals with them."""

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
)
from xlgpt2.xlsx.reading.bulk_numbers import NumberBlock

#: What `formulas` takes and gives: a number, text, truth value or error, or an array of them.
Value = Any

#: A function of `formulas`, or of ours beside them.
Function = Callable[..., Value]

#: A blank cell, as `formulas` has it.
EMPTY = schedula.EMPTY

VALUE_ERROR = Error.errors["#VALUE!"]
NUMBER_ERROR = Error.errors["#NUM!"]
CIRCLE_ERROR = XlError("#CIRC!")  # as IronCalc has it; `formulas` has none
MISSING_ERROR = Error.errors["#N/A"]

_Kind = TypeVar("_Kind", bound=np.generic)

_NUMBERS = {float, int, np.float64, np.int64}


@dataclass(frozen=True, eq=False)
class Block:
    """A rectangle of the grid: a view of its numbers, and where its cells are in the grid."""

    numbers: NDArray[np.float64]
    first: int
    width: int

    def places(self) -> NDArray[np.int64]:
        """The place of every cell."""
        rows, columns = self.numbers.shape
        return self.first + np.arange(rows)[:, None] * self.width + np.arange(columns)

    def part_of(self, row: NDArray[_Kind]) -> NDArray[_Kind]:
        """A view of the same cells in another row of all places."""
        size = row.itemsize
        return np.lib.stride_tricks.as_strided(
            row[self.first :], self.numbers.shape, (self.width * size, size)
        )


@dataclass(frozen=True)
class Kept:
    """One cell as it was: its number, or what else it held."""

    place: int
    number: float
    other: Value


class Grid:
    """Every sheet's cells in one row of numbers, so that cells of any sheet are read at once.

    A cell's place is its index in that row. Where the number is NaN the cell holds something
    else: what is in `_others` at its place, or nothing. Elsewhere `_others` does not count.
    Lifted blocks keep their own arrays; their places follow those of the sheets.
    """

    def __init__(
        self, sizes: Mapping[str, tuple[int, int]], lifted: Iterable[NumberBlock] = ()
    ) -> None:
        self._numbers = np.full(sum(rows * columns for rows, columns in sizes.values()), np.nan)
        self._others: dict[int, Value] = {}
        self._sheets: dict[str, tuple[int, NDArray[np.float64]]] = {}
        self._lifted: dict[str, list[tuple[Area, Block]]] = {}
        first = 0
        for sheet, (rows, columns) in sizes.items():
            end = first + rows * columns
            self._sheets[sheet] = first, self._numbers[first:end].reshape(rows, columns)
            first = end
        for entry in lifted:
            block = Block(entry.numbers, first, entry.area.columns)
            self._lifted.setdefault(entry.area.sheet, []).append((entry.area, block))
            first += entry.numbers.size

    @property
    def size(self) -> int:
        """The number of places that formulas can fill."""
        return int(self._numbers.size)

    def place(self, area: Area) -> int:
        """The place of an area's first cell."""
        return self.block(Area(area.sheet, area.row, area.column, 1, 1)).first

    def block(self, area: Area) -> Block:
        """An area's part of the grid; it stays current."""
        for whole, lifted in self._lifted.get(area.sheet, ()):
            if whole.contains(area):
                top, left = area.row - whole.row, area.column - whole.column
                part = lifted.numbers[top : top + area.rows, left : left + area.columns]
                place = lifted.first + top * lifted.width + left
                return Block(part, place, lifted.width)
        first, numbers = self._sheets[area.sheet]
        top, left = area.row - 1, area.column - 1
        part = numbers[top : top + area.rows, left : left + area.columns]
        width = int(numbers.shape[1])
        return Block(part, first + top * width + left, width)

    def fill(self, sheet: str, numbers: NDArray[np.float64]) -> None:
        """Put a sheet's numbers, from A1 on, at their places."""
        rows, columns = numbers.shape
        self._sheets[sheet][1][:rows, :columns] = numbers

    def read(self, block: Block) -> Cells:
        """A block as an argument: floats where all of it is numbers, objects otherwise."""
        if not np.isnan(block.numbers).any():
            return block.numbers
        return self._with_others(block.numbers, block.places())

    def read_places(self, places: NDArray[np.int64]) -> Cells:
        """The cells at some places as an argument."""
        if self._lifted and places.size and places.max() >= self.size:
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

    def write(self, block: Block, result: Value) -> None:
        """Fill a block with a result, which repeats where it has one row, one column or both."""
        # An error is a text to numpy, which would leave nothing but the text of it.
        values = np.asarray(result, dtype=object if isinstance(result, str) else None)
        values = values.reshape(1, -1) if values.ndim < 2 else values
        rows, columns = block.numbers.shape
        if values.shape[0] not in (1, rows) or values.shape[1] not in (1, columns):
            values = _cut_or_padded(values, rows, columns)
        numbers = as_numbers(values)
        if numbers is not None:
            block.numbers[:] = numbers
        else:
            filled = np.broadcast_to(values, (rows, columns))
            self._write_mixed(block.places().ravel().tolist(), filled.ravel().tolist())

    def write_places(self, places: NDArray[np.int64], values: Cells) -> None:
        """Put one value at each of some places."""
        numbers = as_numbers(values)
        if numbers is not None:
            self._numbers[places] = numbers
        else:
            self._write_mixed(places.tolist(), values.tolist())

    def _write_mixed(self, places: list[int], values: list[Value]) -> None:
        for place, value in zip(places, values, strict=True):
            settled = _settled(value)
            if type(settled) is float:
                self._numbers[place] = settled
            else:
                self._numbers[place] = np.nan
                self._others[place] = settled

    def put(self, place: int, value: float | str | bool | CellError) -> None:
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

    def kept(self, places: Collection[int]) -> list[Kept]:
        """What is at some places now, to be brought back."""
        return [Kept(place, self._at(place), self._others.get(place)) for place in places]

    def bring_back(self, cells: Iterable[Kept]) -> None:
        """Put cells back as they were."""
        for cell in cells:
            self._set(cell.place, cell.number)
            self._others.pop(cell.place, None)
            if cell.other is not None:
                self._others[cell.place] = cell.other

    def _at(self, place: int) -> float:
        """The number at a place."""
        numbers, index = self._home(place)
        return float(numbers.flat[index])

    def _set(self, place: int, number: float) -> None:
        numbers, index = self._home(place)
        numbers.flat[index] = number

    def _home(self, place: int) -> tuple[NDArray[np.float64], int]:
        """The array that has a place, and where in it."""
        if place < self.size:
            return self._numbers, place
        blocks = (block for found in self._lifted.values() for _, block in found)
        block = next(b for b in blocks if b.first <= place < b.first + b.numbers.size)
        return block.numbers, place - block.first

    def cells(self, area: Area) -> Cells:
        """What an area holds, as a reader of the workbook sees it."""
        block = self.block(area)
        read = self.read(block)
        if read.dtype == np.float64:
            return np.array(read)
        seen = np.empty(read.shape, dtype=object)
        seen[:] = [[_seen(value) for value in row] for row in read.tolist()]
        return seen


def as_numbers(values: Cells) -> NDArray[np.float64] | None:
    """Values as numbers, if that is what they all are and a cell can hold them."""
    if values.dtype == object:
        # By type and not by trying to convert: numpy would read the text "12" as a number.
        if not set(map(type, values.ravel().tolist())) <= _NUMBERS:
            return None
    elif values.dtype.kind not in "fiu":
        return None
    numbers = values.astype(np.float64)
    return numbers if np.isfinite(numbers).all() else None


def _cut_or_padded(values: Cells, rows: int, columns: int) -> Cells:
    """A result that fits its cells badly: too much is cut off, what is missing is #N/A."""
    if values.shape[0] == 1:
        values = np.repeat(values, rows, axis=0)
    if values.shape[1] == 1:
        values = np.repeat(values, columns, axis=1)
    filled = np.full((rows, columns), MISSING_ERROR, dtype=object)
    part = values[:rows, :columns]
    filled[: part.shape[0], : part.shape[1]] = part
    return filled


def _settled(value: Value) -> Value:
    """A value as the grid keeps it: a float, a text, True, False or an error of `formulas`."""
    if isinstance(value, str):  # errors and the blank are texts, too
        if len(value) > MOST_CHARACTERS:
            return VALUE_ERROR
        return 0.0 if value is EMPTY else value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value) if math.isfinite(value) else NUMBER_ERROR
    return VALUE_ERROR


def _seen(value: Value) -> float | str | bool | CellError:
    """A value as a reader sees it: a blank is an empty text."""
    if value is EMPTY:
        return ""
    return CellError(str(value)) if isinstance(value, XlError) else value
