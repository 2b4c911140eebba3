"""Messages about templates: fields, names, shapes, holes and formulas that can't be."""

from __future__ import annotations

import shutil

from tests.messages.case import Case, Cause, Scene
from xlgpt2 import Precision, build, design
from xlgpt2.checkpoint.precision import Dtype
from xlgpt2.cli import show
from xlgpt2.errors import (
    DialectError,
    LimitError,
    RefusedNameError,
    ShapeError,
    TemplateError,
    UnknownNameError,
)
from xlgpt2.stages.template_files import load_templates, shipped_templates

TENSOR = 'tensor = "ln_f.weight"'
TITLE = 'title = "Final norm"'
LAST_ROW = 'formula = "{ln_f[i+T-1,j]}"'


def a_range_that_is_no_table(scene: Scene) -> None:
    """A number stands where TOML has tables."""
    folder = scene.folder / "templates"
    shutil.copytree(shipped_templates(), folder)
    path = folder / "gpt2" / "14-final-norm.toml"
    head = path.read_text("utf-8").partition("[[range]]")[0]
    path.write_text(head.replace("[tolerance]", "range = [1]\n[tolerance]"), "utf-8")
    load_templates(folder)


def changed(
    file: str,
    old: str,
    new: str,
    *,
    lean: bool = False,
    built: bool = False,
    dtype: Dtype = "float32",
) -> Cause:
    """The shipped templates with a change are shown with all their formulas, or built."""

    def cause(scene: Scene) -> None:
        folder = scene.folder / "templates"
        shutil.copytree(shipped_templates(), folder)
        (path,) = folder.rglob(f"{file}.toml")
        text = path.read_text("utf-8")
        assert old in text, "the case no longer fits the shipped template"
        path.write_text(text.replace(old, new), "utf-8")
        decided = design(
            scene.workbook_model,
            capacity=11,
            max_bytes=29,
            templates=folder,
            lean=lean,
            precision=Precision(dtype),
        )
        if built:
            build(decided, scene.folder / "a.xlsx")
        show.plan(decided, None)

    return cause


#: A row of the tab Tour.
LOGITS = 'tab = "Logits"\nrange = "logits"'

