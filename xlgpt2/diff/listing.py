"""The differences between two workbooks as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlgpt2.cells.address import Area
from xlgpt2.diff.differences import (
    CellChange,
    CellDifference,
    FolderDifference,
    NameChange,
    NameDifference,
    TabChange,
    WorkbookDifference,
)
from xlgpt2.diff.wording import counted, pair_addresses, side_by_side

#: Differences listed, and names listed in one line, unless all are requested.
_MOST, _MOST_NAMES = 40, 5

SAME_BYTES = "same: identical byte for byte"
SAME = "same contents, different bytes: formatting, cached values or the writer"

#: What the summary counts, in singular and plural.
_COUNTED = {
    CellChange.FORMULAS: ("formula", "formulas"),
    CellChange.NUMBERS: ("number", "numbers"),
    CellChange.CONSTANTS: ("text or other constant", "texts and other constants"),
    CellChange.PASTED: ("formula replaced by a constant", "formulas replaced by constants"),
    CellChange.COMPUTED: ("constant replaced by a formula", "constants replaced by formulas"),
    CellChange.EMPTIED: ("cell emptied", "cells emptied"),
    CellChange.FILLED: ("cell filled", "cells filled"),
    CellChange.MOVED: ("text moved", "texts moved"),
}
_COMPARED = {
    CellChange.FORMULAS: ("formula", "formulas"),
    CellChange.NUMBERS: ("number", "numbers"),
    CellChange.CONSTANTS: ("constant", "texts and other constants"),
}
_BECAME = {
    CellChange.PASTED: "with a constant instead of a formula",
    CellChange.COMPUTED: "with a formula instead of a constant",
    CellChange.EMPTIED: "now empty",
    CellChange.FILLED: "previously empty",
    CellChange.MOVED: "whose text moved",
}
_COUNTED_NAMES = {
    NameChange.ONLY_OLD: ("range removed", "ranges removed"),
    NameChange.ONLY_NEW: ("range added", "ranges added"),
    NameChange.RESIZED: ("range resized", "ranges resized"),
    NameChange.MOVED: ("range moved", "ranges moved"),
    NameChange.REPOINTED: ("name moved", "names moved"),
    NameChange.REDEFINED: ("name redefined", "names redefined"),
}


def lines(diff: WorkbookDifference | FolderDifference, everything: bool) -> str:
    """A summary, then one entry for each range and kind of difference."""
    if isinstance(diff, WorkbookDifference):
        return "\n".join(_workbook(diff, everything))
    return "\n".join(_folder(diff, everything))


def _folder(diff: FolderDifference, everything: bool) -> Iterator[str]:
    differing = sum(not book.same for book in diff.workbooks)
    if diff.same:
        yield f"{diff.old} -> {diff.new}: the same {counted(len(diff.workbooks), 'workbook')}"
        return
    yield (
        f"{diff.old} -> {diff.new}: {differing} of "
        f"{counted(len(diff.workbooks), 'workbook')} in both differ"
    )
    for folder, names in ((diff.old, diff.only_old), (diff.new, diff.only_new)):
        if names:
            yield f"only in {folder}: {', '.join(names)}"
    for book in diff.workbooks:
        if not book.same:
            yield ""
            yield from _workbook(book, everything)


def _workbook(diff: WorkbookDifference, everything: bool) -> Iterator[str]:
    if diff.same:
        yield f"{diff.old} -> {diff.new}: {SAME_BYTES if diff.same_bytes else SAME}"
        return
    yield f"{diff.old} -> {diff.new}: {_summary(diff)}"
    yield ""
    entries = [
        *_settings(diff),
        *_tabs(diff),
        *_names(diff, everything),
        *_by_tab(diff, everything),
    ]
    listed = entries if everything else entries[:_MOST]
    yield from listed
    if len(entries) > len(listed):
        rest = counted(len(entries) - len(listed), "more difference")
        yield f"... and {rest}; --all lists them, and formulas in full"


def _summary(diff: WorkbookDifference) -> str:
    """The numbers of tabs and cells that differ."""
    tabs = {d.tab for d in diff.names if d.tab} | {d.tab for d in diff.cells}
    tabs |= {d.old or d.new for d in diff.tabs if d.change != TabChange.REORDERED}
    counts = []
    for change, words in _COUNTED.items():
        count = sum(d.count for d in diff.cells if d.change == change)
        if count:
            counts.append(counted(count, *words))
    for name_change, words in _COUNTED_NAMES.items():
        count = sum(d.change == name_change for d in diff.names)
        if count:
            counts.append(counted(count, *words))
    if diff.settings:
        counts.append(counted(len(diff.settings), "calculation setting"))
    details = f": {', '.join(counts)}" if counts else ""
    differ = "differs" if len(tabs) == 1 else "differ"
    return f"{len(tabs):,} of {counted(len(diff.tab_names), 'tab')} {differ}{details}"


def _settings(diff: WorkbookDifference) -> Iterator[str]:
    """The calculation settings that differ."""
    for entry in diff.settings:
        where = f"{entry.tab}: " if entry.tab else ""
        yield f"{where}calculation setting {entry.name}: {entry.old} -> {entry.new}"


def _tabs(diff: WorkbookDifference) -> Iterator[str]:
    """Tabs that only one workbook has, and tabs renamed or reordered."""
    for change, book in ((TabChange.ONLY_OLD, diff.old), (TabChange.ONLY_NEW, diff.new)):
        tabs = [d.old or d.new for d in diff.tabs if d.change == change]
        if tabs:
            yield f"{'tab' if len(tabs) == 1 else 'tabs'} only in {book}: {', '.join(tabs)}"
    for entry in diff.tabs:
        if entry.change == TabChange.RENAMED:
            yield f"tab renamed: {entry.old} -> {entry.new}"
        elif entry.change == TabChange.REORDERED:
            yield f"tabs reordered: {entry.new} is where {entry.old} was"


def _names(diff: WorkbookDifference, everything: bool) -> Iterator[str]:
    """Names that are not ranges, ranges of another size, and moved ranges.

    Ranges whose sizes changed in the same way share a line.
    """
    sizes: dict[str, list[str]] = {}
    moved = []
    for entry in diff.names:
        old, new = entry.old, entry.new
        if entry.change == NameChange.REDEFINED:
            yield f"name {entry.name}: {old or 'nothing'} -> {new or 'nothing'}"
        elif entry.change == NameChange.MOVED:
            moved.append(f"{entry.name} {_old_and_new_address(entry)}")
        elif entry.change == NameChange.RESIZED:
            assert isinstance(old, Area)
            assert isinstance(new, Area)
            sizes.setdefault(f"{list(old.shape)} -> {list(new.shape)}", []).append(entry.name)
    for size, names in sizes.items():
        ranges = counted(len(names), "range")
        yield f"{ranges} resized, {size}: {_name_list(names, everything)}"
    if moved:
        cells = "its cells" if len(moved) == 1 else "their cells"
        yield f"{counted(len(moved), 'range')} moved with {cells}: {_name_list(moved, everything)}"


def _by_tab(diff: WorkbookDifference, everything: bool) -> Iterator[str]:
    """The changes of ranges and cells, tab by tab."""
    for tab in diff.tab_names:
        names = [entry for entry in diff.names if entry.tab == tab]
        for change, book in ((NameChange.ONLY_OLD, diff.old), (NameChange.ONLY_NEW, diff.new)):
            unmatched = [entry.name for entry in names if entry.change == change]
            if unmatched:
                ranges = counted(len(unmatched), "range")
                yield f"{tab}: {ranges} only in {book}: {_name_list(unmatched, everything)}"
        for entry in names:
            if entry.change == NameChange.REPOINTED:
                addresses = _old_and_new_address(entry)
                yield f"{tab}: {entry.name}: the name moved, {addresses}, but its cells did not"
        for cells in diff.cells:
            if cells.tab == tab:
                yield _cells(cells, everything)


def _cells(cells: CellDifference, everything: bool) -> str:
    """The cells of a range that differ in one way."""
    where = f"{cells.tab}: {cells.range or 'outside the ranges'}: "
    pair = cells.largest.pair if cells.largest is not None else cells.first
    old, new = side_by_side(pair, everything)
    if cells.change in (CellChange.NUMBERS, CellChange.CONSTANTS) and cells.size == 1:
        return f"{where}{old} -> {new}"
    what = where + _extent(cells, pair_addresses(pair))
    if cells.change == CellChange.FORMULAS and old == new:
        return f"{what}\n    = {old}, which now refers to or fills other cells"
    if cells.change == CellChange.FORMULAS:
        return f"{what}\n    - {old}\n    + {new}"
    if cells.change in (CellChange.EMPTIED, CellChange.MOVED):
        return f"{what}: {old}"
    return f"{what}: {new}" if cells.change == CellChange.FILLED else f"{what}: {old} -> {new}"


def _extent(cells: CellDifference, where: str) -> str:
    """How many cells differ, in what way, and where the first or the worst is."""
    if cells.change not in _COMPARED:
        return f"{counted(cells.count, 'cell')} {_BECAME[cells.change]}, first in {where}"
    singular, plural = _COMPARED[cells.change]
    if cells.compared == 1:
        return f"the {singular} in {where} differs"
    differ = "differs" if cells.count == 1 else "differ"
    by = "first"
    if cells.largest is not None:
        by = f"{'by' if cells.count == 1 else 'by at most'} {cells.largest.difference:.3g}"
    return f"{cells.count:,} of {cells.compared:,} {plural} {differ}, {by} in {where}"


def _old_and_new_address(entry: NameDifference) -> str:
    """The old and the new address of a named range, with the tabs if they differ."""
    assert isinstance(entry.old, Area)
    assert isinstance(entry.new, Area)
    same_tab = entry.change == NameChange.MOVED or entry.old.sheet == entry.new.sheet
    if same_tab:
        return f"{entry.old.local} -> {entry.new.local}"
    return f"{entry.old.absolute} -> {entry.new.absolute}"


def _name_list(names: Sequence[str], everything: bool) -> str:
    """The first names of a list, or all of them."""
    if everything or len(names) <= _MOST_NAMES:
        return ", ".join(names)
    rest = len(names) - _MOST_NAMES + 1
    return f"{', '.join(names[: _MOST_NAMES - 1])} and {rest:,} more"
