"""Listing: the differences of two workbooks as lines for a person."""

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
from xlgpt2.diff.wording import addresses, counted, side_by_side

#: Differences, and names in one line, that are listed unless all are asked for.
_MOST, _MOST_NAMES = 40, 5

SAME_BYTES = "same: equal byte for byte"
SAME = "same contents, other bytes: formatting, cached results or the writer"

#: What the summary counts, and what it calls them.
_COUNTED = {
    CellChange.FORMULAS: ("formula", "formulas"),
    CellChange.NUMBERS: ("number", "numbers"),
    CellChange.CONSTANTS: ("text or other constant", "texts and other constants"),
    CellChange.PASTED: ("formula that became a constant", "formulas that became constants"),
    CellChange.COMPUTED: ("constant that became a formula", "constants that became formulas"),
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
    CellChange.PASTED: "with a constant in place of a formula",
    CellChange.COMPUTED: "with a formula in place of a constant",
    CellChange.EMPTIED: "empty now",
    CellChange.FILLED: "empty before",
    CellChange.MOVED: "whose text stands elsewhere now",
}
_COUNTED_NAMES = {
    NameChange.ONLY_OLD: ("range gone", "ranges gone"),
    NameChange.ONLY_NEW: ("range new", "ranges new"),
    NameChange.RESIZED: ("range of another size", "ranges of another size"),
    NameChange.MOVED: ("range moved", "ranges moved"),
    NameChange.REPOINTED: ("name moved", "names moved"),
    NameChange.REDEFINED: ("name of another meaning", "names of another meaning"),
}


def lines(found: WorkbookDifference | FolderDifference, everything: bool) -> str:
    """A summary, then one entry for each range and kind of difference."""
    if isinstance(found, WorkbookDifference):
        return "\n".join(_workbook(found, everything))
    return "\n".join(_folder(found, everything))


def _folder(found: FolderDifference, everything: bool) -> Iterator[str]:
    differing = sum(not book.same for book in found.workbooks)
    if found.same:
        yield f"{found.old} -> {found.new}: the same {counted(len(found.workbooks), 'workbook')}"
        return
    yield (
        f"{found.old} -> {found.new}: {differing} of "
        f"{counted(len(found.workbooks), 'workbook')} in both differ"
    )
    for folder, names in ((found.old, found.only_old), (found.new, found.only_new)):
        if names:
            yield f"only in {folder}: {', '.join(names)}"
    for book in found.workbooks:
        if not book.same:
            yield ""
            yield from _workbook(book, everything)


def _workbook(found: WorkbookDifference, everything: bool) -> Iterator[str]:
    if found.same:
        yield f"{found.old} -> {found.new}: {SAME_BYTES if found.same_bytes else SAME}"
        return
    yield f"{found.old} -> {found.new}: {_summary(found)}"
    yield ""
    entries = [
        *_settings(found),
        *_tabs(found),
        *_names(found, everything),
        *_by_tab(found, everything),
    ]
    listed = entries if everything else entries[:_MOST]
    yield from listed
    if len(entries) > len(listed):
        rest = counted(len(entries) - len(listed), "more difference")
        yield f"... and {rest}; --all lists them, and formulas in full"


def _summary(found: WorkbookDifference) -> str:
    """How many tabs and cells differ."""
    tabs = {d.tab for d in found.names if d.tab} | {d.tab for d in found.cells}
    tabs |= {d.old or d.new for d in found.tabs if d.change != TabChange.REORDERED}
    counts = []
    for change, words in _COUNTED.items():
        count = sum(d.count for d in found.cells if d.change == change)
        if count:
            counts.append(counted(count, *words))
    for name_change, words in _COUNTED_NAMES.items():
        count = sum(d.change == name_change for d in found.names)
        if count:
            counts.append(counted(count, *words))
    if found.settings:
        counts.append(counted(len(found.settings), "calculation setting"))
    said = f": {', '.join(counts)}" if counts else ""
    differ = "differs" if len(tabs) == 1 else "differ"
    return f"{len(tabs):,} of {counted(len(found.tab_names), 'tab')} {differ}{said}"


def _settings(found: WorkbookDifference) -> Iterator[str]:
    """What makes programs compute something else."""
    for entry in found.settings:
        where = f"{entry.tab}: " if entry.tab else ""
        yield f"{where}calculation setting {entry.name}: {entry.old} -> {entry.new}"


