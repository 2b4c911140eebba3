"""The shipped model in every engine: all ranges of all tabs for all prompts, and the README."""

from functools import cache

import pytest

from scripts import readme
from xlgpt2.verification import report


@pytest.fixture(scope="module")
def verified(tiny_workbook):
    """The workbook's verification in an engine, once for each."""
    return cache(lambda name: readme.verified(tiny_workbook, name))


@pytest.mark.slow
def test_the_workbook_is_verified_for_every_prompt(verified, engine):
    """Each engine agrees with the reference to 1e-9 in every range, and nothing goes unchecked."""
    result = verified(engine.name)
    assert result.verified, report.lines(result)
    checked = {entry.input.prompt for entry in result.checks}
    assert checked == set(readme.prompts_for(engine.name))
    assert len(set(readme.prompts())) >= 10
    assert {entry.engine for entry in result.checks} == {engine.name}
    assert result.unchecked() == []
    assert max(stage.worst.relative for stage in result.stages()) < 1e-9


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.usefixtures("libreoffice", "ironcalc", "cellrune", "gnumeric")
@pytest.mark.timeout(3000)  # all commands of the README
def test_the_readme_is_fresh(verified):
    """Transcripts and tables are what the commands print now (`make readme` updates them)."""
    text = readme.README.read_text("utf-8")
    assert text.count("<!-- begin ") == 14
    fresh, page = readme.regenerated(text, verified)
    assert readme.masked(text) == readme.masked(fresh), "stale: run make readme"
    assert readme.masked(readme.REPORT.read_text("utf-8")) == readme.masked(page)
