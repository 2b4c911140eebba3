"""Comparing an engine's readings with the reference's trace, range by range."""

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
from xlgpt2.verification.difference import Difference, Outcome, worst, wrong
from xlgpt2.verification.result import Input, PromptCheck, RangeCheck
from xlgpt2.verification.root_causes import differ_by_themselves


def compare(
    readings: Readings,
    trace: Mapping[str, Cells],
    plan: Plan,
    typed: Input,
    left_out: Collection[str] = (),
    labels: Collection[Labels] = (),
) -> PromptCheck:
    """Every named range of the file against the trace, in the order in which data flows.

    A range that only one side has counts: what the reference knows must be in the file, but for
    what is `left_out`. Labels are compared like ranges, under names of their own.
    """
    beside = {one.name: one for one in labels}
    expected = {name: trace[name] for name in trace if name not in left_out}
    known = [name for name in plan.in_flow if name in readings.values or name in expected]
    names = known + [name for name in [*readings.values, *expected] if name not in plan.places]
    checks = [_check_range(name, readings, expected, plan) for name in dict.fromkeys(names)]
    bad = [entry.name for entry in checks if not entry.outcome.good]
    roots = _roots(bad, readings, expected, plan, beside)
    checks = [replace(entry, root=entry.name in roots) for entry in checks]
    return PromptCheck(
        engine=readings.engine,
        version=readings.version,
        input=typed,
        ranges=tuple(checks),
        next_token=_next_token(readings.values),
        expected_next_token=_next_token(trace),
        seconds=readings.seconds,
    )


def _next_token(ranges: Mapping[str, Cells]) -> str:
    """The next token; nothing where a workbook predicts none."""
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
    (i, j), found = worst(expected, got, _tolerance(name, plan))
    return RangeCheck(name, tab, expected.size, replace(found, address=area.cell(i, j)))


def _tolerance(name: str, plan: Plan) -> Tolerance:
    return plan.places[name].range.tolerance if name in plan.places else EXACT


def _roots(
    names: Sequence[str],
    readings: Readings,
    trace: Mapping[str, Cells],
    plan: Plan,
    labels: Mapping[str, Labels],
) -> Collection[str]:
    """Of the ranges that differ those that do by themselves; any that the plan does not know."""
    planned = [name for name in names if name in plan.places or name in labels]
    nothing = np.empty((0, 0))
    masks = {
        name: wrong(trace[name], readings.values.get(name, nothing), _tolerance(name, plan))
        for name in planned
    }
    return {*names} - {*planned} | {*differ_by_themselves(masks, plan, labels)}
