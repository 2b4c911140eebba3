"""Reports: a verification as lines for the terminal, as JSON and as Markdown."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

import pandas as pd

from xlgpt2.cells.readings import version_text
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.result import (
    FILE,
    WORKBOOK,
    Input,
    StageCheck,
    Verification,
    agreement,
    versions,
)


def lines(verification: Verification) -> str:
    """One line per stage and engine, then the verdict."""
    parts = []
    if verification.checks:
        parts.append(table(verification.stages()).to_string(index=False, justify="left"))
    parts += [f"checked with {entry}" for entry in inputs(verification)]
    parts += open_lines(verification)
    parts += problems(verification)
    parts += drift_lines(verification)
    parts.append(verdict(verification))
    return "\n".join(parts)


def inputs(verification: Verification) -> list[Input]:
    """The inputs, in order."""
    return list(dict.fromkeys(check.input for check in verification.checks))


def verdict(verification: Verification) -> str:
    """The last line: verified or not, by which engines, on how many inputs."""
    engines = ", ".join(
        f"{name} {version_text(name, v)}" for name, v in versions(verification.checks).items()
    )
    count = len(inputs(verification))
    counted = f"{count} input" if count == 1 else f"{count} inputs"
    values = sum(r.values for check in verification.checks for r in check.ranges)
    outcome = "verified" if verification.verified else "NOT verified"
    text = f"{outcome}: {values:,} values on {counted} by {engines or 'no engine'}"
    checks = verification.checks
    if checks and all(check.input.prompt is None for check in checks):
        return text
    return f"{text}; next token agrees {agreement(checks)}"


def table(stages: list[StageCheck]) -> pd.DataFrame:
    """The stages with their worst cells."""
    frame: pd.DataFrame = pd.DataFrame(
        {
            "engine": [s.engine for s in stages],
            "stage": [s.tab for s in stages],
            "ranges": [s.ranges for s in stages],
            "values": [f"{s.values:,}" for s in stages],
            "worst absolute": [f"{s.worst.absolute:.1e}" for s in stages],
            "relative": [f"{s.worst.relative:.1e}" for s in stages],
            "at": [s.worst.address for s in stages],
            "outcome": [s.outcome.value for s in stages],
        }
    )
    return frame


#: How to fix differences that engines may not notice.
_HINTS = {
    Outcome.PREFIX: "Excel and LibreOffice recognize newer functions only by the prefix "
    "'_xlfn.': rebuild the file, and save it with a program that keeps the "
    "prefix",
    Outcome.MARK: "enter it with Ctrl+Shift+Enter in exactly these cells, or rebuild the file",
    Outcome.LOCAL_NAME: "delete the sheet-scoped name in the name manager (Ctrl+F3)",
    Outcome.SETTING: "turn it off in the options of the program, and save again",
}


def _place(stage: StageCheck) -> str:
    of_file = stage.engine == FILE and stage.tab == WORKBOOK
    return WORKBOOK if of_file else f"stage {stage.tab}"


def problems(verification: Verification) -> list[str]:
    """One `error:` line for every stage that differs and every engine that failed; hints, notes.

    Ranges that are not in the reference come last.
    """
    result = [
        f"error: {_place(s)}: {s.name} at {s.worst.address}: expected {s.worst.expected}, "
        f"{s.engine} {'has' if s.input is None else 'returned'} {s.worst.got} "
        f"({s.outcome.value})" + (f", with {s.input}" if s.input else "")
        for s in verification.stages()
        if not s.outcome.good
    ]
    outcomes = {entry.outcome for entry in verification.as_written}
    result += [f"hint: {hint}" for outcome, hint in _HINTS.items() if outcome in outcomes]
    result += [
        f"error: stage {k.tab}: {k.name} at {k.address}: expected {k.expected}, in an open "
        f"document {document.engine} kept {k.got}, one of {k.cells:,} such cells, after {k.after}"
        for document in verification.open_documents
        for k in document.kept
    ]
    result += [
        f"error: engine {f.engine}: {f.outcome.value}: {f.message}" for f in verification.failures
    ]
    result += [f"note: {note}" for note in control_notes(verification)]
    result += [f"note: skipped: {reason}" for reason in verification.left_out]
    result += _labels(verification)
    if verification.manual:
        result.append(
            "note: the file is set to manual calculation: programs recalculate it "
            "only on request, such as F9"
        )
    counts = Counter(check.engine for check in verification.checks)
    differing = {check.engine for check in verification.checks if not check.good}
    result += [
        f"note: {engine} computed {count} of {verification.inputs} inputs: one of them shows a "
        "difference"
        for engine, count in counts.items()
        if count < verification.inputs and engine in differing
    ]
    if any(entry.outcome is Outcome.MOVED for entry in verification.as_written):
        result.append("note: to verify a file built from other templates, use --templates DIR")
    if verification.unchecked():
        result.append(f"note: not in the reference: {', '.join(verification.unchecked())}")
    return result


def _labels(verification: Verification) -> list[str]:
    """The file's names for its model that differ from the name that it was checked under."""
    entries = (entry for check in verification.checks for entry in check.ranges)
    labels = {e.name: e.worst for e in entries if e.outcome is Outcome.LABEL}
    return [
        f"note: {name} at {worst.address} is {worst.got}, and {worst.expected} has the same weights"
        for name, worst in labels.items()
    ]