CASES = [
    Case(
        "no templates there",
        lambda scene: load_templates(scene.folder / "templates"),
        TemplateError,
    ),
    Case("not TOML", changed("14-final-norm", "[tolerance]", "[tolerance"), TemplateError),
    Case(
        "a field that does not exist", changed("14-final-norm", "fill = ", "fil = "), TemplateError
    ),
    Case("no title", changed("14-final-norm", TITLE, ""), TemplateError),
    Case(
        "a colour that is none",
        changed("palette", 'link = "0B57D0"', 'link = "blue"'),
        TemplateError,
    ),
    Case(
        "a group without a colour",
        changed("14-final-norm", 'group = "output"', 'group = "exit"'),
        TemplateError,
    ),
    Case(
        "a tolerance without a reason",
        changed("14-final-norm", "reason = ", "because = "),
        TemplateError,
    ),
    Case("four sentences", changed("17-score", "text = [", 'text = [\n"a",'), TemplateError),
    Case(
        "a link to a tab that is not there",
        changed("02-tour", LOGITS, 'tab = "Logit"', built=True),
        TemplateError,
    ),
    Case(
        "a link to a range of another tab",
        changed("02-tour", LOGITS, 'tab = "Logits"\nrange = "wte"', built=True),
        TemplateError,
    ),
    Case(
        "the address of a range that is not there",
        changed("02-tour", "into @prompt:", "into @question:", built=True),
        UnknownNameError,
    ),
    Case(
        "a row of a list with a text too few",
        changed("02-tour", '  "2 Cut into tokens",\n', ""),
        TemplateError,
    ),
    Case(
        "a list whose column of links is not there",
        changed("02-tour", 'link = "tab"', 'link = "where"'),
        TemplateError,
    ),
    Case("a range that is no table", a_range_that_is_no_table, TemplateError),
    Case(
        "a range without a name", changed("14-final-norm", 'name = "ln_f_mean"', ""), TemplateError
    ),
    Case(
        "two sources for one range",
        changed("18-vocabulary", 'table = "vocabulary"', 'table = "vocabulary"\nformula = "1"'),
        TemplateError,
    ),
    Case(
        "no source for a range",
        changed("18-vocabulary", 'table = "vocabulary"', ""),
        TemplateError,
    ),
    Case(
        "weights with a formula",
        changed("14-final-norm", 'tensor = "ln_f.weight"', 'tensor = "ln_f.weight"\nformula = "1"'),
        TemplateError,
    ),
    Case(
        "a range beside one that is not placed yet",
        changed("18-one-number", 'beside = "one_blocks"', 'beside = "one_pick"'),
        TemplateError,
    ),
    Case(
        "a record of weights without a row for each",
        changed("23-check", 'each = "weight"\nrecord = "sum"\n', 'record = "sum"\n'),
        TemplateError,
    ),
    Case(
        "a record of weights with a row for each of something else",
        changed("23-check", 'each = "weight"\nrecord = "sum"\n', 'each = "tab"\nrecord = "sum"\n'),
        TemplateError,
    ),
    Case(
        "several formulas for each of something",
        changed("23-check", 'formula = "COUNT({each})"', 'formulas = ["COUNT({each})", "1"]'),
        TemplateError,
    ),
    Case(
        "a tab name that is too long",
        changed("14-final-norm", 'tab = "Final norm"', f'tab = "{"x" * 32}"'),
        TemplateError,
    ),
    Case(
        "a tab name with a slash",
        changed("14-final-norm", 'tab = "Final norm"', 'tab = "a/b"'),
        RefusedNameError,
    ),
    Case(
        "a tab name given twice",
        changed("14-final-norm", 'tab = "Final norm"', 'tab = "logits"'),
        TemplateError,
    ),
    Case(
        "a range name that reads as a cell",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "ln1"'),
        RefusedNameError,
    ),
    Case(
        "a range name that begins like a cell of the notation R1C1",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "r1_scores"'),
        RefusedNameError,
    ),
    Case(
        "a range name with a capital",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "Last"'),
        RefusedNameError,
    ),
    Case(
        "a range name given twice",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "ln_f_mean"'),
        TemplateError,
    ),
    Case(
        "a symbol that no model has",
        changed("14-final-norm", '["N", "C"]', '["N", "Q"]'),
        UnknownNameError,
    ),
    Case(
        "a size that is a quotient",
        changed("14-final-norm", '["N", "C"]', '["N", "C/2"]'),
        UnknownNameError,
    ),
    Case(
        "a size that is no text of symbols",
        changed("14-final-norm", '["N", "C"]', '["N", "C+"]'),
        UnknownNameError,
    ),
    Case("no rows", changed("14-final-norm", '["G", "C"]', '["T-T", "C"]'), ShapeError),
    Case(
        "formulas for too few columns",
        changed("03-characters", '["max_bytes", "4"]', '["max_bytes", "5"]'),
        ShapeError,
    ),
    Case(
        "int8 weights where their scales can't be applied",
        changed("14-final-norm", LAST_ROW, 'formula = "SUM({wte})"', dtype="int8"),
        DialectError,
    ),
    Case(
        "values for too few rows",
        changed(
            "16-sampling", 'input = "sampling_number"\ndefault = 1', "values = [[1, 2], [3, 4]]"
        ),
        ShapeError,
    ),
    Case(
        "words for too few columns",
        changed("10-block-attention", 'columns = "tokens"', 'columns = ["a", "b"]'),
        ShapeError,
    ),
    Case(
        "a hole that no range fills",
        changed("14-final-norm", "{residual_{last}[i]}", "{residue[i]}"),
        UnknownNameError,
    ),
    Case(
        "a hole with an unknown symbol",
        changed("14-final-norm", LAST_ROW, 'formula = "{ln_f[i+q,j]}"'),
        UnknownNameError,
    ),
    Case(
        "a row before the first",
        changed("14-final-norm", "{ln_f_normalized[i]}", "{ln_f_normalized[i-1]}"),
        ShapeError,
    ),
    Case(
        "a formula that gives another shape",
        changed("14-final-norm", "{ln_f_normalized[i]}*", "{ln_f_mean[i]}*0+{position}*"),
        ShapeError,
    ),
    Case(
        "ranges that don't fit each other",
        changed(
            "11-block-projection",
            "MMULT({h_{block}_attn_mix[i]},{h_{block}_attn_c_proj_weight})",
            "MMULT({h_{block}_attn_mix[i]},{wpe})",
        ),
        ShapeError,
    ),
    Case(
        "operands that don't fit each other",
        changed("14-final-norm", "*{ln_f_weight}", "*{h_0_mlp_c_fc_bias}"),
        ShapeError,
    ),
    Case(
        "a function whose name is none", changed("14-final-norm", "VARP(", "VAR.P("), DialectError
    ),
    Case(
        "a hole that is not closed",
        changed("14-final-norm", "{ln_f_mean[i]}", "{ln_f_mean[i}"),
        DialectError,
    ),
    Case(
        "a formula that breaks off",
        changed("14-final-norm", LAST_ROW, 'formula = "1+"'),
        DialectError,
    ),
    Case(
        "a function that is not everywhere in cells",
        changed("14-final-norm", "VARP(", "STDEVP("),
        DialectError,
    ),
    Case(
        "a function that is not everywhere in arrays",
        changed("14-final-norm", "*{ln_f_weight}", "*LARGE({ln_f_weight},1)"),
        DialectError,
    ),
    Case(
        "two minus signs",
        changed("14-final-norm", LAST_ROW, 'formula = "SUM(--{ln_f[i]})"'),
        DialectError,
    ),
    Case(
        "an exponent without its sign",
        changed("14-final-norm", LAST_ROW, 'formula = "1e9"'),
        DialectError,
    ),
    Case(
        "a text that is too long for Excel",
        changed("14-final-norm", LAST_ROW, f"formula = '\"{'x' * 256}\"'"),
        DialectError,
    ),
    Case(
        "a formula that is too long for a cell",
        changed(
            "14-final-norm",
            "{ln_f_normalized[i]}*{ln_f_weight}",
            "+".join(["{ln_f_normalized[i]}"] * 900),
        ),
        LimitError,
    ),
    Case(
        "an array formula with a branch of one number, and no numbers over its columns",
        changed("14-final-norm", 'name = "ln_f"\n', 'name = "ln_f"\ncolumns = "none"\n'),
        ShapeError,
    ),
    Case(
        "a row's label on a tab without labels",
        changed("02-prompt", 'input = "prompt"', 'formula = "{row}"'),
        TemplateError,
    ),
    Case(
        "the number over a column that has a text there",
        changed(
            "17-text",
            'name = "joined_bytes"',
            'name = "joined_bytes"\ncolumns = ["a", "b", "c", "d"]',
        ),
        TemplateError,
    ),
    Case(
        "another row of a step that is inlined",
        changed(
            "09-block-norm-qkv",
            "{h_{block}_ln_1_normalized[i]}*",
            "{h_{block}_ln_1_normalized[i-1]}*",
            lean=True,
        ),
        TemplateError,
    ),
    Case(
        "weights below a range of another tab",
        changed("14-final-norm", 'below = "ln_f"', 'below = "wte"'),
        TemplateError,
    ),
    Case(
        "columns of a range that is not there",
        changed("10-block-attention", 'view = "h_{block}_attn_mix"', 'view = "mix"'),
        UnknownNameError,
    ),
    Case(
        "columns beyond a range",
        changed("10-block-attention", 'first_column = "{head}*D"', 'first_column = "C"'),
        TemplateError,
    ),
    Case(
        "a tensor that the model lacks",
        changed("14-final-norm", TENSOR, 'name = "ln_f_weight"\ntensor = "ln_f.gain"', built=True),
        UnknownNameError,
    ),
    Case(
        "a tensor of another shape",
        changed("14-final-norm", TENSOR, 'name = "ln_f_weight"\ntensor = "wte.weight"', built=True),
        ShapeError,
    ),
    Case(
        "a table that does not exist",
        changed("18-vocabulary", 'table = "vocabulary"', 'table = "words"', built=True),
        UnknownNameError,
    ),
    Case(
        "numbers up to an unknown symbol",
        changed("07-tokens", 'whole_numbers = "V"', 'whole_numbers = "VV"', built=True),
        UnknownNameError,
    ),
    Case(
        "labels of a range that is not there",
        changed("14-final-norm", 'range = "position"', 'range = "place"', built=True),
        UnknownNameError,
    ),
    Case(
        "labels of a table that does not exist",
        changed(
            "16-sampling", 'table = "vocabulary_labels", width = 16', 'table = "words"', built=True
        ),
        UnknownNameError,
    ),
    Case(
        "a text in the cell of a range",
        changed("02-prompt", 'at = "B18"', 'at = "B6"', built=True),
        TemplateError,
    ),
    Case(
        "a chart of a range that is not there",
        changed("16-sampling", 'values = "shown_top_before"', 'values = "shown"', built=True),
        UnknownNameError,
    ),
]
