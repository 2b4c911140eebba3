"""Which tabs and named ranges of two workbooks correspond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import Alignment, Anchor, TabAlignment
from xlgpt2.diff.axis import Axis, plain_axis, split_axis
from xlgpt2.diff.differences import NameChange, NameDifference, TabChange, TabDifference
from xlgpt2.xlsx.package import Contents

#: Ranges with a row for each token of the prompt, and for each token of prompt and new tokens.
_PROMPT, _ALL = "found_ids", "token_ids"


def tab_pairs(old: Contents, new: Contents) -> dict[str, str]:
    """The tabs that both workbooks have, old name -> new name, in the old one's order.

    A missing old tab is paired with an added tab that has most of its ranges.
    """
    pairs = {tab: tab for tab in old.sheets if tab in new.sheets}
    added = {tab for tab in new.sheets if tab not in old.sheets}
    for tab in old.sheets:
        names = [name for name, area in old.areas.items() if area.sheet == tab]
        new_tabs = Counter(new.areas[name].sheet for name in names if name in new.areas)
        for new_tab, count in new_tabs.most_common(1):
            if tab not in pairs and new_tab in added and 2 * count > len(names):
                pairs[tab] = new_tab
                added.remove(new_tab)
    return {tab: pairs[tab] for tab in old.sheets if tab in pairs}


def tab_differences(
    old: Contents, new: Contents, pairs: Mapping[str, str]
) -> Iterator[TabDifference]:
    """The changes of tabs as a whole."""
    for tab in old.sheets:
        if tab not in pairs:
            yield TabDifference(TabChange.ONLY_OLD, tab, "")
        elif pairs[tab] != tab:
            yield TabDifference(TabChange.RENAMED, tab, pairs[tab])
    paired = set(pairs.values())
    for tab in new.sheets:
        if tab not in paired:
            yield TabDifference(TabChange.ONLY_NEW, "", tab)
    new_order = [tab for tab in new.sheets if tab in paired]
    for (old_tab, expected), new_tab in zip(pairs.items(), new_order, strict=True):
        if new_tab != expected:
            yield TabDifference(TabChange.REORDERED, old_tab, new_tab)
            return


def name_differences(
    old: Contents, new: Contents, pairs: Mapping[str, str], fixed: Collection[str]
) -> Iterator[NameDifference]:
    """The changes of named ranges apart from their cells, on tabs that both workbooks have.

    On the `fixed` tabs, by their old names, cells did not move with the names.
    """
    old_tabs = {new_tab: tab for tab, new_tab in pairs.items()}
    for name, area in old.areas.items():
        new_area = new.areas.get(name)
        if new_area is None:
            if area.sheet in pairs:
                yield NameDifference(NameChange.ONLY_OLD, area.sheet, name, area, None)
        elif change := _change(area, new_area, pairs, fixed):
            yield NameDifference(change, area.sheet, name, area, new_area)
    for name, area in new.areas.items():
        if name not in old.areas and area.sheet in old_tabs:
            yield NameDifference(NameChange.ONLY_NEW, old_tabs[area.sheet], name, None, area)


def redefined(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[NameDifference]:
    """The names that are not ranges and whose definitions differ."""
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield NameDifference(NameChange.REDEFINED, "", name, old.get(name), new.get(name))


def _change(
    old: Area, new: Area, pairs: Mapping[str, str], fixed: Collection[str]
) -> NameChange | None:
    """The change of a named range that both workbooks have, or None."""
    other_tab = pairs.get(old.sheet) != new.sheet
    if not other_tab and _local(old) == _local(new):
        return None
    if other_tab or old.sheet in fixed:
        return NameChange.REPOINTED
    return NameChange.MOVED if old.shape == new.shape else NameChange.RESIZED


def tabs_with_few_moves(old: Contents, new: Contents, pairs: Mapping[str, str]) -> list[str]:
    """The tabs where only a few names moved, perhaps without their cells."""
    tabs = []
    for tab, new_tab in pairs.items():
        shared = _shared(old, new, tab, new_tab)
        moved = sum(_local(old.areas[name]) != _local(new.areas[name]) for name in shared)
        if 0 < moved <= max(1, len(shared) // 2):
            tabs.append(tab)
    return tabs


def align(
    old: Contents, new: Contents, pairs: Mapping[str, str], fixed: Collection[str]
) -> Alignment:
    """The alignment of two workbooks; on the `fixed` tabs every cell keeps its address."""
    tabs = {}
    for tab, new_tab in pairs.items():
        shared = _outermost(_shared(old, new, tab, new_tab), old.areas)
        anchors = tuple(_anchor(name, old, new, new_tab, tab in fixed) for name in shared)
        unmatched = _unmatched(old, tab, [anchor.old for anchor in anchors], shared)
        new_unmatched = _unmatched(new, new_tab, [anchor.new for anchor in anchors], shared)
        aligned = TabAlignment(
            tab, new_tab, anchors, tuple(unmatched.values()), tuple(new_unmatched.values())
        )
        guessed = _guessed(aligned, unmatched, new_unmatched)
        tabs[tab] = replace(aligned, anchors=(*anchors, *guessed))
    return Alignment(tabs)


def _shared(old: Contents, new: Contents, tab: str, new_tab: str) -> list[str]:
    """The names of ranges that are on a tab in both workbooks."""
    return [
        name
        for name, area in old.areas.items()
        if area.sheet == tab and name in new.areas and new.areas[name].sheet == new_tab
    ]


def _outermost(names: Sequence[str], areas: Mapping[str, Area]) -> list[str]:
    """The ranges that no other contains; of several for the same cells the first."""
    outermost: list[str] = []
    for name in sorted(names, key=lambda name: -areas[name].rows * areas[name].columns):
        if not any(areas[other].contains(areas[name]) for other in outermost):
            outermost.append(name)
    return [name for name in names if name in set(outermost)]


def _anchor(name: str, old: Contents, new: Contents, new_tab: str, fixed: bool) -> Anchor:
    area = old.areas[name]
    new_area = Area(new_tab, area.row, area.column, area.rows, area.columns)
    if not fixed:
        new_area = new.areas[name]
    rows, columns = (
        _axis(area.shape[side], new_area.shape[side], old.areas, new.areas) for side in (0, 1)
    )
    return Anchor(name, area, new_area, rows, columns)


def _axis(old: int, new: int, areas: Mapping[str, Area], new_areas: Mapping[str, Area]) -> Axis:
    """The axis of a range; of a range of tokens two zones, for the prompt and for new tokens.

    Some ranges have one more row, for the last new token.
    """
    token_counts = [
        (by_name[_PROMPT].rows, by_name[_ALL].rows)
        for by_name in (areas, new_areas)
        if _PROMPT in by_name and _ALL in by_name
    ]
    if old != new and len(token_counts) == 2:
        (prompt, tokens), (new_prompt, new_tokens) = token_counts
        for last in (0, 1):
            if (old, new) == (tokens + last, new_tokens + last):
                return split_axis((prompt, old - prompt), (new_prompt, new - new_prompt))
    return plain_axis(old, new)


def _unmatched(
    contents: Contents, tab: str, matched: Sequence[Area], shared: Collection[str]
) -> dict[str, Area]:
    """The ranges of a tab that the other workbook lacks and that overlap no matched range."""
    names = [n for n, area in contents.areas.items() if area.sheet == tab and n not in shared]
    return {
        name: contents.areas[name]
        for name in _outermost(names, contents.areas)
        if not any(contents.areas[name].overlaps(area) for area in matched)
    }


def _guessed(
    tab: TabAlignment, unmatched: Mapping[str, Area], new_unmatched: Mapping[str, Area]
) -> Iterator[Anchor]:
    """Anchors for unmatched ranges, where their cells in the other workbook are in no range."""
    taken = [anchor.new for anchor in tab.anchors]
    for name, area in unmatched.items():
        guess = _guess(name, area, tab, taken)
        if guess is not None:
            taken.append(guess.new)
            yield guess
    taken_old = [*(anchor.old for anchor in tab.anchors), *unmatched.values()]
    for name, area in new_unmatched.items():
        guess = _guess(name, area, tab.swapped, taken_old)
        if guess is not None and not any(guess.old.overlaps(other) for other in taken):
            taken_old.append(guess.new)
            yield guess.swapped()


def _guess(name: str, area: Area, tab: TabAlignment, taken: Sequence[Area]) -> Anchor | None:
    """An anchor where a range of the old workbook would be in the new one, unless that is taken."""
    position = tab.counterpart(area.row, area.column)
    if position is None or min(position) < 1:
        return None
    new_area = Area(tab.new, *position, *area.shape)
    if any(new_area.overlaps(other) for other in taken):
        return None
    rows, columns = plain_axis(area.rows, area.rows), plain_axis(area.columns, area.columns)
    return Anchor(name, area, new_area, rows, columns, guessed=True)


def _local(area: Area) -> tuple[int, int, int, int]:
    return area.row, area.column, area.rows, area.columns
