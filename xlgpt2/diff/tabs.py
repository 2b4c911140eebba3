"""The differences between two versions of a tab: in its ranges, and outside them."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.cells.address import column_letters
from xlgpt2.diff.alignment import TabAlignment
from xlgpt2.diff.differences import CellChange, CellDifference, CellPair
from xlgpt2.diff.outside import compare_outside
from xlgpt2.diff.ranges import Sides, compare_range
from xlgpt2.diff.tally import PositionPair


def compare_tab(sides: Sides, tab: TabAlignment) -> Iterator[CellDifference]:
    """The differences in every range, then those in the cells outside all ranges."""

    def pair(change: CellChange, cells: PositionPair) -> CellPair:
        (old, new), filled, emptied = cells, CellChange.FILLED, CellChange.EMPTIED
        return CellPair(
            "" if change == filled else _address(*old),
            "" if change == emptied else _address(*new),
            None if change == filled else sides.old.content(*old),
            None if change == emptied else sides.new.content(*new),
        )

    in_old, in_new = list(tab.unmatched_old), list(tab.unmatched_new)
    for anchor in tab.anchors:
        tally = compare_range(sides, anchor)
        if anchor.guessed and not tally.agreeing:
            continue  # none of its cells are there: the difference in names is enough
        in_old.append(anchor.old)
        in_new.append(anchor.new)
        yield from tally.differences(
            tab.old, anchor.name, anchor.old.rows * anchor.old.columns, pair
        )
    outside = compare_outside(sides, tab, in_old, in_new)
    yield from outside.differences(tab.old, "", 0, pair)


def _address(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"
