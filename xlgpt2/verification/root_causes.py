"""Order: which ranges differ by themselves, and which only because of what they are made from."""

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

#: Of the cells of a range that differ so many are looked at: the first is mostly enough.
_MOST = 2000


def differ_by_themselves(
    differ: Mapping[str, Mask], plan: Plan, labels: Mapping[str, Labels]
) -> Collection[str]:
    """The ranges with a cell that differs while nothing that it is made from does.

    `differ` are ranges and labels of the plan. As no cell needs itself each fault is in one of the
    ranges found, also where ranges read each other in a circle, as those of new tokens do.
    """
    marked: dict[str, list[tuple[Area, Mask]]] = {}
    for name, mask in differ.items():
        area = labels[name].area if name in labels else plan.places[name].area
        marked.setdefault(area.sheet, []).append((area, mask))

    def is_marked(area: Area) -> bool:
        return any(_part(mask, whole, area).any() for whole, mask in marked.get(area.sheet, ()))

    return {
        name
        for name, mask in differ.items()
        if any(not any(map(is_marked, read)) for read in _read_by(name, mask, plan, labels))
    }


def _read_by(
    name: str, mask: Mask, plan: Plan, labels: Mapping[str, Labels]
) -> Iterator[Iterator[Area]]:
    """What each of the first cells that differ is made from."""
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
    """The part of an area's mask that another area covers, on the same tab."""
    top, left = area.row - whole.row, area.column - whole.column
    rows = slice(max(0, top), max(0, top + area.rows))
    return mask[rows, max(0, left) : max(0, left + area.columns)]
