"""Messages about templates: fields, names, shapes, holes and formulas that can't be."""

from __future__ import annotations

import shutil

from tests.messages.case import Case, Cause, Scene
from xlgpt2 import build, design
from xlgpt2.checkpoint.families import GPT2
from xlgpt2.cli import show
from xlgpt2.constants.tables import table_names
from xlgpt2.errors import (
    DialectError,
    LimitError,
    RefusedNameError,
    ShapeError,
    TemplateError,
    UnknownNameError,
)
from xlgpt2.formula.dialect import IN_ARRAYS, IN_CELLS
from xlgpt2.stages.templates import load_templates, shipped_templates

FIELDS = "see docs/templates.md for the fields and what they take"
FORMAT = "see docs/templates.md for the format"
FORMULA = "see docs/templates.md for what a formula may hold"
NAMES = "run xlgpt2 show for the names of all ranges"
ANOTHER_NAME = "choose a name such as token_ids: spreadsheets read names like x1 or r1_a as cells"
TAB_NAME = "mend the tab's name in its template"
SYMBOLS = "the symbols are C, D, G, H, L, N, S, T, V, last, max_bytes, n_classes, n_ends, n_inner, n_merges, n_positions, n_special, top, volume, volumes"
CELLS = f"use one of {', '.join(sorted(IN_CELLS))}"
ARRAYS = f"use one of {', '.join(sorted(IN_ARRAYS))}"

PROVENANCE = ["xlgpt2_version", "build_options", "template_sha256", "formula_dialect"]
TABLE_NAMES = f"the tables are {', '.join([*table_names(GPT2), *PROVENANCE])}"

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


def changed(file: str, old: str, new: str, *, lean: bool = False, built: bool = False) -> Cause:
    """The shipped templates with a change are shown with all their formulas, or built."""

    def cause(scene: Scene) -> None:
        folder = scene.folder / "templates"
        shutil.copytree(shipped_templates(), folder)
        (path,) = folder.rglob(f"{file}.toml")
        text = path.read_text("utf-8")
        assert old in text, "the case no longer fits the shipped template"
        path.write_text(text.replace(old, new), "utf-8")
        decided = design(
            scene.workbook_model, capacity=11, max_bytes=29, templates=folder, lean=lean
        )
        if built:
            build(decided, scene.folder / "a.xlsx")
        show.plan(decided, None)

    return cause


