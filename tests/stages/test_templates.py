"""The shipped templates fit every model. Broken ones are in tests/messages."""

from pathlib import Path

import pytest

from xlgpt2.constants.sizes import Sizes
from xlgpt2.designs.design import plan_of
from xlgpt2.layout.formula_cells import formula_cells
from xlgpt2.layout.layout import FIRST_ROW
from xlgpt2.stages.template_files import load_templates, shipped_templates


def sizes(**changes: float) -> Sizes:
    """Sizes that all differ, so that axes can't be confused."""
    numbers: dict[str, float] = {
        "n_positions": 13,
        "n_embd": 15,
        "n_head": 3,
        "n_layer": 2,
        "vocab_size": 301,
        "n_inner": 60,
        "layer_norm_epsilon": 1e-5,
        "n_merges": 44,
        "n_classes": 97,
        "n_special": 2,
        "n_ends": 4,
        "capacity": 11,
        "max_bytes": 29,
    }
    return Sizes(**{**numbers, **changes})  # type: ignore[arg-type]  # all but epsilon are whole numbers


def all_formulas(folder: Path, of: Sizes) -> list[str]:
    """The texts of all formulas of these templates."""
    plan = plan_of(of, load_templates(folder))
    return [
        cells.text
        for tab in plan.tabs
        for placed in tab.placed
        if placed.range.parts
        for cells in formula_cells(plan, tab, placed)
    ]


FITTING = [
    ("the smallest possible model", {"n_embd": 1, "n_head": 1, "n_layer": 1, "n_inner": 4}),
    ("one token of capacity", {"capacity": 1}),
    ("four bytes of text", {"max_bytes": 4}),
    ("an MLP that is not four times as wide", {"n_inner": 7}),
    ("a vocabulary smaller than the ranking", {"vocab_size": 257, "n_merges": 1}),
]


@pytest.mark.parametrize(("sentence", "changes"), FITTING, ids=[row[0] for row in FITTING])
def test_the_shipped_templates_fit(sentence, changes):
    assert len(all_formulas(shipped_templates(), sizes(**changes))) > 500, sentence


def test_no_formula_refers_to_later_tokens():
    """Causality shows in the references: those of a token's row lead to the same row or up."""
    plan = plan_of(sizes(), load_templates(shipped_templates()))
    tab = next(tab for tab in plan.tabs if tab.name == "h1 attention")
    scores = plan.places["h_1_attn_scores_2"]
    for i, cells in enumerate(formula_cells(plan, tab, scores)):
        keys = cells.text.split("TRANSPOSE(")[1]
        assert f"${FIRST_ROW}:" in keys or i == 0
        assert keys.split(")")[0].endswith(str(FIRST_ROW + i)), cells.text
        assert cells.area.columns == i + 1
