"""Templates: the shipped ones fit every model, and a broken one is refused with file and field."""

import shutil
from pathlib import Path

import pytest

from xlgpt2.building import plan_of
from xlgpt2.errors import TemplateError, XlGpt2Error
from xlgpt2.layout.formula_cells import formula_cells
from xlgpt2.sizes import Sizes
from xlgpt2.stages.templates import load_templates, shipped_templates


def sizes(**changes: float) -> Sizes:
    """Sizes that all differ, so that no axis can pass for another."""
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
        "capacity": 11,
        "max_bytes": 29,
    }
    return Sizes(**{**numbers, **changes})  # type: ignore[arg-type]  # whole numbers but epsilon


def all_formulas(folder: Path, of: Sizes) -> list[str]:
    """The text of every formula that these templates make."""
    plan = plan_of(of, load_templates(folder))
    return [
        cells.text
        for tab in plan.tabs
        for placed in tab.placed
        if placed.range.parts
        for cells in formula_cells(plan, tab, placed)
    ]


FITTING = [
    ("the smallest model there can be", {"n_embd": 1, "n_head": 1, "n_layer": 1, "n_inner": 4}),
    ("one token of capacity", {"capacity": 1}),
    ("four bytes of text", {"max_bytes": 4}),
    ("an MLP that is not four times as wide", {"n_inner": 7}),
    ("a vocabulary smaller than the ranking", {"vocab_size": 257, "n_merges": 1}),
]


@pytest.mark.parametrize(("sentence", "changes"), FITTING, ids=[row[0] for row in FITTING])
def test_the_shipped_templates_fit(sentence, changes):
    assert len(all_formulas(shipped_templates(), sizes(**changes))) > 500, sentence


# what is broken, the file, the text in it and what takes its place, words of the message
BROKEN = [
    ("a field that does not exist", "14-final-norm", "fill = ", "fil = ", "range.0.fil"),
    ("no title", "14-final-norm", 'title = "Final norm"', "", "title"),
    ("not TOML", "14-final-norm", "[tolerance]", "[tolerance", "TOML"),
    (
        "a hole that no range fills",
        "14-final-norm",
        "{residual_{last}[i]}",
        "{residue[i]}",
        "'residue'",
    ),
    ("a symbol that no model has", "14-final-norm", '["N", "C"]', '["N", "Q"]', "'Q'"),
    (
        "a formula that gives another shape",
        "14-final-norm",
        "{ln_f_normalized[i]}*",
        "{ln_f_mean[i]}*0+{position}*",
        "[11, 15]",
    ),
    (
        "ranges that don't fit each other",
        "11-block-projection",
        "MMULT({h_{block}_attn_mix[i]},{h_{block}_attn_c_proj_weight})",
        "MMULT({h_{block}_attn_mix[i]},{wpe})",
        "MMULT",
    ),
    (
        "a row before the first",
        "14-final-norm",
        "{ln_f_normalized[i]}",
        "{ln_f_normalized[i-1]}",
        "got rows -1 to 0",
    ),
    ("a function outside the dialect", "14-final-norm", "VARP(", "VAR.P(", "expected a number"),
    ("a function that is not everywhere", "14-final-norm", "VARP(", "STDEVP(", "STDEVP"),
    ("a name that reads as a cell", "14-final-norm", 'name = "ln_f_last"', 'name = "ln1"', "'ln1'"),
    ("a name with a capital", "14-final-norm", 'name = "ln_f_last"', 'name = "Last"', "'Last'"),
    (
        "a name given twice",
        "14-final-norm",
        'name = "ln_f_last"',
        'name = "ln_f_mean"',
        "of its own",
    ),
    (
        "two sources for one range",
        "14-final-norm",
        'tensor = "ln_f.weight"',
        'tensor = "ln_f.weight"\nformula = "1"',
        "formula and tensor",
    ),
    (
        "weights below a range of another tab",
        "14-final-norm",
        'below = "ln_f"',
        'below = "wte"',
        "below",
    ),
    (
        "a tab name that is too long",
        "14-final-norm",
        'tab = "Final norm"',
        f'tab = "{"x" * 32}"',
        "tab",
    ),
    ("a tab name with a slash", "14-final-norm", 'tab = "Final norm"', 'tab = "a/b"', "'a/b'"),
    ("a group without a colour", "14-final-norm", 'group = "output"', 'group = "exit"', "'exit'"),
    ("a colour that is none", "palette", 'link = "0B57D0"', 'link = "blue"', "link"),
    ("a tolerance without a reason", "14-final-norm", "reason = ", "because = ", "tolerance"),
    ("four sentences", "14-final-norm", "text = [", 'text = [\n"a", "b",', "text"),
    (
        "the number over a column that has a text there",
        "17-text",
        'name = "joined_bytes"',
        'name = "joined_bytes"\ncolumns = ["a", "b", "c", "d"]',
        "expected numbers over the columns",
    ),
    (
        "formulas for too few columns",
        "03-characters",
        '["max_bytes", "4"]',
        '["max_bytes", "5"]',
        "expected 5, one a column",
    ),
]


@pytest.mark.parametrize(
    ("what", "file", "old", "new", "words"), BROKEN, ids=[r[0] for r in BROKEN]
)
def test_a_broken_template_is_refused_with_its_file(tmp_path, what, file, old, new, words):
    folder = tmp_path / "templates"
    shutil.copytree(shipped_templates(), folder)
    path = folder / f"{file}.toml"
    text = path.read_text("utf-8")
    assert old in text, f"{what}: the case no longer fits the shipped template"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(XlGpt2Error) as error:
        all_formulas(folder, sizes())
    assert file in error.value.message, what
    assert words in error.value.message, what
    assert error.value.hint


def test_a_folder_without_templates_is_refused(tmp_path):
    """The message says what was looked for."""
    with pytest.raises(TemplateError, match=r"palette.toml.*01-guide.toml"):
        load_templates(tmp_path)


def test_no_formula_looks_at_later_tokens():
    """Causality can be seen in the references: rows of tokens only ever point up or sideways."""
    plan = plan_of(sizes(), load_templates(shipped_templates()))
    tab = next(tab for tab in plan.tabs if tab.name == "h1 attention")
    scores = plan.places["h_1_attn_scores_2"]
    for i, cells in enumerate(formula_cells(plan, tab, scores)):
        keys = cells.text.split("TRANSPOSE(")[1]
        assert "$10:" in keys or i == 0
        assert keys.split(")")[0].endswith(str(10 + i)), cells.text
        assert cells.area.columns == i + 1
