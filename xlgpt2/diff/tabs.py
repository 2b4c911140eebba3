"""A tab of two workbooks: what differs in its ranges, and outside them."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.cells.address import column_letters
from xlgpt2.diff.alignment import TabAlignment
from xlgpt2.diff.differences import CellChange, CellDifference, Pair
from xlgpt2.diff.outside import compare_outside
from xlgpt2.diff.ranges import Sides, compare_range
from xlgpt2.diff.tally import Places


def compare_tab(sides: Sides, tab: TabAlignment) -> Iterator[CellDifference]:
    """The differences of every range, then those of the cells outside all ranges."""

    def pair(change: CellChange, places: Places) -> Pair:
        (old, new), filled, emptied = places, CellChange.FILLED, CellChange.EMPTIED
        return Pair(
            "" if change == filled else _address(*old),
            "" if change == emptied else _address(*new),
            None if change == filled else sides.old.content(*old),
            None if change == emptied else sides.new.content(*new),
        )

    in_old, in_new = list(tab.lone_old), list(tab.lone_new)
    for anchor in tab.anchors:
        tally = compare_range(sides, anchor)
        if anchor.guessed and not tally.agreeing:
            continue  # none of it is there: that one workbook has the name says all
        in_old.append(anchor.old)
        in_new.append(anchor.new)
        yield from tally.differences(
            tab.old, anchor.name, anchor.old.rows * anchor.old.columns, pair
        )
    outside = compare_outside(sides, tab, in_old, in_new)
    yield from outside.differences(tab.old, "", 0, pair)


def _address(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"
