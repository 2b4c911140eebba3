"""Root causes: ranges that differ by themselves, not because their precedents do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan
from xlgpt2.layout.precedents import Precedents

#: Which cells of a range differ.
Mask = NDArray[np.bool_]

#: The most differing cells of a range that are examined: usually the first is enough.
_MOST = 2000


def root_causes(
    masks: Mapping[str, Mask], plan: Plan, labels: Mapping[str, Labels]
) -> Collection[str]:
    """The ranges with a cell that differs while none of its precedents does.

    `masks` are those of ranges and labels of the plan. As no cell depends on itself, each fault is
    in one of these ranges, even if ranges depend on each other in a cycle, as with new tokens.
    """
    marked: dict[str, list[tuple[Area, Mask]]] = {}
    for name, mask in masks.items():
        area = labels[name].area if name in labels else plan.places[name].area
        marked.setdefault(area.sheet, []).append((area, mask))

    def is_marked(area: Area) -> bool:
        return any(_part(mask, whole, area).any() for whole, mask in marked.get(area.sheet, ()))

    return {
        name
        for name, mask in masks.items()
        if any(not any(map(is_marked, areas)) for areas in _precedents(name, mask, plan, labels))
    }


def _precedents(
    name: str, mask: Mask, plan: Plan, labels: Mapping[str, Labels]
) -> Iterator[Iterator[Area]]:
    """The precedents of each of the first cells that differ."""
    if name in labels:
        of = labels[name].of
        yield iter([plan.places[of].area] if of in plan.places else [])
        return
    viewed = plan.places[name].range.view_of
    if viewed is not None:  # the same cells under another name
        yield iter([plan.places[viewed].area])
        return
    precedents = Precedents(plan, name)
    yield from (precedents.of(i, j) for i, j in np.argwhere(mask)[:_MOST].tolist())


def _part(mask: Mask, whole: Area, area: Area) -> Mask:
    """The part of the mask of `whole` that `area`, on the same tab, covers."""
    top, left = area.row - whole.row, area.column - whole.column
    rows = slice(max(0, top), max(0, top + area.rows))
    return mask[rows, max(0, left) : max(0, left + area.columns)]
