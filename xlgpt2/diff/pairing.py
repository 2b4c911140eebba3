"""Pairing: which tabs and named ranges of two workbooks belong together, by their contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from xlgpt2.cells.address import Area
from xlgpt2.diff.alignment import Alignment, Anchor, TabAlignment
from xlgpt2.diff.axis import Axis, cut_axis, plain_axis
from xlgpt2.diff.differences import NameChange, NameDifference, TabChange, TabDifference
from xlgpt2.xlsx.package import Contents

#: Ranges with a row for each token of the prompt, and for each token at all.
_PROMPT, _ALL = "found_ids", "token_ids"


def tab_pairs(old: Contents, new: Contents) -> dict[str, str]:
    """The tabs that both workbooks have, old name -> new name, in the old one's order.

    A tab that is in one only is the one that is in the other only, if most of its ranges are there.
    """
    pairs = {tab: tab for tab in old.sheets if tab in new.sheets}
    fresh = {tab for tab in new.sheets if tab not in old.sheets}
    for tab in old.sheets:
        names = [name for name, area in old.areas.items() if area.sheet == tab]
        found = Counter(new.areas[name].sheet for name in names if name in new.areas)
        for other, count in found.most_common(1):
            if tab not in pairs and other in fresh and 2 * count > len(names):
                pairs[tab] = other
                fresh.remove(other)
    return {tab: pairs[tab] for tab in old.sheets if tab in pairs}


def tab_differences(
    old: Contents, new: Contents, pairs: Mapping[str, str]
) -> Iterator[TabDifference]:
    """What is to be said of the tabs themselves."""
    for tab in old.sheets:
        if tab not in pairs:
            yield TabDifference(TabChange.ONLY_OLD, tab, "")
        elif pairs[tab] != tab:
            yield TabDifference(TabChange.RENAMED, tab, pairs[tab])
    taken = set(pairs.values())
    for tab in new.sheets:
        if tab not in taken:
            yield TabDifference(TabChange.ONLY_NEW, "", tab)
    ordered = [tab for tab in new.sheets if tab in taken]
    for (before, expected), got in zip(pairs.items(), ordered, strict=True):
        if expected != got:
            yield TabDifference(TabChange.REORDERED, before, got)
            return


def name_differences(
    old: Contents, new: Contents, pairs: Mapping[str, str], fixed: Collection[str]
) -> Iterator[NameDifference]:
    """What is to be said of the named ranges themselves, on tabs that both workbooks have.

    On the `fixed` tabs, by their old names, cells did not move where their names did.
    """
    back = {there: tab for tab, there in pairs.items()}
    for name, area in old.areas.items():
        there = new.areas.get(name)
        if there is None:
            if area.sheet in pairs:
                yield NameDifference(NameChange.ONLY_OLD, area.sheet, name, area, None)
        elif change := _change(area, there, pairs, fixed):
            yield NameDifference(change, area.sheet, name, area, there)
    for name, area in new.areas.items():
        if name not in old.areas and area.sheet in back:
            yield NameDifference(NameChange.ONLY_NEW, back[area.sheet], name, None, area)


def redefined(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[NameDifference]:
    """The names that are no ranges and stand for something else than before."""
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield NameDifference(NameChange.REDEFINED, "", name, old.get(name), new.get(name))


def _change(
    old: Area, new: Area, pairs: Mapping[str, str], fixed: Collection[str]
) -> NameChange | None:
    """What became of a named range that both workbooks have."""
    other_tab = pairs.get(old.sheet) != new.sheet
    if not other_tab and _local(old) == _local(new):
        return None
    if other_tab or old.sheet in fixed:
        return NameChange.REPOINTED
    return NameChange.MOVED if old.shape == new.shape else NameChange.RESIZED


def doubtful(old: Contents, new: Contents, pairs: Mapping[str, str]) -> list[str]:
    """The tabs on which few names stand for other cells than before, as if they alone had moved."""
    found = []
    for tab, other in pairs.items():
        shared = _shared(old, new, tab, other)
        moved = sum(_local(old.areas[name]) != _local(new.areas[name]) for name in shared)
        if 0 < moved <= max(1, len(shared) // 2):
            found.append(tab)
    return found


def align(
    old: Contents, new: Contents, pairs: Mapping[str, str], fixed: Collection[str]
) -> Alignment:
    """The alignment of two workbooks; on the `fixed` tabs every cell has kept its address."""
    tabs = {}
    for tab, other in pairs.items():
        shared = _outermost(_shared(old, new, tab, other), old.areas)
        anchors = tuple(_anchor(name, old, new, other, tab in fixed) for name in shared)
        lone = _lone(old, tab, [anchor.old for anchor in anchors], shared)
        new_lone = _lone(new, other, [anchor.new for anchor in anchors], shared)
        aligned = TabAlignment(tab, other, anchors, tuple(lone.values()), tuple(new_lone.values()))
        tabs[tab] = replace(aligned, anchors=(*anchors, *_guessed(aligned, lone, new_lone)))
    return Alignment(tabs)


def _shared(old: Contents, new: Contents, tab: str, other: str) -> list[str]:
    """The names of ranges that are on a tab in both workbooks."""
    return [
        name
        for name, area in old.areas.items()
        if area.sheet == tab and name in new.areas and new.areas[name].sheet == other
    ]


def _outermost(names: Sequence[str], areas: Mapping[str, Area]) -> list[str]:
    """The ranges that are no parts of others; of several for the same cells the first."""
    found: list[str] = []
    for name in sorted(names, key=lambda name: -areas[name].rows * areas[name].columns):
        if not any(areas[other].contains(areas[name]) for other in found):
            found.append(name)
    return [name for name in names if name in set(found)]


def _anchor(name: str, old: Contents, new: Contents, other: str, fixed: bool) -> Anchor:
    here = old.areas[name]
    there = Area(other, here.row, here.column, here.rows, here.columns)
    if not fixed:
        there = new.areas[name]
    rows, columns = (
        _axis(here.shape[side], there.shape[side], old.areas, new.areas) for side in (0, 1)
    )
    return Anchor(name, here, there, rows, columns)


def _axis(old: int, new: int, areas: Mapping[str, Area], new_areas: Mapping[str, Area]) -> Axis:
    """Rows of tokens are in two zones, for the prompt and for new tokens, as the columns of scores.

    Some ranges have a row more, for the last new token.
    """
    sizes = [
        (by_name[_PROMPT].rows, by_name[_ALL].rows)
        for by_name in (areas, new_areas)
        if _PROMPT in by_name and _ALL in by_name
    ]
    if old != new and len(sizes) == 2:
        (prompt, tokens), (new_prompt, new_tokens) = sizes
        for more in (0, 1):
            if (old, new) == (tokens + more, new_tokens + more):
                return cut_axis((prompt, old - prompt), (new_prompt, new - new_prompt))
    return plain_axis(old, new)


def _lone(
    contents: Contents, tab: str, taken: Sequence[Area], shared: Collection[str]
) -> dict[str, Area]:
    """The ranges of a tab that the other workbook does not have, apart from the cells of others."""
    names = [n for n, area in contents.areas.items() if area.sheet == tab and n not in shared]
    return {
        name: contents.areas[name]
        for name in _outermost(names, contents.areas)
        if not any(contents.areas[name].overlaps(area) for area in taken)
    }


def _guessed(
    tab: TabAlignment, lone: Mapping[str, Area], new_lone: Mapping[str, Area]
) -> Iterator[Anchor]:
    """Anchors for ranges that one workbook has, where no range that both have is in the other's."""
    taken = [anchor.new for anchor in tab.anchors]
    for name, area in lone.items():
        guess = _guess(name, area, tab, taken)
        if guess is not None:
            taken.append(guess.new)
            yield guess
    taken_old = [*(anchor.old for anchor in tab.anchors), *lone.values()]
    for name, area in new_lone.items():
        guess = _guess(name, area, tab.swapped, taken_old)
        if guess is not None and not any(guess.old.overlaps(other) for other in taken):
            taken_old.append(guess.new)
            yield guess.swapped()


def _guess(name: str, area: Area, tab: TabAlignment, taken: Sequence[Area]) -> Anchor | None:
    """Where a range of the old workbook would be in the new one, if nothing is there."""
    place = tab.place(area.row, area.column)
    if place is None or min(place) < 1:
        return None
    there = Area(tab.new, *place, *area.shape)
    if any(there.overlaps(other) for other in taken):
        return None
    rows, columns = plain_axis(area.rows, area.rows), plain_axis(area.columns, area.columns)
    return Anchor(name, area, there, rows, columns, guessed=True)


def _local(area: Area) -> tuple[int, int, int, int]:
    return area.row, area.column, area.rows, area.columns
