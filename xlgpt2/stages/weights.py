"""Weights: the ranges of a tensor, and of the scales of its columns if it is int8."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.stages.templates import RangeTemplate, TabTemplate, WeightTemplate

#: The suffix of a range of scales, after the name of its weights.
SCALE = "_scale"


def ranges_of(tab: TabTemplate) -> Iterator[RangeTemplate]:
    """All ranges of a tab, its weights after the range that they are below."""
    below: dict[str | None, list[RangeTemplate]] = {}
    for weight in tab.weights:
        below.setdefault(weight.below, []).extend(_ranges_of_weight(weight))
    for entry in tab.ranges:
        yield entry
        yield from below.pop(entry.name, ())
    for rest in below.values():
        yield from rest


def _ranges_of_weight(weight: WeightTemplate) -> Iterator[RangeTemplate]:
    """The range of a tensor, and for a matrix that of its scales, which only int8 has."""
    title = f"{weight.tensor}: {weight.says}" if weight.says else weight.tensor
    yield RangeTemplate(
        name=weight.range_name,
        title=title,
        tensor=weight.tensor,
        shape=weight.shape,
        role="weight",
        below=weight.below,
        row_names=weight.row_names,
    )
    if weight.has_scales:
        yield RangeTemplate(
            name=weight.range_name + SCALE,
            title="the scale of each column",
            scale_of=weight.tensor,
            only="int8",
            shape=("1", weight.shape[1]),
            role="weight",
            below=weight.below or weight.range_name,
            number_format="0.000000",
        )
