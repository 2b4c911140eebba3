"""The alignment of two workbooks: which cell of one is which cell of the other.

Named ranges are its anchors. A cell in a range belongs to the cell at the same place of the same
range, wherever that stands now; a cell outside all ranges goes with the range that is nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.diff.axis import MISSING, Axis, Indices

#: A row or column, or many of them.
Number = TypeVar("Number", int, Indices)

#: Farther than any cell of a sheet.
_FAR = 1 << 24


@dataclass(frozen=True)
class Anchor:
    """A named range of both workbooks, and how its rows and columns belong together.

    A `guessed` one has its name in one workbook only; in the other these are the cells where it
    would be.
    """

    name: str
    old: Area
    new: Area
    rows: Axis
    columns: Axis
    guessed: bool = False

    def swapped(self) -> Anchor:
        """The same, seen from the new workbook."""
        return replace(
            self,
            old=self.new,
            new=self.old,
            rows=self.rows.swapped(),
            columns=self.columns.swapped(),
        )


@dataclass(frozen=True)
class TabAlignment:
    """A tab of both workbooks; rows and columns of cells are counted from 1.

    `lone_old` and `lone_new` are the cells of ranges that only one workbook has.
    """

    old: str
    new: str
    anchors: tuple[Anchor, ...]
    lone_old: tuple[Area, ...] = ()
    lone_new: tuple[Area, ...] = ()

    @cached_property
    def identical(self) -> bool:
        """Whether every cell belongs to the cell at its own address, on a tab of the same name."""
        return self.old == self.new and all(a.old == a.new for a in self.anchors)

    @cached_property
    def swapped(self) -> TabAlignment:
        """The same, seen from the new workbook."""
        anchors = tuple(anchor.swapped() for anchor in self.anchors)
        return TabAlignment(self.new, self.old, anchors, self.lone_new, self.lone_old)

    def place(self, row: int, column: int) -> tuple[int, int] | None:
        """The new place of an old cell, or None where it has no counterpart."""
        if not self.anchors:
            return row, column
        anchor = min(self.anchors, key=lambda anchor: _distance(anchor.old, row, column))
        i = anchor.rows.other(row - anchor.old.row)
        j = anchor.columns.other(column - anchor.old.column)
        if MISSING in (i, j):
            return None
        return anchor.new.row + i, anchor.new.column + j

    def places(self, rows: Indices, columns: Indices) -> tuple[Indices, Indices]:
        """The same for many cells; row and column are MISSING where one has no counterpart."""
        if self.identical or not self.anchors or not rows.size:
            return rows, columns
        nearest = np.argmin([_distance(a.old, rows, columns) for a in self.anchors], axis=0)
        new_rows, new_columns = rows.copy(), columns.copy()
        for number, anchor in enumerate(self.anchors):
            mine = nearest == number
            i = anchor.rows.others(rows[mine] - anchor.old.row)
            j = anchor.columns.others(columns[mine] - anchor.old.column)
            lost = (i == MISSING) | (j == MISSING)
            new_rows[mine] = np.where(lost, MISSING, anchor.new.row + i)
            new_columns[mine] = np.where(lost, MISSING, anchor.new.column + j)
        return new_rows, new_columns

    def same_area(self, old: Area, new: Area) -> bool:
        """Whether a rectangle on the old tab and one on the new tab mean the same."""
        anchor = next((a for a in self.anchors if a.old.contains(old)), None)
        if anchor is None:
            return all(self.place(*here) == there for here, there in _corners(old, new))
        i, new_i = old.row - anchor.old.row, new.row - anchor.new.row
        j, new_j = old.column - anchor.old.column, new.column - anchor.new.column
        return _same_span(anchor.rows, i, old.rows, new_i, new.rows) and _same_span(
            anchor.columns, j, old.columns, new_j, new.columns
        )


@dataclass(frozen=True)
class Alignment:
    """All tabs that both workbooks have, by the old one's names."""

    tabs: Mapping[str, TabAlignment]

    @cached_property
    def identical(self) -> bool:
        """Whether every cell of every tab belongs to the cell at its own address."""
        return all(tab.identical for tab in self.tabs.values())

    @cached_property
    def _new_tabs(self) -> frozenset[str]:
        return frozenset(tab.new for tab in self.tabs.values())

    def same_area(self, old: Area, new: Area) -> bool:
        """Whether a rectangle of the old workbook and one of the new one mean the same.

        On tabs that not both workbooks have, by address.
        """
        tab = self.tabs.get(old.sheet)
        if tab is None:
            return old == new and new.sheet not in self._new_tabs
        return tab.new == new.sheet and tab.same_area(old, new)


def _distance(area: Area, row: Number, column: Number) -> Number:
    """How far a cell is from a range, for choosing the one that it goes with.

    Labels stand in the rows of their range and titles in its columns, above it or at its left.
    """
    last_row, last_column = area.row + area.rows - 1, area.column + area.columns - 1
    above, beside = _beyond(area.row, last_row, row), _beyond(area.column, last_column, column)
    in_neither = (above > 0) & (beside > 0)
    behind = (row > last_row) | (column > last_column)
    return in_neither * _FAR + 2 * (above + beside) + behind


def _beyond(first: int, last: int, place: Number) -> Number:
    """By how much a row or column lies outside a span, in numbers as in arrays."""
    return (abs(place - first) + abs(place - last) - (last - first)) // 2


def _corners(old: Area, new: Area) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The first cells of two rectangles, and their last cells."""
    yield (old.row, old.column), (new.row, new.column)
    yield (
        (old.row + old.rows - 1, old.column + old.columns - 1),
        (new.row + new.rows - 1, new.column + new.columns - 1),
    )


def _same_span(axis: Axis, old: int, length: int, new: int, new_length: int) -> bool:
    """Whether rows from `old` on and rows from `new` on mean the same; one stays one."""
    return (
        (length == 1) == (new_length == 1)
        and axis.same(old, new)
        and axis.same(old + length - 1, new + new_length - 1)
    )
