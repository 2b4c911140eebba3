"""The check: an engine's readings against the reference's trace, range by range."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from xlgpt2.cells import CellError, Cells, Readings
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.drift import Drift
from xlgpt2.stages.stages import EXACT
from xlgpt2.stages.templates import Tolerance


class Outcome(Enum):
    """How a comparison ended, from what says least against a workbook to the worst."""

    UNCHECKED = "not in the reference"
    MATCH = "match"
    OVER_TOLERANCE = "over tolerance"
    ABSENT = "absent value"
    SPREADSHEET_ERROR = "spreadsheet error"
    MISSING_FUNCTION = "engine lacks a function"
    ENGINE_FAILED = "engine failed"

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the workbook."""
        return self in {Outcome.MATCH, Outcome.UNCHECKED}

    @property
    def weight(self) -> int:
        """Its place in the order from best to worst."""
        return list(Outcome).index(self)


@dataclass(frozen=True)
class Difference:
    """One cell: where it is, what the reference has there and what the engine gave."""

    outcome: Outcome
    address: str
    expected: str
    got: str
    absolute: float = 0.0
    relative: float = 0.0

    @property
    def severity(self) -> tuple[int, float]:
        """Orders differences from best to worst."""
        return self.outcome.weight, self.relative


@dataclass(frozen=True)
class RangeCheck:
    """One range in one engine: how many values were compared, and the worst of them."""

    name: str
    tab: str
    values: int
    worst: Difference

    @property
    def outcome(self) -> Outcome:
        """The outcome of its worst value."""
        return self.worst.outcome


@dataclass(frozen=True)
class StageCheck:
    """One tab in one engine, over all prompts."""

    engine: str
    tab: str
    ranges: int
    values: int
    name: str
    worst: Difference

    @property
    def outcome(self) -> Outcome:
        """The outcome of its worst range."""
        return self.worst.outcome


@dataclass(frozen=True)
class PromptCheck:
    """One prompt in one engine: every range, and whether both choose the same next token."""

    engine: str
    version: str
    prompt: str
    ranges: tuple[RangeCheck, ...]
    next_token: str
    expected_next_token: str
    seconds: float

    @property
    def agrees(self) -> bool:
        """Whether engine and reference predict the same token."""
        return self.next_token == self.expected_next_token


@dataclass(frozen=True)
class EngineFailure:
    """An engine that gave no readings, and why."""

    engine: str
    outcome: Outcome
    message: str


@dataclass(frozen=True)
class Verification:
    """All that was compared for one file."""

    file: str
    model: str
    checks: tuple[PromptCheck, ...]
    failures: tuple[EngineFailure, ...] = ()
    drift: Drift | None = None
    left_out: tuple[str, ...] = ()  # engines that were not asked for, and why they were left out

    @property
    def verified(self) -> bool:
        """Whether every engine gave every value, and all match."""
        ranges = [r for check in self.checks for r in check.ranges]
        return (
            bool(ranges)
            and not self.failures
            and all(r.outcome.good for r in ranges)
            and all(check.agrees for check in self.checks)
        )

    def unchecked(self) -> list[str]:
        """Ranges of the file that the reference does not know, as own templates may add."""
        entries = [r for check in self.checks for r in check.ranges]
        return sorted({r.name for r in entries if r.outcome is Outcome.UNCHECKED})

    def stages(self) -> list[StageCheck]:
        """One line per engine and tab, as data flows: a fault shows first where it was made."""
        found: dict[tuple[str, str], list[RangeCheck]] = {}
        for check in self.checks:
            for entry in check.ranges:
                found.setdefault((check.engine, entry.tab), []).append(entry)
        return [_stage_check(*key, entries) for key, entries in found.items()]


def _stage_check(engine: str, tab: str, entries: list[RangeCheck]) -> StageCheck:
    worst = max(entries, key=lambda entry: entry.worst.severity)
    return StageCheck(
        engine=engine,
        tab=tab,
        ranges=len({entry.name for entry in entries}),
        values=sum(entry.values for entry in entries),
        name=worst.name,
        worst=worst.worst,
    )