CASES = [
    Case(
        "no templates there",
        lambda scene: load_templates(scene.folder / "templates"),
        TemplateError,
        "templates templates: expected palette.toml and files named like 01-guide.toml, got 0 of these",
        "copy the shipped folder and change it: xlgpt2 show names its place",
    ),
    Case(
        "not TOML",
        changed("14-final-norm", "[tolerance]", "[tolerance"),
        TemplateError,
        "14-final-norm.toml: expected TOML, got <...>",
        FORMAT,
    ),
    Case(
        "a field that does not exist",
        changed("14-final-norm", "fill = ", "fil = "),
        TemplateError,
        "14-final-norm.toml: range ln_f_mean: fil: expected no such field, got 'cell'",
        FIELDS,
    ),
    Case(
        "no title",
        changed("14-final-norm", TITLE, ""),
        TemplateError,
        "14-final-norm.toml: title: expected a value, got none",
        FIELDS,
    ),
    Case(
        "a colour that is none",
        changed("palette", 'link = "0B57D0"', 'link = "blue"'),
        TemplateError,
        "palette.toml: link: expected to match pattern '^[0-9A-F]{6}$', got 'blue'",
        FIELDS,
    ),
    Case(
        "a group without a colour",
        changed("14-final-norm", 'group = "output"', 'group = "exit"'),
        TemplateError,
        "14-final-norm.toml: group: expected one of guide, prompt, tokenizer, embedding, block, output, table, got 'exit'",
        "add the group's colour to palette.toml",
    ),
    Case(
        "a tolerance without a reason",
        changed("14-final-norm", "reason = ", "because = "),
        TemplateError,
        "14-final-norm.toml: tolerance.reason: expected a value, got none",
        FIELDS,
    ),
    Case(
        "four sentences",
        changed("14-final-norm", "text = [", 'text = [\n"a", "b",'),
        TemplateError,
        "14-final-norm.toml: text: expected to have at most 3 items, got ['a', 'b', \"After the last block, each token's numbers ar...",
        FIELDS,
    ),
    Case(
        "a range that is no table",
        a_range_that_is_no_table,
        TemplateError,
        "14-final-norm.toml: range number 1: expected to be a valid dictionary or instance of RangeTemplate, got 1",
        FIELDS,
    ),
    Case(
        "a range without a name",
        changed("14-final-norm", 'name = "ln_f_mean"', ""),
        TemplateError,
        "14-final-norm.toml: range number 1: name: expected a value, got none",
        FIELDS,
    ),
    Case(
        "two sources for one range",
        changed("14-final-norm", 'tensor = "ln_f.weight"', 'tensor = "ln_f.weight"\nformula = "1"'),
        TemplateError,
        "14-final-norm.toml: range ln_f_weight: expected one of formula, formulas, tensor, scale_of, table, record, index, view, input, got formula and tensor",
        FIELDS,
    ),
    Case(
        "no source for a range",
        changed("14-final-norm", 'tensor = "ln_f.weight"', ""),
        TemplateError,
        "14-final-norm.toml: range ln_f_weight: expected one of formula, formulas, tensor, scale_of, table, record, index, view, input, got none",
        FIELDS,
    ),
    Case(
        "a record of weights without a row for each",
        changed("23-check", 'each = "weight"\nrecord = "sum"\n', 'record = "sum"\n'),
        TemplateError,
        "23-check.toml: range weight_recorded_sum: record: expected each = 'weight' beside it, got no each",
        FIELDS,
    ),
    Case(
        "a record of weights with a row for each of something else",
        changed("23-check", 'each = "weight"\nrecord = "sum"\n', 'each = "tab"\nrecord = "sum"\n'),
        TemplateError,
        "23-check.toml: range weight_recorded_sum: record: expected each = 'weight' beside it, got 'tab'",
        FIELDS,
    ),
    Case(
        "several formulas for each of something",
        changed("23-check", 'formula = "COUNT({each})"', 'formulas = ["COUNT({each})", "1"]'),
        TemplateError,
        "23-check.toml: range weight_count: each: expected one formula beside it, got several",
        FIELDS,
    ),
    Case(
        "a tab name that is too long",
        changed("14-final-norm", 'tab = "Final norm"', f'tab = "{"x" * 32}"'),
        TemplateError,
        "14-final-norm.toml: tab: expected to have at most 31 characters, got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
        FIELDS,
    ),
    Case(
        "a tab name with a slash",
        changed("14-final-norm", 'tab = "Final norm"', 'tab = "a/b"'),
        RefusedNameError,
        "14-final-norm.toml: tab: expected 1 to 31 characters without [ ] : * ? / \\, and no ' at the ends, got 'a/b'",
        TAB_NAME,
    ),
    Case(
        "a tab name given twice",
        changed("14-final-norm", 'tab = "Final norm"', 'tab = "logits"'),
        TemplateError,
        "15-logits.toml: tab 'Logits': expected a name of its own, got one that 14-final-norm.toml has too",
        "give one of the two another name",
    ),
    Case(
        "a range name that reads as a cell",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "ln1"'),
        RefusedNameError,
        "14-final-norm.toml: range ln1: name: expected small letters, digits and _ that don't read as a cell, got 'ln1'",
        ANOTHER_NAME,
    ),
    Case(
        "a range name that begins like a cell of the notation R1C1",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "r1_scores"'),
        RefusedNameError,
        "14-final-norm.toml: range r1_scores: name: expected small letters, digits and _ that don't read as a cell, got 'r1_scores'",
        ANOTHER_NAME,
    ),
    Case(
        "a range name with a capital",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "Last"'),
        RefusedNameError,
        "14-final-norm.toml: range Last: name: expected small letters, digits and _ that don't read as a cell, got 'Last'",
        ANOTHER_NAME,
    ),
    Case(
        "a range name given twice",
        changed("14-final-norm", 'name = "ln_f_last"', 'name = "ln_f_mean"'),
        TemplateError,
        "14-final-norm.toml: range 'ln_f_mean': expected a name of its own, got one that 14-final-norm.toml has too",
        "give one of the two another name",
    ),
    Case(
        "a symbol that no model has",
        changed("14-final-norm", '["N", "C"]', '["N", "Q"]'),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_normalized: expected a symbol that the model has, got 'Q'",
        SYMBOLS,
    ),
    Case(
        "a size that is a quotient",
        changed("14-final-norm", '["N", "C"]', '["N", "C/2"]'),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_normalized: expected a sum or product of symbols, got 'C/2'",
        SYMBOLS,
    ),
    Case(
        "a size that is no text of symbols",
        changed("14-final-norm", '["N", "C"]', '["N", "C+"]'),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_normalized: expected a sum or product of symbols, got 'C+'",
        SYMBOLS,
    ),
    Case(
        "no rows",
        changed("14-final-norm", '["G", "C"]', '["T-T", "C"]'),
        ShapeError,
        "14-final-norm.toml: range ln_f_last: shape: expected at least one row and column, got [0, 15]",
        "mend the shape, or build with a larger --capacity",
    ),
    Case(
        "formulas for too few columns",
        changed("03-characters", '["max_bytes", "4"]', '["max_bytes", "5"]'),
        ShapeError,
        "03-characters.toml: range utf8_bytes: formulas: expected 5, one a column, got 4",
        "write one formula for each column, or a single `formula` for all",
    ),
    Case(
        "values for too few rows",
        changed(
            "16-sampling", 'input = "sampling_number"\ndefault = 1', "values = [[1, 2], [3, 4]]"
        ),
        ShapeError,
        "16-sampling.toml: range sampling_number: values: expected 1 rows of 1, got 2 rows of 2",
        "write a row for each row of the shape, with a value for each column",
    ),
    Case(
        "words for too few columns",
        changed("10-block-attention", 'columns = "tokens"', 'columns = ["a", "b"]'),
        ShapeError,
        "10-block-attention.toml: range h_0_attn_scores_0: columns: expected 26, one over each, got 2",
        'write a word for each column, or columns = "numbers"',
    ),
    Case(
        "a hole that no range fills",
        changed("14-final-norm", "{residual_{last}[i]}", "{residue[i]}"),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_mean: hole {residue[i]}: expected the name of a range, got 'residue'",
        NAMES,
    ),
    Case(
        "a hole with an unknown symbol",
        changed("14-final-norm", LAST_ROW, 'formula = "{ln_f[i+q,j]}"'),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_last: hole {ln_f[i+q, j]}: expected a symbol that the model has, got 'q'",
        "the symbols are C, D, G, H, L, N, S, T, V, i, j, max_bytes, n_classes, n_ends, n_inner, n_merges, n_positions, n_special, top",
    ),
    Case(
        "a row before the first",
        changed("14-final-norm", "{ln_f_normalized[i]}", "{ln_f_normalized[i-1]}"),
        ShapeError,
        "14-final-norm.toml: range ln_f, row 0: {ln_f_normalized[i-1]}: expected cells inside ln_f_normalized [N, C], got rows -1 to 0 and columns 0 to 15",
        "give the first or last row a formula of its own with `first` or `last`",
    ),
    Case(
        "a formula that gives another shape",
        changed("14-final-norm", "{ln_f_normalized[i]}*", "{ln_f_mean[i]}*0+{position}*"),
        ShapeError,
        "14-final-norm.toml: range ln_f, row 0: formula: expected a result of [1, 15], got [26, 15]",
        "mend the formula or the range's shape",
    ),
    Case(
        "ranges that don't fit each other",
        changed(
            "11-block-projection",
            "MMULT({h_{block}_attn_mix[i]},{h_{block}_attn_c_proj_weight})",
            "MMULT({h_{block}_attn_mix[i]},{wpe})",
        ),
        ShapeError,
        "11-block-projection.toml: range h_0_attn_c_proj, row 0: MMULT: expected as many columns on the left as rows on the right, got [1, 15] by [12, 15]",
        "check the shapes of both ranges, or TRANSPOSE one",
    ),
    Case(
        "operands that don't fit each other",
        changed("14-final-norm", "*{ln_f_weight}", "*{h_0_mlp_c_fc_bias}"),
        ShapeError,
        "14-final-norm.toml: range ln_f, row 0: operator *: expected equal sizes or one row, column or cell, got [1, 15] and [1, 60]",
        "check the shapes of the ranges on both sides",
    ),
    Case(
        "a function whose name is none",
        changed("14-final-norm", "VARP(", "VAR.P("),
        DialectError,
        "14-final-norm.toml: range ln_f_variance: formula: expected a number, text, function, operator or {hole}, got 'VAR.P({resid'",
        FORMULA,
    ),
    Case(
        "a hole that is not closed",
        changed("14-final-norm", "{ln_f_mean[i]}", "{ln_f_mean[i}"),
        DialectError,
        "14-final-norm.toml: range ln_f_normalized: formula: expected a number, text, function, operator or {hole}, got '{ln_f_mean[i}'",
        FORMULA,
    ),
    Case(
        "a formula that breaks off",
        changed("14-final-norm", LAST_ROW, 'formula = "1+"'),
        DialectError,
        "14-final-norm.toml: range ln_f_last: formula: expected a number, text, function, operator or {hole}, got 'the end'",
        FORMULA,
    ),
    Case(
        "a function that is not everywhere in cells",
        changed("14-final-norm", "VARP(", "STDEVP("),
        DialectError,
        "14-final-norm.toml: range ln_f_variance: formula: expected a function that every engine has in cells, got STDEVP",
        CELLS,
    ),
    Case(
        "a function that is not everywhere in arrays",
        changed("14-final-norm", "*{ln_f_weight}", "*LARGE({ln_f_weight},1)"),
        DialectError,
        "14-final-norm.toml: range ln_f: formula: expected a function that every engine has in array formulas, got LARGE",
        ARRAYS,
    ),
    Case(
        "two minus signs",
        changed("14-final-norm", LAST_ROW, 'formula = "SUM(--{ln_f[i]})"'),
        DialectError,
        "14-final-norm.toml: range ln_f_last: formula: expected a number, got the notation --x",
        "write x*1 or IF(x,1,0): one engine drops both signs",
    ),
    Case(
        "an exponent without its sign",
        changed("14-final-norm", LAST_ROW, 'formula = "1e9"'),
        DialectError,
        "14-final-norm.toml: range ln_f_last: formula: expected an exponent with its sign, got 1e9",
        "write 1E+9",
    ),
    Case(
        "a text that is too long for Excel",
        changed("14-final-norm", LAST_ROW, f"formula = '\"{'x' * 256}\"'"),
        DialectError,
        "14-final-norm.toml: range ln_f_last: formula: expected a text of at most 255 characters, got 256",
        "join shorter texts with &",
    ),
    Case(
        "a formula that is too long for a cell",
        changed(
            "14-final-norm",
            "{ln_f_normalized[i]}*{ln_f_weight}",
            "+".join(["{ln_f_normalized[i]}"] * 900),
        ),
        LimitError,
        "range ln_f on tab 'Final norm': expected a formula of at most 8,192 characters, got 9,038",
        "split the formula over two ranges",
    ),
    Case(
        "an array formula with a branch of one number, and no numbers over its columns",
        changed("14-final-norm", 'name = "ln_f"\n', 'name = "ln_f"\ncolumns = "none"\n'),
        ShapeError,
        "14-final-norm.toml: range ln_f, row 0: formula: expected [1, 15] values from both branches of IF, got one value from one of them",
        "write 0*{NAME} for it, with a range of that shape, or take columns out of the range: the numbers over its columns then fill the branch",
    ),
    Case(
        "a row's label on a tab without labels",
        changed("02-prompt", 'input = "prompt"', 'formula = "{row}"'),
        TemplateError,
        "02-prompt.toml: range prompt, row 0: {row}: expected a tab with labels, got one without",
        "add [[labels]] to the tab, or leave {row} out",
    ),
    Case(
        "the number over a column that has a text there",
        changed(
            "17-text",
            'name = "joined_bytes"',
            'name = "joined_bytes"\ncolumns = ["a", "b", "c", "d"]',
        ),
        TemplateError,
        "17-text.toml: range joined_bytes, row 0: {column}: expected numbers over the columns, got other labels",
        "leave out columns, or write `formulas`, one for each column",
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
        "09-block-norm-qkv.toml: range h_0_ln_1: formula: expected {h_0_ln_1_normalized[i]}, the row of its own, since h_0_ln_1_normalized has inline = true, got another part of it",
        "take inline out of the template of that range",
    ),
    Case(
        "weights below a range of another tab",
        changed("14-final-norm", 'below = "ln_f"', 'below = "wte"'),
        TemplateError,
        "14-final-norm.toml: range ln_f_weight: below: expected a range of this tab, got 'wte'",
        "name a range of the same tab that is not itself below another",
    ),
    Case(
        "columns of a range that is not there",
        changed("10-block-attention", 'view = "h_{block}_attn_mix"', 'view = "mix"'),
        UnknownNameError,
        "10-block-attention.toml: range h_0_attn_mix_0: view: expected the name of a range, got 'mix'",
        "name a range that has cells of its own",
    ),
    Case(
        "columns beyond a range",
        changed("10-block-attention", 'first_column = "{head}*D"', 'first_column = "C"'),
        TemplateError,
        "10-block-attention.toml: range h_0_attn_mix_0: expected columns inside h_0_attn_mix, got FY10:GC35",
        "mend shape or first_column",
    ),
    Case(
        "a tensor that the model lacks",
        changed("14-final-norm", 'tensor = "ln_f.weight"', 'tensor = "ln_f.gain"', built=True),
        UnknownNameError,
        "14-final-norm.toml: range ln_f_weight: tensor: expected one that model has, got 'ln_f.gain'",
        "it has wte.weight, wpe.weight, h.0.ln_1.weight, h.0.ln_1.bias and so on",
    ),
    Case(
        "a tensor of another shape",
        changed("14-final-norm", 'tensor = "ln_f.weight"', 'tensor = "wte.weight"', built=True),
        ShapeError,
        "14-final-norm.toml: range ln_f_weight: shape: expected [301, 15] as the tensor, got [1, 15]",
        "mend the shape in the template",
    ),
    Case(
        "a table that does not exist",
        changed("18-vocabulary", 'table = "vocabulary"', 'table = "words"', built=True),
        UnknownNameError,
        "18-vocabulary.toml: range vocabulary: table: expected the name of one that the checkpoint gives, got 'words'",
        TABLE_NAMES,
    ),
    Case(
        "numbers up to an unknown symbol",
        changed("07-tokens", 'whole_numbers = "V"', 'whole_numbers = "VV"', built=True),
        UnknownNameError,
        "07-tokens.toml: range token_ids: expected a symbol that the model has, got 'VV'",
        "the symbols are C, D, G, H, L, N, S, T, V, max_bytes, n_classes, n_ends, n_inner, n_merges, n_positions, n_special, top",
    ),
    Case(
        "labels of a range that is not there",
        changed("14-final-norm", 'range = "position"', 'range = "place"', built=True),
        UnknownNameError,
        "14-final-norm.toml: labels: expected the name of a range, got 'place'",
        NAMES,
    ),
    Case(
        "labels of a table that does not exist",
        changed(
            "16-sampling", 'table = "vocabulary_labels", width = 16', 'table = "words"', built=True
        ),
        UnknownNameError,
        "16-sampling.toml: labels: table: expected the name of one that the checkpoint gives, got 'words'",
        TABLE_NAMES,
    ),
    Case(
        "a chart of a range that is not there",
        changed("16-sampling", 'values = "shown_top_before"', 'values = "shown"', built=True),
        UnknownNameError,
        "16-sampling.toml: chart 'The likeliest tokens, before and after the cuts': expected the name of a range, got 'shown'",
        NAMES,
    ),
]
