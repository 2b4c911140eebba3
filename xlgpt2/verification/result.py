"""The result of a verification, as values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from xlgpt2.cells.values import Value
from xlgpt2.reference.drift import Drift
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.verification.open_document import OpenDocument

#: What stands in an engine's place where something is seen without one.
FILE = "the file"

#: What stands in a tab's place where something is of the file as a whole.
WORKBOOK = "workbook"

#: How much of a prompt is shown where it is named.
_SHOWN = 40


@dataclass(frozen=True)
class Input:
    """What was typed into a workbook: the prompt, or token ids over it, and why these."""

    prompt: str
    why: str = "as asked for"
    token_ids: tuple[Value, ...] | None = None

    def __str__(self) -> str:
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
    root: bool = False  # it differs, and not because of what it is made from

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
    input: Input | None  # the one that shows it; None for what is seen without computing

    @property
    def outcome(self) -> Outcome:
        """The outcome of its worst range."""
        return self.worst.outcome


@dataclass(frozen=True)
class PromptCheck:
    """One input in one engine: every range, and whether both choose the same next token.

    `notes` are what the workbook says of controls that were asked for and are out of range.
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
        """Whether nothing speaks against the workbook."""
        return self.agrees and all(entry.outcome.good for entry in self.ranges)


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
    as_written: tuple[RangeCheck, ...] = ()  # what no engine needs to compute to be seen wrong
    drift: Drift | None = None
    left_out: tuple[str, ...] = ()  # engines that were not asked for, and why they were left out
    inputs: int = 0  # how many were to be typed; an engine that differs is asked no further
    manual: bool = False  # programs compute it only when they are told to
    open_documents: tuple[OpenDocument, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every engine gave every value, and all match."""
        ranges = [r for check in self.checks for r in check.ranges]
        kept = [cell for document in self.open_documents for cell in document.kept]
        faults = self.failures or self.as_written or kept
        return bool(ranges) and not faults and all(check.good for check in self.checks)

    def unchecked(self) -> list[str]:
        """Ranges of the file that the reference does not know, as own templates may add."""
        entries = [r for check in self.checks for r in check.ranges]
        return sorted({r.name for r in entries if r.outcome is Outcome.UNCHECKED})

    def stages(self) -> list[StageCheck]:
        """One line per engine and tab, as data flows: a fault shows first where it was made.

        Before them come tabs on which something is wrong as it is written, and those on which
        something differs by itself: new tokens flow in circles, from the last tabs to the first.
        """
        found: dict[tuple[str, str], list[tuple[RangeCheck, Input]]] = {}
        for check in self.checks:
            for entry in check.ranges:
                found.setdefault((check.engine, entry.tab), []).append((entry, check.input))
        later = sorted(found.items(), key=lambda item: not any(entry.root for entry, _ in item[1]))
        written: dict[str, list[tuple[RangeCheck, None]]] = {}
        for entry in self.as_written:
            written.setdefault(entry.tab, []).append((entry, None))
        return [
            *(_stage_check(FILE, tab, entries) for tab, entries in written.items()),
            *(_stage_check(*key, entries) for key, entries in later),
        ]


def _stage_check(
    engine: str, tab: str, entries: Sequence[tuple[RangeCheck, Input | None]]
) -> StageCheck:
    worst, typed = max(entries, key=lambda entry: entry[0].worst.severity)
    return StageCheck(
        engine=engine,
        tab=tab,
        ranges=len({entry.name for entry, _ in entries}),
        values=sum(entry.values for entry, _ in entries),
        name=worst.name,
        worst=worst.worst,
        input=typed,
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


def agreement(checks: Sequence[PromptCheck]) -> str:
    """How often engines and reference chose the same next token: 10 of 10."""
    return f"{sum(check.agrees for check in checks)} of {len(checks)}"


def versions(checks: Sequence[PromptCheck]) -> dict[str, str]:
    """The version of every engine that gave readings."""
    return {check.engine: check.version for check in checks}
