"""The generated parts of README.md and docs/, and the report in output/: transcripts, tables.

Run as `python -m scripts.readme`. A part is between `<!-- begin NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from scripts.looking_back import looking_back
from scripts.real_size import generation_table, libreoffice_table, rows_table, writing_table
from tests.cases import cases
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, SLOW, WITNESSES
from xlgpt2.formula.dialect import IN_ARRAYS, IN_CELLS
from xlgpt2.verification import report
from xlgpt2.verification.result import (
    StageCheck,
    Verification,
    versions,
)

ROOT = Path(__file__).parent.parent
#: The pages that may have generated parts.
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
MAKEFILE = ROOT / "Makefile"
REPORT = ROOT / "output" / "verification.md"
SABOTAGE = ROOT / "output" / "sabotage.json"
SPEED = ROOT / "output" / "benchmark-tokenizer.json"
WORKBOOK = Path("output") / "tiny.xlsx"

#: The command whose last line says what of the workbook is verified, in all installed engines.
VERIFY = f"xlgpt2 verify {WORKBOOK} | tail -n 1"

#: The command that says whether the workbook is valid by the standard.
AUDIT = f"openxml-audit {WORKBOOK}"

#: The last line of `verify` in the demo; dots stand for the number of values and the version.
DEMO_VERDICT = "verified: ... values on 1 input by formulas ...; next token agrees 1 of 1"

_PART = re.compile(r"(<!-- begin (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# What differs between machines without being stale: times, rounding errors (0 is one of them) and
# the cells of the worst ones, versions, and sizes, which depend on the deflate library.
_VOLATILE = [
    (re.compile(r" +"), " "),
    (re.compile(r"seconds +[\d.]+"), "seconds *"),
    (re.compile(r"bytes +[\d,]+"), "bytes *"),
    (re.compile(r"\d\.\de[-+]\d\d"), "*"),
    (re.compile(r"('[^'\n]*'|[A-Z][a-z]+)![A-Z]+\d+"), "*"),
    (re.compile(r"libreoffice \d[\d.]*"), "libreoffice *"),
    (re.compile(r"formulas \d[\d.]*"), "formulas *"),
    (re.compile(r"ironcalc \d[\d.]*"), "ironcalc *"),
    (re.compile(r"cellrune \d[\d.]*"), "cellrune *"),
    (re.compile(r"gnumeric \d[\d.]*"), "gnumeric *"),
    (re.compile(r"\| \d+\.\d\d \|"), "| * |"),
    (re.compile(r"\| 0(?= \|)"), "| *"),
    (re.compile(r"-{3,}:?"), "---"),
]


def main() -> None:
    """Rewrite the generated parts of all pages and the report."""
    texts, page = regenerated(
        read_pages(),
        lambda name: verified(ROOT / WORKBOOK, name, prompts_for(name)),
        lambda: transcript(VERIFY),
        lambda: transcript(AUDIT),
    )
    for file, text in texts.items():
        file.write_text(text, "utf-8")
    REPORT.write_text(page, "utf-8")
    print(*(file.relative_to(ROOT) for file in [*texts, REPORT]), "written")


def read_pages() -> dict[Path, str]:
    """The text of each page that has generated parts."""
    texts = {file: file.read_text("utf-8") for file in PAGES}
    return {file: text for file, text in texts.items() if _PART.search(text)}


def regenerated(
    texts: Mapping[Path, str],
    verify: Callable[[str], Verification],
    verify_transcript: Callable[[], str],
    audit_transcript: Callable[[], str],
) -> tuple[dict[Path, str], str]:
    """The pages with regenerated parts, and the verification report.

    `verify` gives the verification in an engine for the prompts of `prompts_for`; the others give
    the transcripts of the commands `VERIFY` and `AUDIT`.
    """
    build = transcript(f"xlgpt2 build -o {WORKBOOK}")
    verification = merged([verify(name) for name in ENGINES if name not in WITNESSES])
    makers: dict[str, Callable[[], str]] = {
        "picture": lambda: looking_back().caption,
        "build": lambda: build,
        "run": lambda: transcript(f"xlgpt2 run {WORKBOOK} --top 3"),
        "verify": verify_transcript,
        "demo": demo,
        "stages": stages_table,
        "verified": lambda: errors_table(verification),
        "accuracy": accuracy,
        "tokenizer speed": tokenizer_speed,
        "writing": writing_table,
        "libreoffice": libreoffice_table,
        "rows": rows_table,
        "generation": generation_table,
        "sabotage": sabotage_table,
        "proofs": lambda: f"{same_bytes()}\n\n{audit_transcript()}",
        "functions": functions,
        "glossary": glossary,
    }

    def part(match: re.Match[str]) -> str:
        return f"{match[1]}{makers[match['name']]()}\n{match[3]}"

    pages = {file: _PART.sub(part, text) for file, text in texts.items()}
    return pages, report.markdown(verification)


def verified(
    workbook: Path, engine: str, prompts: Sequence[str], probe: bool = False
) -> Verification:
    """The verification of the shipped model's workbook in an engine."""
    return verify(workbook, prompts=prompts, engine=engine, probe=probe)


