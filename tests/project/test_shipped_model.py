"""The shipped model in every engine: all ranges of all tabs for some prompts; the pages.

A run takes samples: `make readme` verifies every prompt in every engine, and the probes in three.
"""

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scripts import readme
from xlgpt2.commands import verify as verify_command
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, SLOW, WITNESSES, get_engine
from xlgpt2.reference.trace import trace
from xlgpt2.verification import report
from xlgpt2.verification.result import Input

#: Engines of which one gets all prompts, another one each day; the others get the first and some.
FAST, OTHERS = ("libreoffice", "formulas"), {"formulas": 2, "libreoffice": 2, "ironcalc": 1}

#: How many probes the engine formulas also gets: ordinary ones, and ones that tamper with cells.
PROBES, TAMPERINGS = 6, 2

#: Engines that take most of a minute for the first prompt: one of them a day.
SLOW_ENGINES = [
    pytest.param("cellrune", marks=pytest.mark.cellrune),
    pytest.param("gnumeric", marks=pytest.mark.gnumeric),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(samples):
    """The prompts of this run for an engine, that of the documentation first."""

    def prompts(name):
        first, *others = readme.prompts_for(name)
        if name in SLOW or name in samples.of(FAST, 1):
            return [first, *others]
        return [first, *samples.of(others, OTHERS[name])]

    return prompts


@pytest.fixture(scope="module")
def all_probes():
    """All inputs that `verify` adds for the shipped model, known when it has run."""
    return []


@pytest.fixture(scope="module")
def some_probes(samples, all_probes):
    """What `verify` takes in place of all probes, after the prompts."""
    with_probes = verify_command.with_probes

    def few(requested, inspected):
        all_probes[:] = with_probes([], inspected)
        kinds = [
            samples.of([probe for probe in all_probes if bool(probe.overrides) is kind], number)
            for kind, number in ((False, PROBES), (True, TAMPERINGS))
        ]
        return [*requested, *kinds[0], *kinds[1]]

    return few


@pytest.fixture(scope="module")
def verified(tiny_workbook, sample, some_probes):
    """The workbook's verification in an engine, once for each."""

    @cache
    def result(name):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(verify_command, "with_probes", some_probes)
            return readme.verified(tiny_workbook, name, sample(name), probe=name == "formulas")

    return result


def prompts_of(result):
    """The checks of a verification that are of a requested prompt, by the prompt."""
    return {
        check.input.prompt: check for check in result.checks if check.input.why == Input("").why
    }


def assert_verified(result, name, prompts):
    """The engine agrees with the reference to 1e-9 in every range, and nothing goes unchecked."""
    assert result.verified, report.lines(result)
    assert list(prompts_of(result)) == prompts
    assert {entry.engine for entry in result.checks} == {name}
    assert result.unchecked() == []
    assert max(stage.worst.relative for stage in result.stages()) < 1e-9
    demo = prompts_of(result)["Mike is quick. He moves"]
    assert demo.next_token == "·quickly"  # as documented


@pytest.mark.parametrize("name", [
    "formulas",
    pytest.param("libreoffice", marks=pytest.mark.libreoffice),
    pytest.param("ironcalc", marks=pytest.mark.ironcalc),
])  # fmt: skip
def test_the_workbook_is_verified_in_every_engine(verified, sample, name, request):
    """Some prompts in each engine; all of them in one, and some probes."""
    if name != "formulas":
        request.getfixturevalue(name)
    assert len(set(readme.prompts())) >= 10
    assert_verified(verified(name), name, sample(name))


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SLOW_ENGINES)
def test_a_slow_engine_verifies_it_too(verified, sample, name, request):
    """The first prompt in one engine, in the other one tomorrow."""
    request.getfixturevalue(name)
    assert_verified(verified(name), name, sample(name))


def test_the_demo_verifies_the_workbook(verified):
    """The last line of its `verify` is that of the README; dots stand for anything."""
    result = verified("formulas")
    demo = replace(result, checks=result.checks[:1], inputs=1)
    pattern = re.escape(readme.DEMO_VERDICT).replace(re.escape("..."), ".+")
    assert re.fullmatch(pattern, report.verdict(demo))
    assert "verify $(WORKBOOK) --engine formulas --no-probe" in readme.MAKEFILE.read_text("utf-8")


