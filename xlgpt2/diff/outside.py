"""The cells outside all named ranges: titles, labels, sentences, and what somebody added."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import TabAlignment
from xlgpt2.diff.axis import MISSING
from xlgpt2.diff.cell_kinds import Kind, SheetCells
from xlgpt2.diff.differences import CellChange, Content
from xlgpt2.diff.ranges import CHANGES, Sides, change_of
from xlgpt2.diff.tally import Places, Tally
from xlgpt2.xlsx.reading.formulas import FileFormula, Place


def compare_outside(
    sides: Sides, tab: TabAlignment, old_ranges: Sequence[Area], new_ranges: Sequence[Area]
) -> Tally:
    """What differs in the cells that are in no range of the old workbook, or of the new one.

    Labels of rows or columns that one workbook alone has don't count: the size of their range says
    it. A text that is gone in one place and new in another has moved.
    """
    tally = Tally()
    old_places = sides.old.places_outside(old_ranges)
    there, old_lost = _counterparts(tab, old_places)
    fresh = dict.fromkeys(sides.new.places_outside(new_ranges))
    gone: dict[Place, Place] = {}
    for old, new in there.items():
        if new not in fresh:
            gone[old] = new
        elif _settled(sides, (old, new), tally):
            del fresh[new]
        else:
            gone[old] = new  # two texts: whether one stands elsewhere now is not known yet
    come, new_lost = _counterparts(tab.swapped, list(fresh))
    # What has kept its address has not changed, and what runs on past a range that ends earlier in
    # one workbook is still there.
    for place in [place for place in gone if place in come and _kept(sides, place)]:
        del gone[place], come[place]
    for old in _same_constants(sides, gone, new_lost):
        del gone[old]
    for new in _same_constants(sides, old_lost, come).values():
        del come[new]
    for old, new in _same_constants(sides, gone, come).items():
        if isinstance(sides.old.content(*old), str):
            tally.differ(CellChange.MOVED, (old, new))
            del gone[old], come[new]
    _tell_rest(gone, come, tally)
    return tally


def _tell_rest(gone: dict[Place, Place], come: dict[Place, Place], tally: Tally) -> None:
    """Counts what is left: other texts at the same place, cells emptied and cells filled."""
    for old, new in gone.items():
        if come.get(new) == old:
            tally.compare(CellChange.CONSTANTS, 1, 1)
            tally.differ(CellChange.CONSTANTS, (old, new))
        else:
            tally.differ(CellChange.EMPTIED, (old, new))
    for new, old in come.items():
        if gone.get(old) != new:
            tally.differ(CellChange.FILLED, (old, new))


def _counterparts(
    tab: TabAlignment, places: Sequence[Place]
) -> tuple[dict[Place, Place], list[Place]]:
    """The new place of each old cell, and the old cells that have none."""
    rows, columns = np.array(places, dtype=np.int64).reshape(-1, 2).T
    found: dict[Place, Place] = {}
    lost: list[Place] = []
    new_places = zip(*(side.tolist() for side in tab.places(rows, columns)), strict=True)
    for old, new in zip(places, new_places, strict=True):
        if new[0] == MISSING:
            lost.append(old)
        else:
            found[old] = new
    return found, lost


def _settled(sides: Sides, places: Places, tally: Tally) -> bool:
    """Counts a cell that has something in it in both workbooks, unless it has two texts."""
    (old, new) = places
    kind = sides.old.kind(*old)
    change = change_of(kind, sides.new.kind(*new))
    if change is None:
        same = sides.same_content(kind, places)
        if kind == Kind.OTHER and not same:
            return False
        tally.compare(CHANGES[kind], 1, 0 if same else 1)
        change = None if same else CHANGES[kind]
    if change is not None:
        tally.differ(change, places)
    return True


def _kept(sides: Sides, place: Place) -> bool:
    """Whether a cell holds the same at the same address."""
    kind = sides.old.kind(*place)
    return kind == sides.new.kind(*place) and sides.same_content(kind, (place, place))


def _same_constants(sides: Sides, old: Iterable[Place], new: Iterable[Place]) -> dict[Place, Place]:
    """The constants that are among both cells, old place -> new place."""
    waiting: dict[tuple[type, Content], deque[Place]] = {}
    for place in new:
        waiting.setdefault(_key(sides.new, place), deque()).append(place)
    found = {}
    for place in old:
        key = _key(sides.old, place)
        if key[0] is not FileFormula and waiting.get(key):
            found[place] = waiting[key].popleft()
    return found


def _key(cells: SheetCells, place: Place) -> tuple[type, Content]:
    content = cells.content(*place)
    return type(content), content