def open_lines(verification: Verification) -> list[str]:
    """A line for each open document without stale cells."""
    return [
        f"open document: {document.values:,} values after {len(document.inputs)} consecutive "
        f"inputs in {document.engine} equal those of freshly opened documents"
        for document in verification.open_documents
        if not document.kept
    ]


def control_notes(verification: Verification) -> list[str]:
    """The workbooks' messages about controls out of range, each once."""
    return list(dict.fromkeys(note for check in verification.checks for note in check.notes))


def drift_lines(verification: Verification) -> list[str]:
    """A line on the effect of rounded weights, if they were rounded."""
    drift = verification.drift
    if drift is None:
        return []
    return [
        f"note: {verification.model}: against float32 weights, logits (standard deviation "
        f"{drift.spread:.3g}) differ by {drift.root_mean_square:.2g} (root mean square), at most "
        f"{drift.largest:.2g}; next token agrees {drift.agree} of {drift.prompts}"
    ]


def as_json(verification: Verification) -> dict[str, Any]:
    """The verification as plain values, for `--json`."""
    return {
        "file": verification.file,
        "model": verification.model,
        "verified": verification.verified,
        "engines": versions(verification.checks),
        "inputs": [asdict(entry) for entry in inputs(verification)],
        "next_token_agreement": agreement(verification.checks),
        "stages": [
            {
                "engine": s.engine,
                "stage": s.tab,
                "ranges": s.ranges,
                "values": s.values,
                "worst_range": s.name,
                "worst_absolute": _finite(s.worst.absolute),
                "worst_relative": _finite(s.worst.relative),
                "worst_cell": s.worst.address,
                "expected": s.worst.expected,
                "got": s.worst.got,
                "outcome": s.outcome.value,
            }
            for s in verification.stages()
        ],
        "open_documents": [asdict(document) for document in verification.open_documents],
        "notes": control_notes(verification),
        "left_out": list(verification.left_out),
        "manual": verification.manual,
        "not_in_the_reference": verification.unchecked(),
        "drift": None if verification.drift is None else asdict(verification.drift),
        "failures": [
            {"engine": f.engine, "outcome": f.outcome.value, "message": f.message}
            for f in verification.failures
        ],
    }


def markdown(verification: Verification) -> str:
    """The verification as a page, for `--report`."""
    prompts = pd.DataFrame(
        [
            {
                "prompt": "" if check.input.prompt is None else f"`{check.input.prompt!r}`",
                "why": check.input.why,
                "engine": check.engine,
                "next token": f"`{check.next_token}`",
                "agrees": "yes" if check.agrees else "NO",
                "seconds": f"{check.seconds:.2f}",
            }
            for check in verification.checks
        ]
    )
    return "\n".join(
        [
            f"# Verification of {verification.file}",
            "",
            f"Model: {verification.model}. {verdict(verification)}.",
            "",
            *open_lines(verification),
            *problems(verification),
            *drift_lines(verification),
            "## Stages",
            "",
            table(verification.stages()).to_markdown(index=False, disable_numparse=True),
            "",
            "The error is the worst of all prompts, relative to the value, or to the floor of "
            "the stage's tolerance if the value is smaller. If the worst error is 0, the "
            "address is that of the first cell.",
            "",
            "## Prompts",
            "",
            prompts.to_markdown(index=False, disable_numparse=True),
            "",
        ]
    )


def _finite(number: float) -> float | None:
    """None for infinity, which JSON lacks."""
    return number if number < float("inf") else None


def exit_code(verification: Verification) -> int:
    """0 if verified, 1 if not, 2 if an engine could not run."""
    fatal = {Outcome.ENGINE_FAILED, Outcome.MISSING_FUNCTION}
    if any(failure.outcome in fatal for failure in verification.failures):
        return 2
    return 0 if verification.verified else 1
