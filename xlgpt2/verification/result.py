"""The result of a verification, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from xlgpt2.cells.values import Value
from xlgpt2.reference.drift import Drift
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.verification.open_document import OpenDocument

#: Takes the place of an engine's name for checks without an engine.
FILE = "the file"

#: Takes the place of a tab's name for properties of the file as a whole.
WORKBOOK = "workbook"

#: The most characters of a prompt that are shown.
_SHOWN = 40


@dataclass(frozen=True)
class Input:
    """An input of a workbook: the prompt, or token ids that override it, and why it was chosen.

    A workbook of lessons has no prompt, and predicts no token.
    """

    prompt: str | None
    why: str = "as requested"
    token_ids: tuple[Value, ...] | None = None

    def __str__(self) -> str:
        if self.prompt is None:
            return self.why
        text = repr(self.prompt) if self.token_ids is None else f"ids {list(self.token_ids)}"
        short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        return f"{short} ({self.why})"


@dataclass(frozen=True)
class RangeCheck:
    """One range in one engine: how many values were compared, and the worst of them."""

    name: str
    tab: str
    values: int
    worst: Difference
    root: bool = False  # it differs, and not because its precedents do

    @property
    def outcome(self) -> Outcome:
        """The outcome of the worst value."""
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
    input: Input | None  # the one with the worst value; None for checks without an engine

    @property
    def outcome(self) -> Outcome:
        """The outcome of the worst range."""
        return self.worst.outcome


@dataclass(frozen=True)
class PromptCheck:
    """One input in one engine: every range, and the next token of both.

    `notes` are the workbook's messages about requested controls that are out of range.
    """

    engine: str
    version: str
    input: Input
    ranges: tuple[RangeCheck, ...]
    next_token: str
    expected_next_token: str
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether engine and reference predict the same token."""
        return self.next_token == self.expected_next_token

    @property
    def good(self) -> bool:
        """Whether the workbook is not at fault."""
        return self.agrees and all(entry.outcome.good for entry in self.ranges)


@dataclass(frozen=True)
class EngineFailure:
    """An engine that gave no readings, and why."""

    engine: str
    outcome: Outcome
    message: str


@dataclass(frozen=True)
class Verification:
    """All comparisons for one file."""

    file: str
    model: str
    checks: tuple[PromptCheck, ...]
    failures: tuple[EngineFailure, ...] = ()
    as_written: tuple[RangeCheck, ...] = ()  # differences found without an engine
    drift: Drift | None = None
    left_out: tuple[str, ...] = ()  # engines not requested by name, and why they were left out
    inputs: int = 0  # how many were planned; an engine stops after the first that differs
    manual: bool = False  # programs recalculate it only on request
    open_documents: tuple[OpenDocument, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every engine gave every value, and all match."""
        ranges = [r for check in self.checks for r in check.ranges]
        stale = [cells for document in self.open_documents for cells in document.kept]
        faults = self.failures or self.as_written or stale
        return bool(ranges) and not faults and all(check.good for check in self.checks)

    def unchecked(self) -> list[str]:
        """Ranges of the file that are not in the reference, as custom templates may add."""
        entries = [r for check in self.checks for r in check.ranges]
        return sorted({r.name for r in entries if r.outcome is Outcome.UNCHECKED})

    def stages(self) -> list[StageCheck]:
        """One entry per engine and tab, in the order of the data flow, so that causes come first.

        Before them come tabs with faults found without an engine, and those with root causes: new
        tokens flow in a cycle, from the last tabs to the first.
        """
        computed: dict[tuple[str, str], list[tuple[RangeCheck, Input]]] = {}
        for check in self.checks:
            for entry in check.ranges:
                computed.setdefault((check.engine, entry.tab), []).append((entry, check.input))
        by_cause = sorted(
            computed.items(), key=lambda item: not any(entry.root for entry, _ in item[1])
        )
        written: dict[str, list[tuple[RangeCheck, None]]] = {}
        for entry in self.as_written:
            written.setdefault(entry.tab, []).append((entry, None))
        return [
            *(_stage_check(FILE, tab, entries) for tab, entries in written.items()),
            *(_stage_check(*key, entries) for key, entries in by_cause),
        ]


def _stage_check(
    engine: str, tab: str, entries: Sequence[tuple[RangeCheck, Input | None]]
) -> StageCheck:
    worst, input_ = max(entries, key=lambda entry: entry[0].worst.severity)
    return StageCheck(
        engine=engine,
        tab=tab,
        ranges=len({entry.name for entry, _ in entries}),
        values=sum(entry.values for entry, _ in entries),
        name=worst.name,
        worst=worst.worst,
        input=input_,
    )


def joined(checks: Iterable[PromptCheck]) -> PromptCheck:
    """One check of an input from those of a split model's workbooks, in order."""
    first, *later = checks
    for check in later:
        first = replace(
            first,
            ranges=(*first.ranges, *check.ranges),
            next_token=check.next_token,
            seconds=first.seconds + check.seconds,
        )
    return first


def agreement(checks: Sequence[PromptCheck]) -> str:
    """How often engines and reference predict the same next token: 10 of 10."""
    predicting = [check for check in checks if check.input.prompt is not None]
    return f"{sum(check.agrees for check in predicting)} of {len(predicting)}"


def versions(checks: Sequence[PromptCheck]) -> dict[str, str]:
    """The version of every engine that gave readings."""
    return {check.engine: check.version for check in checks}