@pytest.fixture(scope="module")
def next_tokens():
    """The next token after each prompt, in the reference."""
    decided = design()
    return {
        prompt: trace(decided.checkpoint, decided.sizes, prompt)["next_token"][0, 0]
        for prompt in readme.prompts()
    }


def as_if_by(name, check):
    """A check with the name and version of another engine."""
    return replace(check, engine=name, version=get_engine(name).version())


@pytest.fixture(scope="module")
def for_all_prompts(verified, next_tokens, samples):
    """A verification with a check of every prompt.

    For a prompt that is not in the sample it is that of another prompt, with the reference's token:
    the number of values is the same, and errors are masked. For a slow engine that is not in the
    sample it is that of the engine formulas.
    """
    computed = samples.of([name.values[0] for name in SLOW_ENGINES], 1)

    def filled(name):
        in_sample = name not in SLOW or name in computed
        result, prompts = verified(name if in_sample else "formulas"), readme.prompts_for(name)
        checks = {prompt: as_if_by(name, check) for prompt, check in prompts_of(result).items()}
        other = next(iter(checks.values()))
        for prompt in set(prompts) - set(checks):
            token = next_tokens[prompt]
            checks[prompt] = replace(
                other, input=Input(prompt), next_token=token, expected_next_token=token
            )
        return replace(result, checks=tuple(checks[p] for p in prompts), inputs=len(prompts))

    return filled


def last_line_of_verify(result, all_probes):
    """The last line of `verify` if the fast engines give for all probes what formulas does.

    A probe that is not in the sample has the values of another one that also does, or does not,
    tamper with cells: the same ranges are compared.
    """
    tampering = {probe.why: bool(probe.overrides) for probe in all_probes}
    examples = {
        tampering[check.input.why]: check
        for check in result.checks
        if check not in prompts_of(result).values()
    }
    checks = [
        replace(
            as_if_by(name, examples[bool(probe.overrides)]),
            input=Input(
                "its own" if probe.prompt is None else probe.prompt, probe.why, probe.token_ids
            ),
        )
        for name in ENGINES
        if get_engine(name).version() is not None and name not in SLOW | WITNESSES
        for probe in all_probes
    ]
    return readme.console(readme.VERIFY, report.verdict(replace(result, checks=tuple(checks))))


@pytest.fixture
def audit(samples, tiny_workbook, tmp_path):
    """The validator's transcript, for a workbook of few rows unless the run is exhaustive.

    It reads every cell, and most are like those of other rows; tests/writer/test_standard.py has
    more workbooks.
    """
    if samples.exhaustive:
        file = tiny_workbook
    else:
        file = build(design(capacity=2, max_bytes=4, new_tokens=1), tmp_path / "tiny.xlsx").path
    program = Path(sys.executable).with_name("openxml-audit")
    done = subprocess.run([program, file], capture_output=True, text=True, check=True)
    return readme.console(readme.AUDIT, done.stdout)


@pytest.mark.libreoffice
@pytest.mark.usefixtures("libreoffice", "ironcalc", "cellrune", "gnumeric")
@pytest.mark.timeout(3000)  # most commands of the pages
def test_the_pages_are_fresh(verified, for_all_prompts, all_probes, audit):
    """Transcripts and tables are what the commands print now (`make readme` updates them)."""
    texts = readme.read_pages()
    assert sum(text.count("<!-- begin ") for text in texts.values()) == 17
    result = verified("formulas")
    fresh, page = readme.regenerated(
        texts, for_all_prompts, lambda: last_line_of_verify(result, all_probes), lambda: audit
    )
    for file, text in texts.items():
        assert readme.masked(text) == readme.masked(fresh[file]), f"{file}: run make readme"
    assert readme.masked(readme.REPORT.read_text("utf-8")) == readme.masked(page)
