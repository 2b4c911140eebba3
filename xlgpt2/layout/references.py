"""References: the {holes} of a formula turned into cell addresses, tile by tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from xlgpt2.cells.address import (
    Area,
    column_letters,
    quoted,
)
from xlgpt2.errors import ShapeError
from xlgpt2.formula.symbols import evaluate
from xlgpt2.formula.tree import Hole
from xlgpt2.stages.stages import Range


@dataclass(frozen=True)
class Index:
    """A row or column number that moves with the cell: constant + by_row * i + by_column * j."""

    constant: int
    by_row: int
    by_column: int

    def at(self, i: int, j: int) -> int:
        """The number for the cell in row i and column j."""
        return self.constant + self.by_row * i + self.by_column * j


@dataclass(frozen=True)
class Reference:
    """A hole whose range is placed; None as an index means from the first or to the last."""

    hole: Hole
    range: Range
    area: Area
    rows: tuple[Index | None, Index | None]
    columns: tuple[Index | None, Index | None]
    sheet: str  # "" on the range's own tab

    def target(self, i: int, j: int) -> Area:
        """The area for the cell in row i, column j; raises ShapeError outside the range."""
        if not self.hole.selectors:
            return self.area
        top, bottom, left, right = self._edges(i, j)
        full = self.range.width(top) if bottom == top + 1 else self.range.columns
        if not (0 <= top < bottom <= self.range.rows and 0 <= left < right <= full):
            raise ShapeError(
                f"{self.hole}: expected cells inside {self.range.name} {self.range.shape}, "
                f"got rows {top} to {bottom} and columns {left} to {right}",
                "use `first` or `last` for a separate formula in the first or last row",
            )
        return Area(
            self.area.sheet,
            self.area.row + top,
            self.area.column + left,
            bottom - top,
            right - left,
        )

    def text(self, i: int, j: int) -> str:
        """The text in the formula of the cell in row i, column j: a name or an address."""
        if not self.hole.selectors:
            return self.range.name
        top, bottom, left, right = self._edges(i, j)
        row, column = self.area.row, self.area.column
        (upper, lower), (west, east) = self._marks
        first = f"{self.sheet}{west}{column_letters(column + left)}{upper}{row + top}"
        if bottom == top + 1 and right == left + 1:
            return first
        return f"{first}:{east}{column_letters(column + right - 1)}{lower}{row + bottom - 1}"

    def _edges(self, i: int, j: int) -> tuple[int, int, int, int]:
        """First row, row after the last, first column, column after the last, from 0."""
        top = 0 if self.rows[0] is None else self.rows[0].at(i, j)
        bottom = self.range.rows if self.rows[1] is None else self.rows[1].at(i, j)
        left = 0 if self.columns[0] is None else self.columns[0].at(i, j)
        if self.columns[1] is not None:
            return top, bottom, left, self.columns[1].at(i, j)
        full = self.range.width(top) if bottom == top + 1 else self.range.columns
        return top, bottom, left, full

    @cached_property
    def _marks(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The $ before row numbers and column letters that don't move, or nothing."""
        return (
            (_mark(self.rows[0], "by_row"), _mark(self.rows[1], "by_row")),
            (_mark(self.columns[0], "by_column"), _mark(self.columns[1], "by_column")),
        )


def refer(hole: Hole, target: Range, area: Area, tab: str, symbols: Mapping[str, int]) -> Reference:
    """The reference that a hole of a formula on `tab` makes to a placed range."""
    parts = [*hole.selectors, ":", ":"][:2]
    rows, columns = (_bounds(part, symbols) for part in parts)
    sheet = "" if area.sheet == tab else f"{quoted(area.sheet)}!"
    return Reference(hole, target, area, rows, columns, sheet)


def _bounds(selector: str, symbols: Mapping[str, int]) -> tuple[Index | None, Index | None]:
    """Start and end, as in Python's slices; a single index is one row or column."""
    start, colon, stop = selector.partition(":")
    if not colon:
        index = _index(start, symbols)
        return index, Index(index.constant + 1, index.by_row, index.by_column)
    return (
        _index(start, symbols) if start.strip() else None,
        _index(stop, symbols) if stop.strip() else None,
    )


def _index(expression: str, symbols: Mapping[str, int]) -> Index:
    def value(i: int, j: int) -> int:
        return evaluate(expression, {**symbols, "i": i, "j": j})

    constant = value(0, 0)
    return Index(constant, value(1, 0) - constant, value(0, 1) - constant)


def _mark(index: Index | None, axis: str) -> str:
    """A $ if copying the formula must not move the address."""
    return "" if index is not None and getattr(index, axis) else "$"
