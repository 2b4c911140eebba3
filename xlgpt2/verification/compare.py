"""Comparison of an engine's readings with the reference's trace, range by range."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan
from xlgpt2.stages.stages import EXACT
from xlgpt2.stages.templates import Tolerance
from xlgpt2.verification.difference import Difference, Outcome, difference_mask, worst_cell
from xlgpt2.verification.result import Input, PromptCheck, RangeCheck
from xlgpt2.verification.root_causes import root_causes


def compare(
    readings: Readings,
    trace: Mapping[str, Cells],
    plan: Plan,
    input_: Input,
    left_out: Collection[str] = (),
    labels: Collection[Labels] = (),
) -> PromptCheck:
    """The check of every named range of the file, in the order of the data flow.

    All ranges of the trace must be in the file, except those in `left_out`; ranges that only the
    file has are reported too. Labels are compared like ranges, under names of their own.
    """
    labels_by_name = {entry.name: entry for entry in labels}
    expected = {name: trace[name] for name in trace if name not in left_out}
    planned = [name for name in plan.in_flow if name in readings.values or name in expected]
    names = planned + [name for name in [*readings.values, *expected] if name not in plan.places]
    checks = [_check_range(name, readings, expected, plan) for name in dict.fromkeys(names)]
    bad = [entry.name for entry in checks if not entry.outcome.good]
    roots = _roots(bad, readings, expected, plan, labels_by_name)
    checks = [replace(entry, root=entry.name in roots) for entry in checks]
    return PromptCheck(
        engine=readings.engine,
        version=readings.version,
        input=input_,
        ranges=tuple(checks),
        next_token=_next_token(readings.values),
        expected_next_token=_next_token(trace),
        seconds=readings.seconds,
    )


def _next_token(ranges: Mapping[str, Cells]) -> str:
    """The next token; empty if a workbook predicts none."""
    return str(ranges["next_token"][0, 0]) if "next_token" in ranges else ""


def _check_range(
    name: str, readings: Readings, trace: Mapping[str, Cells], plan: Plan
) -> RangeCheck:
    stage = plan.stage_of(name)
    tab = stage.tab if stage else readings.areas[name].sheet if name in readings.areas else "?"
    if name not in trace:
        area = readings.areas[name]
        return RangeCheck(name, tab, 0, Difference(Outcome.UNCHECKED, area.absolute, "", ""))
    expected = trace[name]
    if name not in readings.values:
        absent = Difference(Outcome.ABSENT, tab, "a range of this name", "none in the file")
        return RangeCheck(name, tab, expected.size, absent)
    area, got = readings.areas[name], readings.values[name]
    if got.shape != expected.shape:
        sizes = Difference(Outcome.ABSENT, area.absolute, str(expected.shape), str(got.shape))
        return RangeCheck(name, tab, expected.size, sizes)
    (i, j), difference = worst_cell(expected, got, _tolerance(name, plan))
    return RangeCheck(name, tab, expected.size, replace(difference, address=area.cell(i, j)))


def _tolerance(name: str, plan: Plan) -> Tolerance:
    return plan.places[name].range.tolerance if name in plan.places else EXACT


def _roots(
    names: Sequence[str],
    readings: Readings,
    trace: Mapping[str, Cells],
    plan: Plan,
    labels: Mapping[str, Labels],
) -> Collection[str]:
    """The root causes among ranges that differ, and all ranges that are not in the plan."""
    planned = [name for name in names if name in plan.places or name in labels]
    no_cells = np.empty((0, 0))
    masks = {
        name: difference_mask(
            trace[name], readings.values.get(name, no_cells), _tolerance(name, plan)
        )
        for name in planned
    }
    return {*names} - {*planned} | {*root_causes(masks, plan, labels)}
