"""The first screen of every tab: nothing is cut, and no number is shown as ####."""

import copy
import os
from functools import cache

import openpyxl
import pytest

from tests.writer.displayed import FONTS, METRIC, Screen
from tests.writer.sheets import Sheets
from xlgpt2.designs.model_workbook import design


@pytest.fixture(scope="module")
def metric_fonts():
    """Fonts as wide as those that the workbook names; CI has them."""
    missing = [file for file in METRIC.values() if not (FONTS / file).exists()]
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {missing}")
    if missing:
        pytest.skip(f"missing: {missing}")


def faults(sheets):
    """All that is cut or would be ####, on the first screens of all tabs."""
    return [fault for sheet in sheets.book for fault in Screen(sheet, sheets.values).faults()]


INPUTS = {
    "as built": {},
    "a full prompt, sampled and scored": {
        "prompt": [["Mike is quick. He moves quickly. Anna is slow. She walks slowly and"]],
        "temperature": [[2.0]],
        "score": [[1.0]],
        "follow": [[3.0]],
    },
}


@pytest.fixture(scope="module")
def sheets(tiny_workbook):
    """A function: the shipped workbook as displayed with some inputs, computed once for each."""
    return cache(lambda what: Sheets(design().plan, tiny_workbook, INPUTS[what]))


@pytest.mark.slow
@pytest.mark.parametrize("what", INPUTS)
def test_nothing_is_cut_on_a_first_screen(what, sheets, metric_fonts):
    assert faults(sheets(what)) == [], what


@pytest.mark.slow
def test_a_cut_text_and_a_wide_number_are_found(sheets, tiny_workbook, metric_fonts):
    """A column that is too narrow for its texts, and one for its numbers."""
    narrow = copy.copy(sheets("as built"))
    narrow.book = openpyxl.load_workbook(tiny_workbook)  # other tests read the one that is kept
    narrow.book["Prompt"].column_dimensions["H"].width = 3
    narrow.book["Ranking"].column_dimensions["I"].width = 4
    text = "\n".join(faults(narrow))
    assert "Prompt!H24: '99.99%' would be ####" in text
    assert "Ranking!I7" in text


def test_merged_cells_do_not_overlap(default_merges):
    """Excel repairs a file in which they do."""
    for title, areas in default_merges.items():
        places = [cell for area in areas for row in area.rows for cell in row]
        assert len(places) == len(set(places)), title


@pytest.fixture
def default_merges(random_workbook):
    """The merged cells of each tab of a small workbook, where sentences have little room."""
    book = openpyxl.load_workbook(random_workbook[0])
    return {sheet.title: sheet.merged_cells.ranges for sheet in book}
