"""Spoilt: values typed over weights and shares, and what the tab Check must then say of them.

In a workbook as it was built all checks pass, whatever the prompt is. Only one that is spoilt shows
whether they can fail.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle

import numpy as np

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import CellError, Cells, Value, column
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.records import recorded
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.tabs.check import (
    SQUARES_TOLERANCE,
    TOLERANCE,
    check_trace,
    sum_tolerance,
)
from xlgpt2.stages.sources import Record
from xlgpt2.verification.chosen_logits import Typed
from xlgpt2.verification.probes import Probe

#: Just more than what is allowed of 1, and just less: of 1E-9, where doubles are 2E-16 apart.
_MORE, _LESS = 1.02, 0.98

#: The same for sums of weights: by less than any term of what is allowed, and by more than engines
#: differ when they add up.
_OVER, _UNDER = 1 + 1e-5, 1 - 1e-5

#: Where a number is expected: an error in what is computed of it.
_TEXT: Typed = (("x",),)

#: What a program that loses line breaks finds in the text that shows it.
_TWO_CHARACTERS: Typed = (("ab",),)

#: The places of the first two characters, the second a text: errors in the first tabs.
_A_PLACE_LOST: Typed = ((0,), ("x",))

#: What to type over a tensor's cells, which are so many, with such a sum and sum of squares.
Way = Callable[[Cells, float, float, float], Typed]


def spoilt(checkpoint: Checkpoint, plan: Plan) -> tuple[Probe, ...]:
    """Inputs that spoil a workbook, so that each of its checks fails in one of them.

    Every tensor is spoilt in every way. None for a workbook that has no such tab.
    """
    if "check_verdict" not in plan.places:
        return ()
    held, names = checkpoint.weight_cells, list(checkpoint.cell_tensors)
    kinds = ("count", "sum", "sum_of_squares")
    records = np.hstack([recorded(kind, names, checkpoint.cell_tensors) for kind in kinds])
    ways = (_sum_off(_OVER), _squares_off(_OVER), _sum_off(_UNDER), _squares_off(_UNDER))
    off: list[dict[str, Typed]] = [
        {
            name: ways[(number + shift) % len(ways)](held[name], *map(float, records[number]))
            for number, name in enumerate(names)
        }
        for shift in range(len(ways))
    ]
    heads = list(_heads(checkpoint))
    # Each share is another number, so that no head can stand for another.
    shares = [
        {
            name: ((1 + by ** (1 + number / 10) * TOLERANCE,),)
            for number, (name, by) in enumerate(zip(heads, cycle(twice)))
        }
        for twice in ((_MORE, _LESS), (_LESS, _MORE))
    ]
    V = plan.places["probabilities"].range.rows
    more, less = ({"probabilities": _probabilities(V, by)} for by in (_MORE, _LESS))
    fewer = {name: _one_less(held[name]) for name in names if held[name].shape[1] > 2}
    return (
        _probe("sums and probabilities off", {**off[0], **more}),
        _probe("sums and attention off", {**off[1], **shares[0]}),
        _probe("sums, attention and probabilities off", {**off[2], **shares[1], **less}),
        _probe("sums off and a place lost", {**off[3], "first_byte": _A_PLACE_LOST}),
        _probe("a line break lost", {"line_break_text": _TWO_CHARACTERS}),
        _probe("fewer weights", fewer),
        _probe("texts for weights and a size", {**dict(_texts(held)), "n_head": _TEXT}),
        *(
            _probe(f"errors from block {block} on", {_weight_of_block(checkpoint, block): _TEXT})
            for block in checkpoint.blocks[1:]
        ),
    )


def spoilt_trace(readings: Readings, plan: Plan, checkpoint: Checkpoint) -> dict[str, Cells]:
    """What the tab Check must show of what a workbook holds, right or wrong."""
    tabs = plan.places["tab_name"].range.source
    assert isinstance(tabs, Record)
    errors = [float(_has_errors(tab, plan, readings.values)) for tab in tabs.ranges]
    heads = list(_heads(checkpoint))
    return {
        **check_trace(checkpoint.cell_tensors, readings.values, heads, sum(errors)),
        "tab_errors": column(errors),
        "tab_result": column(["not ok" if error else "ok" for error in errors]),
        "next_token": readings.values["next_token"],
    }


def _heads(checkpoint: Checkpoint) -> Iterator[str]:
    """The ranges with the attention of every head."""
    for block in checkpoint.blocks:
        for head in range(checkpoint.config.n_head):
            yield checkpoint.family.attention_range(block, head)


def _weight_of_block(checkpoint: Checkpoint, block: int) -> str:
    """The range of a tensor that every block has."""
    return checkpoint.family.range_name(checkpoint.family.block_weight.format(block=block))


def _probe(why: str, over: Mapping[str, Typed]) -> Probe:
    # Three tokens, for two to be scored, and one that is drawn: all tabs compute something.
    return Probe(why, "a!b", {"new_tokens": 1, "temperature": 1, "score": 1}, over=over)


def _has_errors(tab: str, plan: Plan, values: Mapping[str, Cells]) -> bool:
    """Whether an error is in one of the ranges of a tab that hold formulas."""
    cells = (
        value
        for name, placed in plan.places.items()
        if placed.area.sheet == tab and placed.range.parts and name in values
        for value in values[name].ravel().tolist()
    )
    return any(isinstance(value, CellError) for value in cells)


def _probabilities(count: int, by: float) -> Typed:
    """As many, alike but for the first, whose sum is off by so many times what it may be."""
    return ((1 / count + by * TOLERANCE,), *((1 / count,) for _ in range(count - 1)))


def _sum_off(by: float) -> Way:
    """The first number changed, for the sum to be off by so many times what it may be."""

    def typed(cells: Cells, count: float, total: float, squares: float) -> Typed:
        missing = total + by * sum_tolerance(count, squares) - float(cells.sum())
        return ((float(cells[0, 0]) + missing,),)

    return typed


def _squares_off(by: float) -> Way:
    """The first two numbers changed against each other, so that their sum stays."""

    def typed(cells: Cells, count: float, total: float, squares: float) -> Typed:
        if cells.shape[1] < 2:
            return _sum_off(by)(cells, count, total, squares)
        a, b = map(float, cells[0, :2])
        more = squares * (1 + by * SQUARES_TOLERANCE) - float(np.square(cells).sum())
        # (a + step)^2 + (b - step)^2 is `more` than a^2 + b^2, where a is the larger one
        apart = abs(a - b)
        step = (math.sqrt(apart**2 + 2 * more) - apart) / 2
        return ((a + step, b - step),) if a > b else ((a - step, b + step),)

    return typed


def _texts(held: Mapping[str, Cells]) -> Iterator[tuple[str, Typed]]:
    """A text in the first cell of each range, and in as many more as there were such ranges."""
    seen: Counter[tuple[int, ...]] = Counter()
    for name, cells in held.items():
        seen[cells.shape] += 1
        yield name, (("x",) * min(seen[cells.shape], cells.shape[1]),)


def _one_less(cells: Cells) -> Typed:
    """A row without one of its numbers, and the same sum and sum of squares, by two others."""
    row: list[Value] = cells[0].tolist()
    order = np.argsort(np.abs(cells[0]))
    gone, high, low = int(order[0]), int(np.argmax(cells[0])), int(np.argmin(cells[0]))
    if gone in (high, low):
        gone = next(int(n) for n in order if n not in (high, low))
    three = cells[0, [gone, high, low]]
    middle = float(three.sum()) / 2
    apart = math.sqrt(max(0.0, float(np.square(three).sum()) / 2 - middle**2))
    row[gone], row[high], row[low] = "", middle + apart, middle - apart
    return (tuple(row),)
