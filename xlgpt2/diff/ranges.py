"""A range of two workbooks compared cell by cell, some millions of cells at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import Anchor
from xlgpt2.diff.axis import Zone
from xlgpt2.diff.cell_kinds import CellKind, SheetCells
from xlgpt2.diff.differences import CellChange
from xlgpt2.diff.meaning import Meaning
from xlgpt2.diff.tally import PositionPair, Tally

#: Cells compared at a time, which bounds the memory needed beside the sheets.
_CELLS_PER_PATCH = 1 << 21

_COMPUTED = (CellKind.FORMULA, CellKind.COVERED)


@dataclass(frozen=True)
class Sides:
    """The cells of a tab in both workbooks, and the comparison of formulas."""

    old: SheetCells
    new: SheetCells
    meaning: Meaning

    def same_content(self, kind: CellKind, cells: PositionPair) -> bool:
        """Whether two cells of one kind are the same; covered cells are: their formulas decide."""
        old, new = cells
        if kind == CellKind.FORMULA:
            return self.meaning.same(self.old.formulas[old], self.new.formulas[new])
        if kind == CellKind.OTHER:
            value, new_value = self.old.others[old], self.new.others[new]
            return type(value) is type(new_value) and value == new_value
        return kind != CellKind.NUMBER or self.old.content(*old) == self.new.content(*new)


@dataclass(frozen=True)
class _Patch:
    """An area and its counterpart, of the same shape."""

    old: Area
    new: Area

    def positions(self, index: int) -> PositionPair:
        """The positions of a cell, by its index in row-major order."""
        i, j = divmod(index, self.old.columns)
        return (self.old.row + i, self.old.column + j), (self.new.row + i, self.new.column + j)


def change_of(old: CellKind, new: CellKind) -> CellChange | None:
    """How cells of two kinds differ; None for cells of one kind, whose contents decide."""
    if old == new:
        return None
    if new == CellKind.BLANK:
        return CellChange.EMPTIED
    if old == CellKind.BLANK:
        return CellChange.FILLED
    if old in _COMPUTED:
        return CellChange.FORMULAS if new in _COMPUTED else CellChange.PASTED
    return CellChange.COMPUTED if new in _COMPUTED else CellChange.CONSTANTS


#: How cells of one kind differ if their contents do.
CHANGES = {
    CellKind.NUMBER: CellChange.NUMBERS,
    CellKind.OTHER: CellChange.CONSTANTS,
    CellKind.FORMULA: CellChange.FORMULAS,
}


def compare_range(sides: Sides, anchor: Anchor) -> Tally:
    """What differs in a range that both workbooks have."""
    tally = Tally()
    for patch in _patches(anchor):
        _compare_patch(sides, patch, tally)
    return tally


def _patches(anchor: Anchor) -> Iterator[_Patch]:
    """The areas of a range that have a counterpart, in parts that fit in memory."""
    for rows in anchor.rows.zones:
        for columns in anchor.columns.zones:
            if not columns.length:
                continue
            step = max(1, _CELLS_PER_PATCH // columns.length)
            for start in range(0, rows.length, step):
                height = min(step, rows.length - start)
                yield _Patch(
                    _crop(anchor.old, rows.old.start + start, height, columns.old.start, columns),
                    _crop(anchor.new, rows.new.start + start, height, columns.new.start, columns),
                )


def _crop(area: Area, row: int, rows: int, column: int, columns: Zone) -> Area:
    return Area(area.sheet, area.row + row, area.column + column, rows, columns.length)


def _compare_patch(sides: Sides, patch: _Patch, tally: Tally) -> None:
    """Add the differences in a patch to the tally."""
    codes = (sides.old.kinds(patch.old) * len(CellKind) + sides.new.kinds(patch.new)).ravel()
    counts = np.bincount(codes, minlength=len(CellKind) ** 2)
    for code in np.flatnonzero(counts).tolist():
        old, new = map(CellKind, divmod(code, len(CellKind)))
        mask, count = codes == code, int(counts[code])
        change = change_of(old, new)
        if change is not None:
            tally.differ(change, patch.positions(int(mask.argmax())), count)
            if change in (CellChange.FORMULAS, CellChange.CONSTANTS):
                tally.compare(change, count, count)
        elif old == CellKind.NUMBER:
            _compare_numbers(sides, patch, mask, tally)
        elif old in CHANGES:
            _compare_contents(sides, patch, old, np.flatnonzero(mask), tally)


def _compare_numbers(sides: Sides, patch: _Patch, mask: NDArray[np.bool_], tally: Tally) -> None:
    """Compare the cells of a patch that are numbers in both workbooks."""
    old, new = sides.old.numbers(patch.old).ravel(), sides.new.numbers(patch.new).ravel()
    differing = np.flatnonzero(mask & (old != new))
    tally.compare(CellChange.NUMBERS, int(np.count_nonzero(mask)), differing.size)
    if differing.size:
        distance = np.abs(new[differing] - old[differing])
        worst = int(distance.argmax())
        tally.differ_by(
            patch.positions(int(differing[0])),
            differing.size,
            float(distance[worst]),
            patch.positions(int(differing[worst])),
        )


def _compare_contents(
    sides: Sides, patch: _Patch, kind: CellKind, indices: NDArray[np.int64], tally: Tally
) -> None:
    """Compare the formulas, or the constants that are not numbers, of both workbooks."""
    differing = 0
    for cells in map(patch.positions, indices.tolist()):
        if not sides.same_content(kind, cells):
            tally.differ(CHANGES[kind], cells)
            differing += 1
    tally.compare(CHANGES[kind], indices.size, differing)
