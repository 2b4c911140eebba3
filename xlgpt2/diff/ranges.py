"""A range of two workbooks, cell by cell, some millions of cells at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import Anchor
from xlgpt2.diff.axis import Zone
from xlgpt2.diff.cell_kinds import Kind, SheetCells
from xlgpt2.diff.differences import CellChange
from xlgpt2.diff.meaning import Meaning
from xlgpt2.diff.tally import Places, Tally

#: Cells that are compared at a time, which bounds what is in memory beside the sheets.
_CELLS_A_PATCH = 1 << 21

_COMPUTED = (Kind.FORMULA, Kind.COVERED)


@dataclass(frozen=True)
class Sides:
    """A tab of both workbooks, and what says whether two formulas mean the same."""

    old: SheetCells
    new: SheetCells
    meaning: Meaning

    def same_content(self, kind: Kind, places: Places) -> bool:
        """Whether two cells of one kind say the same; of a filled one its formula says it."""
        (old, new) = places
        if kind == Kind.FORMULA:
            return self.meaning.same(self.old.formulas[old], self.new.formulas[new])
        if kind == Kind.OTHER:
            here, there = self.old.others[old], self.new.others[new]
            return type(here) is type(there) and here == there
        return kind != Kind.NUMBER or self.old.content(*old) == self.new.content(*new)


@dataclass(frozen=True)
class _Patch:
    """A rectangle of cells and its counterpart, of the same shape."""

    old: Area
    new: Area

    def places(self, number: int) -> Places:
        """Both places of a cell, by its number, row by row."""
        i, j = divmod(number, self.old.columns)
        return (self.old.row + i, self.old.column + j), (self.new.row + i, self.new.column + j)


def change_of(old: Kind, new: Kind) -> CellChange | None:
    """How cells of two kinds differ; None for cells of one kind, whose contents tell."""
    if old == new:
        return None
    if new == Kind.BLANK:
        return CellChange.EMPTIED
    if old == Kind.BLANK:
        return CellChange.FILLED
    if old in _COMPUTED:
        return CellChange.FORMULAS if new in _COMPUTED else CellChange.PASTED
    return CellChange.COMPUTED if new in _COMPUTED else CellChange.CONSTANTS


#: How cells of one kind differ if their contents do.
CHANGES = {
    Kind.NUMBER: CellChange.NUMBERS,
    Kind.OTHER: CellChange.CONSTANTS,
    Kind.FORMULA: CellChange.FORMULAS,
}


def compare_range(sides: Sides, anchor: Anchor) -> Tally:
    """What differs in a range that both workbooks have."""
    tally = Tally()
    for patch in _patches(anchor):
        _compare_patch(sides, patch, tally)
    return tally


def _patches(anchor: Anchor) -> Iterator[_Patch]:
    """The rectangles of a range that have a counterpart, in parts that fit in memory."""
    for rows in anchor.rows.zones:
        for columns in anchor.columns.zones:
            if not columns.length:
                continue
            step = max(1, _CELLS_A_PATCH // columns.length)
            for start in range(0, rows.length, step):
                height = min(step, rows.length - start)
                yield _Patch(
                    _part(anchor.old, rows.old.start + start, height, columns.old.start, columns),
                    _part(anchor.new, rows.new.start + start, height, columns.new.start, columns),
                )


def _part(area: Area, row: int, rows: int, column: int, columns: Zone) -> Area:
    return Area(area.sheet, area.row + row, area.column + column, rows, columns.length)


def _compare_patch(sides: Sides, patch: _Patch, tally: Tally) -> None:
    """Adds what differs in a patch to the tally."""
    both = sides.old.kinds(patch.old) * len(Kind) + sides.new.kinds(patch.new)
    counts = np.bincount(both.ravel(), minlength=len(Kind) ** 2)
    for code in np.flatnonzero(counts).tolist():
        old, new = map(Kind, divmod(code, len(Kind)))
        here, count = (both == code).ravel(), int(counts[code])
        change = change_of(old, new)
        if change is not None:
            tally.differ(change, patch.places(int(here.argmax())), count)
            if change in (CellChange.FORMULAS, CellChange.CONSTANTS):
                tally.compare(change, count, count)
        elif old == Kind.NUMBER:
            _compare_numbers(sides, patch, here, tally)
        elif old in CHANGES:
            _compare_contents(sides, patch, old, np.flatnonzero(here), tally)


def _compare_numbers(sides: Sides, patch: _Patch, here: NDArray[np.bool_], tally: Tally) -> None:
    """Compares the cells of a patch that are numbers in both workbooks."""
    old, new = sides.old.numbers(patch.old).ravel(), sides.new.numbers(patch.new).ravel()
    differing = np.flatnonzero(here & (old != new))
    tally.compare(CellChange.NUMBERS, int(np.count_nonzero(here)), differing.size)
    if differing.size:
        distance = np.abs(new[differing] - old[differing])
        worst = int(distance.argmax())
        tally.differ_by(
            patch.places(int(differing[0])),
            differing.size,
            float(distance[worst]),
            patch.places(int(differing[worst])),
        )


def _compare_contents(
    sides: Sides, patch: _Patch, kind: Kind, numbers: NDArray[np.int64], tally: Tally
) -> None:
    """Compares cells of a patch that hold formulas, or texts and the like, in both workbooks."""
    differing = 0
    for places in map(patch.places, numbers.tolist()):
        if not sides.same_content(kind, places):
            tally.differ(CHANGES[kind], places)
            differing += 1
    tally.compare(CHANGES[kind], numbers.size, differing)
