"""The cells outside all named ranges: titles, labels, sentences and additions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import TabAlignment
from xlgpt2.diff.axis import MISSING
from xlgpt2.diff.cell_kinds import CellKind, Position, SheetCells
from xlgpt2.diff.differences import CellChange, Content
from xlgpt2.diff.ranges import CHANGES, Sides, change_of
from xlgpt2.diff.tally import PositionPair, Tally
from xlgpt2.xlsx.reading.formulas import FileFormula


def compare_outside(
    sides: Sides, tab: TabAlignment, old_ranges: Sequence[Area], new_ranges: Sequence[Area]
) -> Tally:
    """What differs in the cells that are in no range of the old workbook, or of the new one.

    Labels of rows or columns that only one workbook has don't count: the size of their range
    shows them. A text that disappeared from one cell and appeared in another has moved.
    """
    tally = Tally()
    counterparts, old_unmatched = _counterparts(tab, sides.old.filled_outside(old_ranges))
    added = dict.fromkeys(sides.new.filled_outside(new_ranges))
    removed: dict[Position, Position] = {}
    for old, new in counterparts.items():
        if new not in added:
            removed[old] = new
        elif _count_filled(sides, (old, new), tally):
            del added[new]
        else:
            removed[old] = new  # two texts; either may turn out to have moved
    appeared, new_unmatched = _counterparts(tab.swapped, list(added))
    # A cell that keeps its address and content has not changed, even if a range that ends earlier
    # in one workbook gives it another counterpart.
    for cell in [cell for cell in removed if cell in appeared and _unchanged(sides, cell)]:
        del removed[cell], appeared[cell]
    for old in _same_constants(sides, removed, new_unmatched):
        del removed[old]
    for new in _same_constants(sides, old_unmatched, appeared).values():
        del appeared[new]
    for old, new in _same_constants(sides, removed, appeared).items():
        if isinstance(sides.old.content(*old), str):
            tally.differ(CellChange.MOVED, (old, new))
            del removed[old], appeared[new]
    _count_rest(removed, appeared, tally)
    return tally


def _count_rest(
    removed: dict[Position, Position], appeared: dict[Position, Position], tally: Tally
) -> None:
    """Count what is left: changed texts, emptied cells and filled cells."""
    for old, new in removed.items():
        if appeared.get(new) == old:
            tally.compare(CellChange.CONSTANTS, 1, 1)
            tally.differ(CellChange.CONSTANTS, (old, new))
        else:
            tally.differ(CellChange.EMPTIED, (old, new))
    for new, old in appeared.items():
        if removed.get(old) != new:
            tally.differ(CellChange.FILLED, (old, new))


def _counterparts(
    tab: TabAlignment, positions: Sequence[Position]
) -> tuple[dict[Position, Position], list[Position]]:
    """The new position of each old cell, and the old cells that have none."""
    rows, columns = np.array(positions, dtype=np.int64).reshape(-1, 2).T
    counterparts: dict[Position, Position] = {}
    unmatched: list[Position] = []
    new_positions = zip(*(axis.tolist() for axis in tab.counterparts(rows, columns)), strict=True)
    for old, new in zip(positions, new_positions, strict=True):
        if new[0] == MISSING:
            unmatched.append(old)
        else:
            counterparts[old] = new
    return counterparts, unmatched


def _count_filled(sides: Sides, cells: PositionPair, tally: Tally) -> bool:
    """Count a cell that is filled in both workbooks; False if two texts differ: they may move."""
    old, new = cells
    kind = sides.old.kind(*old)
    change = change_of(kind, sides.new.kind(*new))
    if change is None:
        same = sides.same_content(kind, cells)
        if kind == CellKind.OTHER and not same:
            return False
        tally.compare(CHANGES[kind], 1, 0 if same else 1)
        change = None if same else CHANGES[kind]
    if change is not None:
        tally.differ(change, cells)
    return True


def _unchanged(sides: Sides, cell: Position) -> bool:
    """Whether a cell has the same content at the same address."""
    kind = sides.old.kind(*cell)
    return kind == sides.new.kind(*cell) and sides.same_content(kind, (cell, cell))


def _same_constants(
    sides: Sides, old: Iterable[Position], new: Iterable[Position]
) -> dict[Position, Position]:
    """The constants that are in both lists of cells, old position -> new position."""
    candidates: dict[tuple[type, Content], deque[Position]] = {}
    for cell in new:
        candidates.setdefault(_key(sides.new, cell), deque()).append(cell)
    matches = {}
    for cell in old:
        key = _key(sides.old, cell)
        if key[0] is not FileFormula and candidates.get(key):
            matches[cell] = candidates[key].popleft()
    return matches


def _key(sheet: SheetCells, cell: Position) -> tuple[type, Content]:
    content = sheet.content(*cell)
    return type(content), content
