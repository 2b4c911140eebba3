"""The alignment of two workbooks: which cell of one corresponds to which cell of the other.

Named ranges are its anchors. A cell in a range corresponds to the cell at the same position in
that range, wherever the range is now; a cell outside all ranges moves with the nearest range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.diff.axis import MISSING, Axis, Indices

#: A row or column, or an array of them.
Coordinate = TypeVar("Coordinate", int, Indices)

#: Larger than any distance on a sheet.
_FAR = 1 << 24


@dataclass(frozen=True)
class Anchor:
    """A named range of both workbooks, and how its rows and columns correspond.

    The name of a `guessed` anchor is in one workbook only; its area in the other is where the
    range would be.
    """

    name: str
    old: Area
    new: Area
    rows: Axis
    columns: Axis
    guessed: bool = False

    def swapped(self) -> Anchor:
        """The same anchor, seen from the new workbook."""
        return replace(
            self,
            old=self.new,
            new=self.old,
            rows=self.rows.swapped(),
            columns=self.columns.swapped(),
        )


@dataclass(frozen=True)
class TabAlignment:
    """A tab of both workbooks; rows and columns are counted from 1.

    `unmatched_old` and `unmatched_new` are the ranges that only one workbook has.
    """

    old: str
    new: str
    anchors: tuple[Anchor, ...]
    unmatched_old: tuple[Area, ...] = ()
    unmatched_new: tuple[Area, ...] = ()

    @cached_property
    def identical(self) -> bool:
        """Whether the tab keeps its name and every cell its address."""
        return self.old == self.new and all(a.old == a.new for a in self.anchors)

    @cached_property
    def swapped(self) -> TabAlignment:
        """The same alignment, seen from the new workbook."""
        anchors = tuple(anchor.swapped() for anchor in self.anchors)
        return TabAlignment(self.new, self.old, anchors, self.unmatched_new, self.unmatched_old)

    def counterpart(self, row: int, column: int) -> tuple[int, int] | None:
        """The new position of an old cell, or None if it has no counterpart."""
        if not self.anchors:
            return row, column
        anchor = min(self.anchors, key=lambda anchor: _distance(anchor.old, row, column))
        i = anchor.rows.counterpart(row - anchor.old.row)
        j = anchor.columns.counterpart(column - anchor.old.column)
        if MISSING in (i, j):
            return None
        return anchor.new.row + i, anchor.new.column + j

    def counterparts(self, rows: Indices, columns: Indices) -> tuple[Indices, Indices]:
        """The same for many cells; row and column are MISSING where there is no counterpart."""
        if self.identical or not self.anchors or not rows.size:
            return rows, columns
        nearest = np.argmin([_distance(a.old, rows, columns) for a in self.anchors], axis=0)
        new_rows, new_columns = rows.copy(), columns.copy()
        for index, anchor in enumerate(self.anchors):
            near = nearest == index
            i = anchor.rows.counterparts(rows[near] - anchor.old.row)
            j = anchor.columns.counterparts(columns[near] - anchor.old.column)
            missing = (i == MISSING) | (j == MISSING)
            new_rows[near] = np.where(missing, MISSING, anchor.new.row + i)
            new_columns[near] = np.where(missing, MISSING, anchor.new.column + j)
        return new_rows, new_columns

    def same_area(self, old: Area, new: Area) -> bool:
        """Whether an area of the old tab and an area of the new tab are the same cells."""
        anchor = next((a for a in self.anchors if a.old.contains(old)), None)
        if anchor is None:
            return all(self.counterpart(*cell) == new_cell for cell, new_cell in _corners(old, new))
        i, new_i = old.row - anchor.old.row, new.row - anchor.new.row
        j, new_j = old.column - anchor.old.column, new.column - anchor.new.column
        return _same_span(anchor.rows, i, old.rows, new_i, new.rows) and _same_span(
            anchor.columns, j, old.columns, new_j, new.columns
        )


@dataclass(frozen=True)
class Alignment:
    """The alignments of the tabs that both workbooks have, by old name."""

    tabs: Mapping[str, TabAlignment]

    @cached_property
    def identical(self) -> bool:
        """Whether every tab keeps its name and every cell its address."""
        return all(tab.identical for tab in self.tabs.values())

    @cached_property
    def _new_tabs(self) -> frozenset[str]:
        return frozenset(tab.new for tab in self.tabs.values())

    def same_area(self, old: Area, new: Area) -> bool:
        """Whether an area of the old workbook and an area of the new one are the same cells.

        Areas on tabs that only one workbook has are compared by address.
        """
        tab = self.tabs.get(old.sheet)
        if tab is None:
            return old == new and new.sheet not in self._new_tabs
        return tab.new == new.sheet and tab.same_area(old, new)


def _distance(area: Area, row: Coordinate, column: Coordinate) -> Coordinate:
    """The distance of a cell from a range, for choosing the nearest.

    Labels are in the rows of their range, titles in its columns; above it or to its left.
    """
    last_row, last_column = area.row + area.rows - 1, area.column + area.columns - 1
    above, beside = _beyond(area.row, last_row, row), _beyond(area.column, last_column, column)
    in_neither = (above > 0) & (beside > 0)
    behind = (row > last_row) | (column > last_column)
    return in_neither * _FAR + 2 * (above + beside) + behind


def _beyond(first: int, last: int, position: Coordinate) -> Coordinate:
    """The distance of a row or column from a span, 0 inside it."""
    return (abs(position - first) + abs(position - last) - (last - first)) // 2


def _corners(old: Area, new: Area) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The first cells of two areas, then their last cells."""
    yield (old.row, old.column), (new.row, new.column)
    yield (
        (old.row + old.rows - 1, old.column + old.columns - 1),
        (new.row + new.rows - 1, new.column + new.columns - 1),
    )


def _same_span(axis: Axis, old: int, length: int, new: int, new_length: int) -> bool:
    """Whether the rows from `old` on and from `new` on correspond; one never means several."""
    return (
        (length == 1) == (new_length == 1)
        and axis.same(old, new)
        and axis.same(old + length - 1, new + new_length - 1)
    )