def merged(results: Sequence[Verification]) -> Verification:
    """One verification of a file from its verifications in several engines."""
    checks = tuple(check for result in results for check in result.checks)
    failures = tuple(failure for result in results for failure in result.failures)
    return replace(results[0], checks=checks, failures=failures)


def masked(text: str) -> str:
    """A text without the parts that may differ between machines."""
    for pattern, star in _VOLATILE:
        text = pattern.sub(star, text)
    return text


def prompts() -> list[str]:
    """The prompts that are verified."""
    return [case["text"] for case in cases("prompt")]


def prompts_for(engine: str) -> list[str]:
    """The prompts for an engine: all, or one for a slow engine."""
    return prompts()[: 1 if engine in SLOW else None]


def transcript(command: str) -> str:
    """A command and what it prints now, as a Markdown block."""
    line = command.replace("xlgpt2 ", f"{shlex.quote(sys.executable)} -m xlgpt2 ", 1)
    # In Python's folder, which is not always on the path.
    audit = Path(sys.executable).with_name("openxml-audit")
    line = line.replace("openxml-audit ", f"{shlex.quote(str(audit))} ")
    done = subprocess.run(
        line, shell=True, cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ}
    )
    return console(command, done.stdout)


def console(command: str, output: str) -> str:
    """A command and its output as a Markdown block."""
    return f"```console\n$ {command}\n{output.rstrip()}\n```"


def demo() -> str:
    """The last lines of `make demo`: the last one of `verify`, and what the Makefile says."""
    closing = re.findall(r'^\t@echo(?: "(.*)")?$', MAKEFILE.read_text("utf-8"), re.MULTILINE)[-3:]
    lines = ["...", DEMO_VERDICT, *(line.replace("$(WORKBOOK)", str(WORKBOOK)) for line in closing)]
    return console("make demo", "\n".join(lines))


def same_bytes() -> str:
    """A transcript showing that builds are reproducible."""
    again = WORKBOOK.with_name("again.xlsx")
    same = f'xlgpt2 build -o {again} > /dev/null && cmp {WORKBOOK} {again} && echo "the same bytes"'
    return transcript(same)


def functions() -> str:
    """The functions that a template may call."""
    kinds = [("in plain cells", IN_CELLS), ("in array formulas", IN_ARRAYS)]
    return "\n".join(f"- {words}: {', '.join(sorted(names))}" for words, names in kinds)


def glossary() -> str:
    """The words of the tab Glossary, as on the tab."""
    rows = "\n".join(f"| {word} | {meaning} |" for word, meaning in glossary_words().items())
    return f"| word | meaning |\n|---|---|\n{rows}"


def glossary_words() -> dict[str, str]:
    """The meanings of the words on the tab Glossary."""
    tab = next(tab for tab in design().plan.tabs if tab.name == "Glossary")
    return {row.texts[0]: row.texts[1] for entry in tab.stage.lists for row in entry.rows}


def project_words() -> list[str]:
    """The words of the glossary in docs/ that are not on the tab."""
    page = (ROOT / "docs" / "README.md").read_text("utf-8").partition("## Glossary")[2]
    return re.findall(r"^\| ([^|]+?) \|", _PART.sub("", page), re.MULTILINE)


