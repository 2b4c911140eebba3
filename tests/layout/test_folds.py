"""Folds: what is left on the screen of wide matrices, and of rows for long prompts."""

import openpyxl
import pytest

from xlgpt2.designs.model_workbook import design
from xlgpt2.layout.folds import column_folds, row_fold
from xlgpt2.layout.layout import FIRST_ROW
from xlgpt2.layout.screen import columns_of_screen


@pytest.fixture(scope="module")
def plan():
    return design().plan


def tab(plan, name):
    return next(tab for tab in plan.tabs if tab.name == name)


@pytest.mark.parametrize(
    ("capacity", "folded"),
    [(12, None), (15, None), (16, (FIRST_ROW + 12, FIRST_ROW + 15)), (32, (19, 38))],
)
def test_rows_are_folded_if_there_are_many(capacity, folded):
    """Twelve rows of the prompt are shown; fewer than four are not worth a fold."""
    plan = design(capacity=capacity).plan
    for name in ("Tokens", "h1 attention", "Text"):
        fold = row_fold(plan, tab(plan, name))
        assert (fold and (fold.first, fold.last)) == folded, name
    assert row_fold(plan, tab(plan, "Vocabulary")) is None


def test_every_range_shows_some_columns(plan):
    """So that each title and sentence has a place, and new tokens have columns of attention."""
    for entry in plan.tabs:
        if entry.stage.by_hand:
            continue
        shown = {column.column for column in columns_of_screen(plan, entry)}
        for placed in entry.placed:
            if placed.top and not placed.range.view_of:
                columns = range(placed.area.column, placed.area.column + placed.area.columns)
                assert shown.intersection(columns), placed.range.name
    softmax = plan.places["h_0_attn_softmax_1"].area
    places = {c.column - softmax.column for c in columns_of_screen(plan, tab(plan, "h0 attention"))}
    assert places & set(range(47)) == {*range(12), *range(32, 40)}


def test_folds_are_in_the_file(plan, tiny_workbook):
    """Rows and columns are hidden under a +, and no others."""
    book = openpyxl.load_workbook(tiny_workbook)
    sheet = book["h0 mlp up"]
    hidden = [row for row, entry in sheet.row_dimensions.items() if entry.hidden]
    assert hidden == list(range(19, 39))
    assert all(sheet.row_dimensions[row].outlineLevel == 1 for row in hidden)
    folded = {
        column
        for entry in sheet.column_dimensions.values()
        if entry.hidden
        for column in range(entry.min, entry.max + 1)
    }
    expected = {
        column
        for fold in column_folds(plan, tab(plan, "h0 mlp up"))
        for column in range(fold.first, fold.last + 1)
    }
    assert folded == expected
    assert len(folded) == 2 * (192 - 14) + 2 * (48 - 4)
