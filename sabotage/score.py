"""The score: how many mutants of each kind `verify` catches, and which it misses."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sabotage.mutants import HARMLESS, KINDS, Mutant
from xlgpt2.commands.verify import verify
from xlgpt2.errors import XlGpt2Error
from xlgpt2.verification import report

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, before it was in the standard library
    import tomli as tomllib

RULES = Path(__file__).parent / "equivalents.toml"


@dataclass(frozen=True)
class Rule:
    """Why some mutants are equivalent to the original workbook."""

    mutant: str
    reason: str


@dataclass(frozen=True)
class Result:
    """Whether a mutant was caught, and the first line of `verify`'s report.

    `reason` is why a mutant that was not caught is equivalent, if it is.
    """

    kind: str
    mutant: str
    tab: str
    caught: bool
    line: str
    reason: str = ""


def rules() -> tuple[Rule, ...]:
    """The rules for equivalent mutants."""
    tables = tomllib.loads(RULES.read_text("utf-8")).get("rule", [])
    return tuple(Rule(**fields) for fields in tables)


def score_mutant(
    mutant: Mutant, file: Path, engine: str, rules: Sequence[Rule], probe: bool | None = None
) -> Result:
    """Whether `verify` catches the mutant in a file.

    It must find a difference, and the first stage that it names must be that of the fault; for a
    fault of a name, the first range that it names must be that name's. The file may also be
    refused with an error about the range. With planted cached values and harmless settings there
    must be no difference. `probe` is `verify`'s; most faults are found with the file's own inputs,
    so that these are tried first, alone.
    """
    if mutant.kind not in HARMLESS and probe is not False:
        result = _scored(mutant, file, engine, rules, False)
        if result.caught:
            return result
    return _scored(mutant, file, engine, rules, probe)


def _scored(
    mutant: Mutant, file: Path, engine: str, rules: Sequence[Rule], probe: bool | None
) -> Result:
    """The result with or without probes."""
    try:
        verification = verify(file, engine=engine, probe=probe)
    except XlGpt2Error as error:
        return _result(mutant, mutant.range in error.message, f"refused: {error.message}", rules)
    wrong = [stage for stage in verification.stages() if not stage.outcome.good]
    code = report.exit_code(verification)
    errors = [line for line in report.problems(verification) if line.startswith("error: ")]
    line = errors[0] if errors else report.verdict(verification)
    if mutant.kind in HARMLESS:
        return _result(mutant, code == 0, line, rules)
    first = (wrong[0].name if mutant.name else wrong[0].tab) if wrong else ""
    return _result(mutant, code == 1 and first == (mutant.name or mutant.tab), line, rules)


def _result(mutant: Mutant, caught: bool, line: str, rules: Sequence[Rule]) -> Result:
    text = str(mutant)
    reasons = (rule.reason for rule in rules if re.match(rule.mutant, text))
    reason = "" if caught else next(reasons, "")
    return Result(mutant.kind, text, mutant.tab, caught, line, reason)


def missed(results: Iterable[Result]) -> list[Result]:
    """The mutants that were not caught and are not equivalent."""
    return [result for result in results if not result.caught and not result.reason]


def table(results: Sequence[Result]) -> list[dict[str, int | str]]:
    """A row for each kind, and one for all: tried, caught, equivalent, missed."""
    rows = []
    for kind in (*KINDS, "all"):
        of_kind = [result for result in results if kind in (result.kind, "all")]
        if of_kind:
            counts = {
                "tried": len(of_kind),
                "caught": sum(result.caught for result in of_kind),
                "equivalent": sum(bool(result.reason) for result in of_kind),
                "missed": len(missed(of_kind)),
            }
            rows.append({"fault": kind, **counts})
    return rows


def as_json(results: Sequence[Result], about: dict[str, Any]) -> dict[str, Any]:
    """The score, and every mutant that was not caught."""
    return {
        **about,
        "score": table(results),
        "missed": [asdict(result) for result in missed(results)],
        "equivalent": [
            {"mutant": result.mutant, "reason": result.reason}
            for result in results
            if result.reason
        ],
    }