def stages_table() -> str:
    """Every template with its tab, its steps and its ranges."""
    plan = design().plan
    rows = []
    for tab in plan.tabs:
        stage = tab.stage
        if re.match(r"h[1-9]", stage.tab):
            continue  # the same as block 0
        steps = f"{stage.steps[0]}-{stage.steps[-1]}" if stage.steps else ""
        rows.append(
            {
                "tab": stage.tab.replace("h0", "h0, h1, ..."),
                "steps": steps,
                "what it shows": stage.title.replace("Block 0: ", ""),
                "ranges": len(tab.placed),
                "template": stage.file,
            }
        )
    return pd.DataFrame(rows).to_markdown(index=False)


def errors_table(verification: Verification) -> str:
    """The worst relative error of every engine in every kind of tab, or the outcome if worse."""
    kinds: dict[str, dict[str, list[StageCheck]]] = {}
    stages = {tab.name: tab.stage for tab in design().plan.tabs}
    for check in verification.stages():
        kind = re.sub(r"^h\d+ ", "block: ", stages[check.tab].tab)
        kinds.setdefault(kind, {}).setdefault(check.engine, []).append(check)
    in_order = dict.fromkeys(re.sub(r"^h\d+ ", "block: ", tab) for tab in stages)
    rows = [
        {
            "tab": kind,
            "values per prompt": f"{_values(kinds[kind], verification):,}",
            **{
                f"{engine} {version}": _worst(kinds[kind].get(engine, []))
                for engine, version in versions(verification.checks).items()
            },
        }
        for kind in in_order
        if kind in kinds  # the Tour and the Glossary have no ranges
    ]
    table = pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)
    return f"{table}\n\nIn all: {report.verdict(verification)}."


def _values(by_engine: dict[str, list[StageCheck]], verification: Verification) -> int:
    """The number of values compared in a kind of tab for one prompt."""
    engine, stages = next(iter(by_engine.items()))
    prompts = sum(check.engine == engine for check in verification.checks)
    return sum(stage.values for stage in stages) // prompts


def _worst(stages: list[StageCheck]) -> str:
    """The worst relative error, 0 if all is equal, or the outcome of a failed comparison."""
    worst = max((stage.worst for stage in stages), key=lambda difference: difference.severity)
    if not worst.outcome.good:
        return worst.outcome.value
    return f"{worst.relative:.1e}" if worst.relative else "0"


def tokenizer_speed() -> str:
    """The seconds for the longest texts in the last run of benchmarks/tokenizer.py."""
    figures = json.loads(SPEED.read_text("utf-8"))
    longest = max(figure["bytes"] for figure in figures)
    rows = [
        {
            "engine": figure["engine"],
            "vocabulary": f"{figure['vocabulary']:,}",
            "text": figure["text"],
            "bytes": figure["bytes"],
            "tokens": figure["tokens"],
            "median": f"{figure['median']:.2f} s",
        }
        for figure in figures
        if figure["bytes"] > 0.9 * longest
    ]
    return pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)


def sabotage_table() -> str:
    """The score of `verify` on workbooks with faults, in the last run of `python -m sabotage`."""
    last = json.loads(SABOTAGE.read_text("utf-8"))
    table = pd.DataFrame(last["score"]).to_markdown(index=False)
    return f"{table}\n\nSeed {last['seed']}, in the engine {last['engine']}: `{last['command']}`."


def accuracy() -> str:
    """The figures of the model card in two sentences."""
    card = (ROOT / "xlgpt2" / "models" / "tiny" / "MODEL_CARD.md").read_text("utf-8")

    def cells(row: str) -> list[str]:
        match = re.search(rf"^\| {row} \|(.*)\|$", card, re.MULTILINE)
        assert match is not None, f"the model card has no row {row!r}"
        return [cell.strip() for cell in match[1].split("|")]

    # The row "all" of the results is the last one; the one before it counts passages.
    _, alone, after = [
        c.strip() for c in re.findall(r"^\| all \|(.*)\|$", card, re.M)[-1].split("|")
    ]
    return (
        f"A GPT-2 of {cells('parameters')[0]} parameters: {cells('layers')[0]} blocks, "
        f"{cells('heads')[0]} heads, C = {cells('numbers per token')[0]}, "
        f"{cells('positions')[0]} positions, a byte-level vocabulary of {cells('vocabulary')[0]} "
        f"tokens.\nOn sentences that it never saw, the tokens that follow from the words before "
        f"them are right\nin {alone} of cases ({after} with other sentences before them)."
    )


if __name__ == "__main__":
    main()
