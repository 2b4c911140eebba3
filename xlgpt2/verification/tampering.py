"""Tampering: values that override weights and probabilities, and the expected tab Check.

In a workbook as it was built all checks pass, whatever the prompt is. Only tampering shows whether
they can fail.
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
from xlgpt2.verification.chosen_logits import OverrideRows
from xlgpt2.verification.probes import Probe

#: Factors just above and below the tolerance of 1E-9 at 1, where doubles are 2E-16 apart.
_ABOVE, _BELOW = 1.02, 0.98

#: The same for sums of weights: closer than any term of the tolerance, and farther than the sums of
#: engines differ.
_SUM_ABOVE, _SUM_BELOW = 1 + 1e-5, 1 - 1e-5

#: In place of a number: causes errors in what depends on it.
_TEXT: OverrideRows = (("x",),)

#: A text that programs that lose line breaks would leave.
_TWO_CHARACTERS: OverrideRows = (("ab",),)

#: The positions of the first two characters, the second a text: causes errors in the first tabs.
_WRONG_POSITION: OverrideRows = ((0,), ("x",))

#: Values that override a tensor's cells, given these and their count, sum and sum of squares.
Tamper = Callable[[Cells, float, float, float], OverrideRows]


def tampering_probes(checkpoint: Checkpoint, plan: Plan) -> tuple[Probe, ...]:
    """Inputs that tamper with a workbook, so that each of its checks fails with one of them.

    Every tensor is tampered with in every way. Empty for a workbook without the tab Check.
    """
    if "check_verdict" not in plan.places:
        return ()
    weights, names = checkpoint.weight_cells, list(checkpoint.cell_tensors)
    kinds = ("count", "sum", "sum_of_squares")
    records = np.hstack([recorded(kind, names, checkpoint.cell_tensors) for kind in kinds])
    tampers = (
        _sum_off(_SUM_ABOVE),
        _squares_off(_SUM_ABOVE),
        _sum_off(_SUM_BELOW),
        _squares_off(_SUM_BELOW),
    )
    sums: list[dict[str, OverrideRows]] = [
        {
            name: tampers[(number + shift) % len(tampers)](
                weights[name], *map(float, records[number])
            )
            for number, name in enumerate(names)
        }
        for shift in range(len(tampers))
    ]
    heads = checkpoint.attention_ranges
    # Each probability is another number, so that no head can be mistaken for another.
    attention = [
        {
            name: ((1 + by ** (1 + number / 10) * TOLERANCE,),)
            for number, (name, by) in enumerate(zip(heads, cycle(factors)))
        }
        for factors in ((_ABOVE, _BELOW), (_BELOW, _ABOVE))
    ]
    V = plan.places["probabilities"].range.rows
    above, below = ({"probabilities": _probabilities(V, by)} for by in (_ABOVE, _BELOW))
    fewer = {name: _one_blank(weights[name]) for name in names if weights[name].shape[1] > 2}
    return (
        _probe("sums and probabilities off", {**sums[0], **above}),
        _probe("sums and attention off", {**sums[1], **attention[0]}),
        _probe("sums, attention and probabilities off", {**sums[2], **attention[1], **below}),
        _probe("sums off and a place lost", {**sums[3], "first_byte": _WRONG_POSITION}),
        _probe("a line break lost", {"line_break_text": _TWO_CHARACTERS}),
        _probe("fewer weights", fewer),
        _probe("text instead of weights and a size", {**dict(_texts(weights)), "n_head": _TEXT}),
        *(
            _probe(f"errors from block {block} on", {_weight_of_block(checkpoint, block): _TEXT})
            for block in checkpoint.blocks[1:]
        ),
    )


def tampered_trace(readings: Readings, plan: Plan, checkpoint: Checkpoint) -> dict[str, Cells]:
    """The expected tab Check of a workbook with these contents, right or wrong."""
    tabs = plan.places["tab_name"].range.source
    assert isinstance(tabs, Record)
    errors = [float(_has_errors(tab, plan, readings.values)) for tab in tabs.ranges]
    return {
        **check_trace(
            checkpoint.cell_tensors, readings.values, checkpoint.attention_ranges, sum(errors)
        ),
        "tab_errors": column(errors),
        "tab_result": column(["not ok" if error else "ok" for error in errors]),
        "next_token": readings.values["next_token"],
    }


def _weight_of_block(checkpoint: Checkpoint, block: int) -> str:
    """The range of a tensor of a block."""
    return checkpoint.family.range_name(checkpoint.family.block_weight.format(block=block))


def _probe(why: str, overrides: Mapping[str, OverrideRows]) -> Probe:
    # Three tokens, so that two are scored, one that is sampled, and an MLP that is off: all
    # tabs compute something.
    controls = {"new_tokens": 1, "temperature": 1, "score": 1, "check": 1}
    return Probe(why, "a!b", controls, overrides=overrides, switches=((0.0,),))


def _has_errors(tab: str, plan: Plan, values: Mapping[str, Cells]) -> bool:
    """Whether one of the ranges with formulas of a tab has an error."""
    cells = (
        value
        for name, placed in plan.places.items()
        if placed.area.sheet == tab and placed.range.parts and name in values
        for value in values[name].ravel().tolist()
    )
    return any(isinstance(value, CellError) for value in cells)


def _probabilities(count: int, by: float) -> OverrideRows:
    """`count` probabilities, equal except the first, whose sum misses 1 by `by` tolerances."""
    return ((1 / count + by * TOLERANCE,), *((1 / count,) for _ in range(count - 1)))


def _sum_off(by: float) -> Tamper:
    """The first number changed so that the sum is off by `by` times its tolerance."""

    def override(cells: Cells, count: float, total: float, squares: float) -> OverrideRows:
        missing = total + by * sum_tolerance(count, squares) - float(cells.sum())
        return ((float(cells[0, 0]) + missing,),)

    return override


def _squares_off(by: float) -> Tamper:
    """The first two numbers changed so that only the sum of squares is off."""

    def override(cells: Cells, count: float, total: float, squares: float) -> OverrideRows:
        if cells.shape[1] < 2:
            return _sum_off(by)(cells, count, total, squares)
        a, b = map(float, cells[0, :2])
        excess = squares * (1 + by * SQUARES_TOLERANCE) - float(np.square(cells).sum())
        # (a + step)^2 + (b - step)^2 exceeds a^2 + b^2 by `excess`, where a is the larger one
        distance = abs(a - b)
        step = (math.sqrt(distance**2 + 2 * excess) - distance) / 2
        return ((a + step, b - step),) if a > b else ((a - step, b + step),)

    return override


def _texts(weights: Mapping[str, Cells]) -> Iterator[tuple[str, OverrideRows]]:
    """Texts over the first n cells of the n-th range of each shape."""
    counts: Counter[tuple[int, ...]] = Counter()
    for name, cells in weights.items():
        counts[cells.shape] += 1
        yield name, (("x",) * min(counts[cells.shape], cells.shape[1]),)


def _one_blank(cells: Cells) -> OverrideRows:
    """A row without one of its numbers, two others changed to keep sum and sum of squares."""
    row: list[Value] = cells[0].tolist()
    order = np.argsort(np.abs(cells[0]))
    blank, high, low = int(order[0]), int(np.argmax(cells[0])), int(np.argmin(cells[0]))
    if blank in (high, low):
        blank = next(int(n) for n in order if n not in (high, low))
    three = cells[0, [blank, high, low]]
    middle = float(three.sum()) / 2
    distance = math.sqrt(max(0.0, float(np.square(three).sum()) / 2 - middle**2))
    row[blank], row[high], row[low] = "", middle + distance, middle - distance
    return (tuple(row),)
