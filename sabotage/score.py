"""The score: how many mutants `verify` catches, kind by kind, and which it does not."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sabotage.mutants import KINDS, WITHOUT_HARM, Mutant
from xlgpt2.commands.verify import verify
from xlgpt2.errors import XlGpt2Error
from xlgpt2.verification import report

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, before it came into the standard library
    import tomli as tomllib

RULES = Path(__file__).parent / "equivalents.toml"


@dataclass(frozen=True)
class Rule:
    """Why some mutants mean the same as the workbook that they were made from."""

    mutant: str
    reason: str


@dataclass(frozen=True)
class Result:
    """What became of a mutant: whether it was caught, and the first line that `verify` said.

    `reason` says why one that was not caught means the same as the workbook itself, if it does.
    """

    kind: str
    mutant: str
    tab: str
    caught: bool
    said: str
    reason: str = ""


def rules() -> tuple[Rule, ...]:
    """The rules for equivalent mutants."""
    found = tomllib.loads(RULES.read_text("utf-8")).get("rule", [])
    return tuple(Rule(**rule) for rule in found)


def result(mutant: Mutant, file: Path, engine: str, known: Sequence[Rule]) -> Result:
    """Whether `verify` catches the mutant in a file.

    It must find a difference, and the first stage that it names must be that of the fault; for a
    name, the first range that it names must be the one that bears it. A file may also be refused
    for what its range says. Planted results and harmless settings are the other way round: there
    must be no difference.
    """
    try:
        found = verify(file, engine=engine)
    except XlGpt2Error as error:
        return _told(mutant, mutant.range in error.message, f"refused: {error.message}", known)
    wrong = [stage for stage in found.stages() if not stage.outcome.good]
    code = report.exit_code(found)
    lines = [line for line in report.problems(found) if line.startswith("error: ")]
    said = lines[0] if lines else report.verdict(found)
    if mutant.kind in WITHOUT_HARM:
        return _told(mutant, code == 0, said, known)
    first = (wrong[0].name if mutant.name else wrong[0].tab) if wrong else ""
    return _told(mutant, code == 1 and first == (mutant.name or mutant.tab), said, known)


def _told(mutant: Mutant, caught: bool, said: str, known: Sequence[Rule]) -> Result:
    line = str(mutant)
    reasons = (rule.reason for rule in known if re.match(rule.mutant, line))
    reason = "" if caught else next(reasons, "")
    return Result(mutant.kind, line, mutant.tab, caught, said, reason)


def missed(results: Iterable[Result]) -> list[Result]:
    """Mutants that were not caught, though they mean something else."""
    return [one for one in results if not one.caught and not one.reason]


def table(results: Sequence[Result]) -> list[dict[str, int | str]]:
    """A row for each kind, and one for all: tried, caught, equivalent, missed."""
    rows = []
    for kind in (*KINDS, "all"):
        these = [one for one in results if kind in (one.kind, "all")]
        if these:
            counts = {
                "tried": len(these),
                "caught": sum(one.caught for one in these),
                "equivalent": sum(bool(one.reason) for one in these),
                "missed": len(missed(these)),
            }
            rows.append({"fault": kind, **counts})
    return rows


def as_json(results: Sequence[Result], about: dict[str, Any]) -> dict[str, Any]:
    """All that is worth keeping: the score, and every mutant that was not caught."""
    return {
        **about,
        "score": table(results),
        "missed": [asdict(one) for one in missed(results)],
        "equivalent": [
            {"mutant": one.mutant, "reason": one.reason} for one in results if one.reason
        ],
    }