def joined(checks: Iterable[PromptCheck]) -> PromptCheck:
    """One check of a prompt from those of the workbooks of a split model, in their order."""
    first, *later = checks
    for check in later:
        first = replace(
            first,
            ranges=(*first.ranges, *check.ranges),
            next_token=check.next_token,
            seconds=first.seconds + check.seconds,
        )
    return first


def compare(
    readings: Readings,
    trace: Mapping[str, Cells],
    plan: Plan,
    prompt: str,
    left_out: Collection[str] = (),
) -> PromptCheck:
    """Every named range of the file against the trace, in the order in which data flows.

    A range that only one side has counts: what the reference knows must be in the file, but for
    what is `left_out`.
    """
    expected = {name: trace[name] for name in trace if name not in left_out}
    known = [name for name in plan.in_flow if name in readings.values or name in expected]
    names = known + [name for name in [*readings.values, *expected] if name not in plan.places]
    checks = [_check_range(name, readings, expected, plan) for name in dict.fromkeys(names)]
    return PromptCheck(
        engine=readings.engine,
        version=readings.version,
        prompt=prompt,
        ranges=tuple(checks),
        next_token=str(readings.values["next_token"][0, 0])
        if "next_token" in readings.values
        else "",
        expected_next_token=str(trace["next_token"][0, 0]),
        seconds=readings.seconds,
    )


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
    tolerance = plan.places[name].range.tolerance if name in plan.places else EXACT
    (i, j), worst = _worst(expected, got, tolerance)
    return RangeCheck(name, tab, expected.size, replace(worst, address=area.cell(i, j)))


def _worst(expected: Cells, got: Cells, tolerance: Tolerance) -> tuple[tuple[int, int], Difference]:
    """The worst cell of a range and where it is inside it."""
    if expected.dtype == np.float64 and got.dtype == np.float64:
        if np.array_equal(expected, got):  # weights: many, and all they should be
            return (0, 0), _difference(expected[0, 0], got[0, 0], tolerance)
        distance = np.abs(got - expected)
        # A NaN would hide from a maximum; it is as far off as can be.
        distance = np.where(np.isnan(distance), np.inf, distance)
        relative = distance / np.maximum(np.abs(expected), _floor(tolerance))
        flat = int(np.argmax(relative))
        i, j = divmod(flat, expected.shape[1])
        return (i, j), _difference(expected[i, j], got[i, j], tolerance)
    cells = [
        ((i, j), _difference(expected[i, j], got[i, j], tolerance))
        for i in range(expected.shape[0])
        for j in range(expected.shape[1])
    ]
    return max(cells, key=lambda cell: cell[1].severity)


def _floor(tolerance: Tolerance) -> float:
    """Numbers smaller than this are measured against it: near zero nothing but noise is left."""
    if tolerance.relative == 0 or tolerance.absolute == 0:
        return 1e-300  # nothing but the number itself; not 0, which can't be divided by
    return tolerance.absolute / tolerance.relative


def _difference(expected: object, got: object, tolerance: Tolerance) -> Difference:
    """How one cell compares."""
    if isinstance(got, CellError):
        return Difference(Outcome.SPREADSHEET_ERROR, "", _shown(expected), got.code)
    if isinstance(expected, str) or isinstance(got, str):
        if expected == got:
            return Difference(Outcome.MATCH, "", _shown(expected), _shown(got))
        outcome = Outcome.ABSENT if got == "" else Outcome.OVER_TOLERANCE
        return Difference(
            outcome, "", _shown(expected), _shown(got), absolute=math.inf, relative=math.inf
        )
    wanted, found = float(expected), float(got)  # type: ignore[arg-type]  # numbers by now
    absolute = abs(found - wanted)
    if math.isnan(absolute):
        absolute = math.inf
    relative = absolute / max(abs(wanted), _floor(tolerance))
    over = relative > tolerance.relative
    outcome = Outcome.OVER_TOLERANCE if over else Outcome.MATCH
    return Difference(outcome, "", _shown(wanted), _shown(found), absolute, relative)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"' if value else "nothing"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def agreement(checks: Sequence[PromptCheck]) -> str:
    """How often engines and reference chose the same next token: 10 of 10."""
    return f"{sum(check.agrees for check in checks)} of {len(checks)}"


def versions(checks: Sequence[PromptCheck]) -> dict[str, str]:
    """The version of every engine that gave readings."""
    return {check.engine: check.version for check in checks}
