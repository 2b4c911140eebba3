"""Workbooks of many weights compute only what somebody asks for, and are verified like others."""

import openpyxl
import pytest

from tests.sabotage import replaced, sabotaged
from xlgpt2.commands.build import build
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.constants import sizes as sizes_module
from xlgpt2.designs.model_workbook import design
from xlgpt2.verification import report
from xlgpt2.xlsx.package import read_charts
from xlgpt2.xlsx.reading.workbook import open_workbook

#: The tabs that workbooks of many weights don't have.
COSTLY = {"After each block", "Attention overview", "One number", "Switches"}
COSTLY |= {"h0 switched", "h1 switched"}

OFF = "Off: type 1 next to check"


@pytest.fixture
def frugal(monkeypatch):
    """Every model has too many weights."""
    monkeypatch.setattr(sizes_module, "MOST_WEIGHTS_WITH_EXTRAS", 9_000)


@pytest.fixture
def file(frugal, random_design, tmp_path):
    model = random_design.checkpoint.folder
    decided = design(model, capacity=4, max_bytes=17, new_tokens=2)
    return build(decided, tmp_path / "a.xlsx", "the cat").path


def test_the_matrices_of_embeddings_and_blocks_are_counted(random_design, monkeypatch):
    """Up to the limit a workbook has everything; the shipped one is far below it."""
    sizes = random_design.sizes
    matrices = 301 * 15 + 2 * (4 * 15 * 15 + 2 * 15 * 60)
    monkeypatch.setattr(sizes_module, "MOST_WEIGHTS_WITH_EXTRAS", matrices)
    assert not sizes.frugal
    monkeypatch.setattr(sizes_module, "MOST_WEIGHTS_WITH_EXTRAS", matrices - 1)
    assert sizes.frugal
    monkeypatch.undo()
    assert not design().sizes.frugal


def test_the_shipped_workbook_has_every_chart_and_shows_the_verdict(tiny_workbook):
    tabs = {area.sheet for area in read_charts(tiny_workbook)}
    assert tabs == {"Prompt", "Sampling", "Guess", "After each block", "Switches"}
    assert openpyxl.load_workbook(tiny_workbook)["Prompt"]["G15"].value == 1


def test_the_chart_that_computes_a_whole_tab_is_left_out(file):
    """And no text mentions it."""
    assert {area.sheet for area in read_charts(file)} == {"Prompt", "Guess"}
    texts = [row[0].value for row in openpyxl.load_workbook(file)["Sampling"]["A1:A9"]]
    assert not [text for text in texts if isinstance(text, str) and "chart" in text]


def test_costly_tabs_are_left_out(file, tiny_workbook):
    """They compute again what others have; their inputs are not typed."""
    tabs, all_tabs = (openpyxl.load_workbook(path).sheetnames for path in (file, tiny_workbook))
    assert {tab for tab in all_tabs if tab not in tabs and not tab.startswith("h2 ")} == COSTLY


def test_every_range_is_verified(file, random_design, exact_engine):
    """The verdict is off, and on if it is asked for."""
    model = random_design.checkpoint.folder
    for controls in ({}, {"check": 1}):
        result = verify(file, model, ["the cat"], exact_engine.name, controls=controls)
        assert result.verified, report.lines(result)


@pytest.mark.slow
def test_probes_are_verified(file, random_design):
    """They ask for the verdict where they tamper with something."""
    result = verify(file, random_design.checkpoint.folder, engine="formulas", probe=True)
    assert result.verified, report.lines(result)


def test_the_verdict_is_computed_on_request(file, tmp_path):
    """`run` notes it if it is asked for, also of a workbook that is not as built."""

    def notes(path, **controls):
        return run(path, "the cat", engine="formulas", controls=controls).notes

    assert notes(file) == ()
    assert notes(file, check=0) == ()
    assert notes(file, check=1) == ("check: All checks pass",)
    wrong = tmp_path / "b.xlsx"
    sabotaged(file, wrong, "Check", replaced("COUNT(", "1+COUNT(", 1))
    assert notes(wrong, check=1) == ("check: Not as built: see Check",)


@pytest.mark.parametrize(
    ("check", "verdict"), [(1, "All checks pass"), (0, OFF), (2, OFF), ("", OFF), ("1", OFF)]
)
def test_only_a_1_switches_it_on(file, exact_engine, check, verdict):
    (readings,) = exact_engine.recalculate(
        open_workbook(file), [{"check": [[check]]}], ["prompt_check"]
    )
    assert readings.text("prompt_check") == verdict
