"""The shipped model in every engine: all ranges of all tabs for some prompts; the pages.

`make readme` verifies every prompt in every engine, and the probes in three of them.
"""

from dataclasses import replace
from functools import cache

import pytest

from scripts import readme
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, SLOW, WITNESSES, get_engine
from xlgpt2.reference.trace import trace
from xlgpt2.verification import report
from xlgpt2.verification.result import Input

#: How many prompts an engine gets beside the first; the engine formulas also gets all probes.
SAMPLE = {"formulas": 4, "libreoffice": 4, "ironcalc": 2}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample(samples):
    """The prompts of this run for an engine, that of the documentation first."""

    def prompts(name):
        first, *others = readme.prompts_for(name)
        return [first, *samples.of(others, SAMPLE[name])] if others else [first]

    return prompts


@pytest.fixture(scope="module")
def verified(tiny_workbook, sample):
    """The workbook's verification in an engine, once for each."""
    return cache(
        lambda name: readme.verified(tiny_workbook, name, sample(name), probe=name == "formulas")
    )


def prompts_of(result):
    """The checks of a verification that are of a requested prompt, by the prompt."""
    return {
        check.input.prompt: check for check in result.checks if check.input.why == Input("").why
    }


def test_the_workbook_is_verified_in_every_engine(verified, sample, engine):
    """Each engine agrees with the reference to 1e-9 in every range, and nothing goes unchecked."""
    result = verified(engine.name)
    assert result.verified, report.lines(result)
    assert list(prompts_of(result)) == sample(engine.name)
    assert len(set(readme.prompts())) >= 10
    assert {entry.engine for entry in result.checks} == {engine.name}
    assert result.unchecked() == []
    assert max(stage.worst.relative for stage in result.stages()) < 1e-9
    demo = prompts_of(result)["Mike is quick. He moves"]
    assert demo.next_token == "·quickly"  # as documented


@pytest.fixture(scope="module")
def next_tokens():
    """The next token after each prompt, in the reference."""
    decided = design()
    return {
        prompt: trace(decided.checkpoint, decided.sizes, prompt)["next_token"][0, 0]
        for prompt in readme.prompts()
    }


@pytest.fixture(scope="module")
def for_all_prompts(verified, next_tokens):
    """A verification with a check of every prompt.

    For a prompt that is not in the sample it is that of another prompt, with the reference's token:
    the number of values is the same, and errors are masked.
    """

    def filled(name):
        result, prompts = verified(name), readme.prompts_for(name)
        checks = prompts_of(result)
        other = next(iter(checks.values()))
        for prompt in set(prompts) - set(checks):
            token = next_tokens[prompt]
            checks[prompt] = replace(
                other, input=Input(prompt), next_token=token, expected_next_token=token
            )
        return replace(result, checks=tuple(checks[p] for p in prompts), inputs=len(prompts))

    return filled


def last_line_of_verify(verified):
    """The last line of `verify` if the other engines give for the probes what formulas does."""
    result = verified("formulas")
    probes = [check for check in result.checks if check not in prompts_of(result).values()]
    versions = {name: get_engine(name).version() for name in ENGINES}
    checks = [
        replace(check, engine=name, version=version)
        for name, version in versions.items()
        if version is not None and name not in SLOW | WITNESSES
        for check in probes
    ]
    return readme.console(readme.VERIFY, report.verdict(replace(result, checks=tuple(checks))))


@pytest.mark.libreoffice
@pytest.mark.usefixtures("libreoffice", "ironcalc", "cellrune", "gnumeric")
@pytest.mark.timeout(3000)  # most commands of the pages
def test_the_pages_are_fresh(verified, for_all_prompts):
    """Transcripts and tables are what the commands print now (`make readme` updates them)."""
    texts = readme.read_pages()
    assert sum(text.count("<!-- begin ") for text in texts.values()) == 16
    fresh, page = readme.regenerated(texts, for_all_prompts, lambda: last_line_of_verify(verified))
    for file, text in texts.items():
        assert readme.masked(text) == readme.masked(fresh[file]), f"{file}: run make readme"
    assert readme.masked(readme.REPORT.read_text("utf-8")) == readme.masked(page)