def _tabs(found: WorkbookDifference) -> Iterator[str]:
    """Tabs that one workbook has, that are called otherwise or stand elsewhere."""
    for change, book in ((TabChange.ONLY_OLD, found.old), (TabChange.ONLY_NEW, found.new)):
        tabs = [d.old or d.new for d in found.tabs if d.change == change]
        if tabs:
            yield f"{'tab' if len(tabs) == 1 else 'tabs'} only in {book}: {', '.join(tabs)}"
    for entry in found.tabs:
        if entry.change == TabChange.RENAMED:
            yield f"tab renamed: {entry.old} -> {entry.new}"
        elif entry.change == TabChange.REORDERED:
            yield f"tabs in another order: {entry.new} stands where {entry.old} was"


def _names(found: WorkbookDifference, everything: bool) -> Iterator[str]:
    """Names that are no ranges, ranges of another size, and those that moved.

    Ranges stand together where their sizes changed alike.
    """
    sizes: dict[str, list[str]] = {}
    moved = []
    for entry in found.names:
        old, new = entry.old, entry.new
        if entry.change == NameChange.REDEFINED:
            yield f"name {entry.name}: {old or 'nothing'} -> {new or 'nothing'}"
        elif entry.change == NameChange.MOVED:
            moved.append(f"{entry.name} {_way(entry)}")
        elif entry.change == NameChange.RESIZED:
            assert isinstance(old, Area)
            assert isinstance(new, Area)
            sizes.setdefault(f"{list(old.shape)} -> {list(new.shape)}", []).append(entry.name)
    for size, names in sizes.items():
        ranges = counted(len(names), "range")
        yield f"{ranges} of another size, {size}: {_some(names, everything)}"
    if moved:
        cells = "its cells" if len(moved) == 1 else "their cells"
        yield f"{counted(len(moved), 'range')} moved with {cells}: {_some(moved, everything)}"


def _by_tab(found: WorkbookDifference, everything: bool) -> Iterator[str]:
    """What is to be said of the ranges and cells of each tab."""
    for tab in found.tab_names:
        names = [entry for entry in found.names if entry.tab == tab]
        for change, book in ((NameChange.ONLY_OLD, found.old), (NameChange.ONLY_NEW, found.new)):
            lone = [entry.name for entry in names if entry.change == change]
            if lone:
                ranges = counted(len(lone), "range")
                yield f"{tab}: {ranges} only in {book}: {_some(lone, everything)}"
        for entry in names:
            if entry.change == NameChange.REPOINTED:
                yield f"{tab}: {entry.name}: the name moved, {_way(entry)}, its cells did not"
        for difference in found.cells:
            if difference.tab == tab:
                yield _cells(difference, everything)


def _cells(found: CellDifference, everything: bool) -> str:
    """The cells of a range that differ in one way."""
    where = f"{found.tab}: {found.range or 'outside the ranges'}: "
    pair = found.largest.pair if found.largest is not None else found.first
    old, new = side_by_side(pair, everything)
    if found.change in (CellChange.NUMBERS, CellChange.CONSTANTS) and found.size == 1:
        return f"{where}{old} -> {new}"
    what = where + _what(found, addresses(pair))
    if found.change == CellChange.FORMULAS and old == new:
        return f"{what}\n    = {old}, which means or fills other cells now"
    if found.change == CellChange.FORMULAS:
        return f"{what}\n    - {old}\n    + {new}"
    if found.change in (CellChange.EMPTIED, CellChange.MOVED):
        return f"{what}: {old}"
    return f"{what}: {new}" if found.change == CellChange.FILLED else f"{what}: {old} -> {new}"


def _what(found: CellDifference, place: str) -> str:
    """How many cells differ, in which way, and where the first or the worst is."""
    if found.change not in _COMPARED:
        return f"{counted(found.count, 'cell')} {_BECAME[found.change]}, first in {place}"
    one, many = _COMPARED[found.change]
    if found.compared == 1:
        return f"the {one} in {place} differs"
    differ = "differs" if found.count == 1 else "differ"
    by = "first"
    if found.largest is not None:
        by = f"{'by' if found.count == 1 else 'by at most'} {found.largest.difference:.3g}"
    return f"{found.count:,} of {found.compared:,} {many} {differ}, {by} in {place}"


def _way(entry: NameDifference) -> str:
    """From where to where a named range went; the tab is told where it is another."""
    assert isinstance(entry.old, Area)
    assert isinstance(entry.new, Area)
    same_tab = entry.change == NameChange.MOVED or entry.old.sheet == entry.new.sheet
    if same_tab:
        return f"{entry.old.local} -> {entry.new.local}"
    return f"{entry.old.absolute} -> {entry.new.absolute}"


def _some(names: Sequence[str], everything: bool) -> str:
    """The first names of a list, or all of them."""
    if everything or len(names) <= _MOST_NAMES:
        return ", ".join(names)
    rest = len(names) - _MOST_NAMES + 1
    return f"{', '.join(names[: _MOST_NAMES - 1])} and {rest:,} more"
