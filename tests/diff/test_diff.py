"""diff reports every edit of a workbook in a line that names it, and nothing else."""

import json
import re

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tests.random_models import write_random_model
from tests.sabotage import replaced, sabotaged, substituted, with_value
from tests.small_workbooks import write_cells
from xlgpt2.cells.address import Area
from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.designs.model_workbook import design
from xlgpt2.diff import as_json, diff, lines
from xlgpt2.errors import WorkbookError
from xlgpt2.writer.writer import Writing

pytestmark = pytest.mark.slow

SAME = "same contents, different bytes: formatting, cached values or the writer"
PROMPT = "the cat"
WITH_ADDRESSES, COMPACT = Writing(1, cell_addresses=True), Writing(1, cell_addresses=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of one block."""
    folder = tmp_path_factory.mktemp("diff") / "m"
    return write_random_model(folder, n_layer=1, n_head=2, head_size=3, vocab_size=270)


def built(model, path, writing=WITH_ADDRESSES, **options):
    """A small workbook of a model."""
    settings = {"capacity": 5, "max_bytes": 12, "new_tokens": 2, **options}
    return build(design(model, **settings), path, PROMPT, writing=writing).path


@pytest.fixture(scope="module")
def book(model, tmp_path_factory):
    """The workbook to edit."""
    return built(model, tmp_path_factory.mktemp("diff") / "old.xlsx")


def reported(difference):
    """The lines below the summary, or the summary if there are none."""
    summary, *rest = lines(difference, everything=True).split("\n")
    return rest[1:] if rest else [summary.removeprefix(f"{difference.old} -> {difference.new}: ")]


def assert_reported(difference, expected):
    """The lines are exactly the expected ones, in which ... stands for anything."""
    got = reported(difference)
    assert len(got) == len(expected), "\n".join(got)
    for line, template in zip(got, expected, strict=True):
        filled = template.replace("OLD", str(difference.old)).replace("NEW", str(difference.new))
        pattern = ".*".join(map(re.escape, filled.split("...")))
        assert re.fullmatch(pattern, line), f"{line}\nis not like\n{filled}"


# Edits: functions that write a changed copy of a workbook.


def in_xml(tab, change):
    """An edit of the XML of a tab, or of the names ("")."""
    return lambda book, target: sabotaged(book, target, tab, change)


def with_openpyxl(change):
    """An edit with openpyxl, which rewrites the whole file."""

    def edit(book, target):
        workbook = openpyxl.load_workbook(book)
        change(workbook)
        workbook.save(target)
        return target

    return edit


def with_input(name, value, i=0, j=0, kind=None):
    """An edit that enters a value in a cell of a named range; of kind "s" it is always a text."""

    def change(workbook):
        area = Area.parse(workbook.defined_names[name].attr_text)
        cell = workbook[area.sheet].cell(area.row + i, area.column + j)
        cell.value = value
        cell.data_type = kind or cell.data_type

    return with_openpyxl(change)


def with_cell(tab, address, value):
    """An edit that enters a value in a cell."""

    def change(workbook):
        workbook[tab][address] = value

    return with_openpyxl(change)


def renamed(workbook_xml):
    """Rename the tab Final norm, in its entry and in its named ranges."""
    xml_text = workbook_xml.replace('name="Final norm"', 'name="Last norm"')
    return xml_text.replace("'Final norm'!", "'Last norm'!")


def repointed(address):
    """An edit that gives the range h_0_attn_residual other cells."""
    return in_xml("", replaced("'h0 projection'!$K$7:$P$12", address))


def with_other_looks(workbook):
    """Change formatting and a data validation."""
    workbook["Prompt"]["B5"].fill = PatternFill("solid", start_color="FF0000")
    workbook["Logits"].column_dimensions["D"].width = 77
    workbook["Prompt"].add_data_validation(DataValidation("whole", formula1="0", sqref="G9"))


OTHER = "texts and other constants"

# what is edited, the edit, the lines that report it: ... is anything, OLD and NEW are the files
EDITS = [
    ("another prompt", with_input("prompt", "Hello"), ["Prompt: prompt: 'the cat' -> 'Hello'"]),
    ("another control", with_input("seed", 5), ["Prompt: seed: 1 -> 5"]),
    ("another hyperparameter", with_input("layer_norm_epsilon", 1e-6),
     ["Guide: layer_norm_epsilon: 1e-05 -> 1e-06"]),
    ("another provenance", with_input("xlgpt2_version", "9.9"), ["Guide: xlgpt2_version: '...' -> '9.9'"]),
    ("a text that looks like the number", with_input("n_layer", "1", kind="s"), ["Guide: n_layer: 1 -> '1'"]),
    ("one weight", with_input("wte", 9, 3, 2),
     ["Embeddings: wte: 1 of 1,620 numbers differs, by 9.03 in F20: -0.025706932 -> 9"]),
    ("a constant in every formula of a range", in_xml("h0 mlp up", replaced("0.044715", "0.044714")),
     ["h0 mlp up: h_0_mlp_gelu: 6 of 6 formulas differ, first in AC7",
      "    - {=IF(Tokens!$J7=1,0.5*...0.044715*...", "    + {=IF(Tokens!$J7=1,0.5*...0.044714*..."]),
    ("an extra function in one formula", in_xml("h0 mlp down", replaced("MMULT(", "SQRT(-1)+MMULT(", 1)),
     ["h0 mlp down: h_0_mlp_c_proj: 1 of 6 formulas differs, first in D7",
      "    - {=IF(Tokens!$J7=1,MMULT(...", "    + {=IF(Tokens!$J7=1,SQRT(-1)+MMULT(..."]),
    ("a reference off by one row", in_xml("h0 projection", replaced(">Embeddings!$R9:$W9+", ">Embeddings!$R8:$W8+")),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K9",
      "    - {=Embeddings!$R9:$W9+$D9:$I9}", "    + {=Embeddings!$R8:$W8+$D9:$I9}"]),
    ("another range's name", in_xml("h0 projection", replaced("+h_0_attn_c_proj_bias", "+ln_f_bias", 1)),
     ["h0 projection: h_0_attn_c_proj: 1 of 6 formulas differs, first in D7",
      "    - {...+h_0_attn_c_proj_bias,...)}", "    + {...+ln_f_bias,...)}"]),
    ("a missing dollar sign", in_xml("Ranking", replaced("$D$7:$D$276,$A8", "$D$7:$D276,$A8", 1)),
     ["Ranking: top_logits: 1 of 10 formulas differs, first in C8", "    - ...$D$276...", "    + ...$D276..."]),
    ("an array formula made a plain one", in_xml("Ranking", replaced('<f t="array" ref="E7">', "<f>")),
     ["Ranking: top_ids: 1 of 10 formulas differs, first in E7", "    - {=...}", "    + =..."]),
    ("an array formula over fewer cells", in_xml("h0 projection", replaced('ref="K7:P7"', 'ref="K7:O7"')),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K7",
      "    = {=Embeddings!$R7:$W7+$D7:$I7}, which now refers to or fills other cells",
      "h0 projection: h_0_attn_residual: 1 cell now empty, first in P7: {=Embeddings!..."]),
    ("a value pasted over a formula", in_xml("h0 qkv", with_value("AD9", "0.125")),
     ["h0 qkv: h_0_ln_1_mean: 1 cell with a constant instead of a formula, first in AD9: =IF(... -> 0.125"]),
    ("a formula in place of a weight", with_input("ln_f_bias", "=1+1", 0, 4),
     ["Final norm: ln_f_bias: 1 cell with a formula instead of a constant, first in Z21: 0.33651406 -> =1+1"]),
    ("a weight deleted", with_input("ln_f_bias", None, 0, 3),
     ["Final norm: ln_f_bias: 1 cell now empty, first in Y21: ..."]),
    ("a formula deleted", with_input("loss", None), ["Score: loss: 1 cell now empty, first in V7: =..."]),
    ("an error in place of a weight", with_input("wpe", "#N/A"),
     ["Embeddings: wpe: the constant in K17 differs: 0.43221593 -> #N/A"]),
    ("another token of the vocabulary", with_input("vocabulary", "zzz", 5),
     [f"Vocabulary: vocabulary: 1 of 270 {OTHER} differs, first in E12: '&' -> 'zzz'"]),
    ("another sentence for the reader", with_cell("Logits", "D3", "My own words."),
     [f"Logits: outside the ranges: 1 of ... {OTHER} differs, first in D3: ... -> 'My own words.'"]),
    ("a note beside the cells", with_cell("Logits", "AZ3", "A note."),
     ["Logits: outside the ranges: 1 cell previously empty, first in AZ3: 'A note.'"]),
    ("a heading moved", with_openpyxl(lambda book: book["Score"].move_range("D5", rows=-3, cols=2)),
     ["Score: outside the ranges: 1 cell whose text moved, first in D5 -> F2: 'score_state'"]),
    ("two headings swapped", with_openpyxl(lambda book: swap_cells(book["Score"], "D5", "F5")),
     ["Score: outside the ranges: 2 cells whose text moved, first in D5 -> F5: 'score_state'"]),
    ("a tab renamed, but not in formulas", in_xml("", renamed),
     ["tab renamed: Final norm -> Last norm",
      "Logits: logits: 2 of 2 formulas differ, first in D7", "    = {...'Final norm'!...}, which now refers to or fills other cells",
      "Score: score_max: 4 of 5 formulas differ, first in H8", "    = ...",
      "Score: score_log_sum: 4 of 5 formulas differ, first in J8", "    = ...",
      "Score: score_logit: 4 of 5 formulas differ, first in L8", "    = ...",
      "After each block: lens_norm: 12 of 12 formulas differ, first in BA8", "    = ..."]),
    ("a tab added", with_openpyxl(lambda book: book.create_sheet("Notes")), ["tab only in NEW: Notes"]),
    ("tabs in another order", with_openpyxl(lambda book: book.move_sheet("Score", 1)),
     ["tabs reordered: Text is where Score was"]),
    ("a name moved off its cells", repointed("'h0 projection'!$K$8:$P$13"),
     ["h0 projection: h_0_attn_residual: the name moved, K7:P12 -> K8:P13, but its cells did not"]),
    ("a name that lost a row", repointed("'h0 projection'!$K$7:$P$11"),
     ["h0 projection: h_0_attn_residual: the name moved, K7:P12 -> K7:P11, but its cells did not"]),
    ("a name on another tab", repointed("'h0 mlp up'!$K$7:$P$12"),
     ["h0 projection: h_0_attn_residual: the name moved, 'h0 projection'!$K$7:$P$12 -> 'h0 mlp up'!$K$7:$P$12, but its cells did not"]),
    ("a name deleted", in_xml("", substituted(r'<definedName name="h_0_mlp_c_proj"[^>]*>[^<]*</definedName>', "")),
     ["h0 mlp down: 1 range only in OLD: h_0_mlp_c_proj"]),
    ("a range renamed", in_xml("", replaced('name="h_0_mlp_c_proj"', 'name="mine"')),
     ["h0 mlp down: 1 range only in OLD: h_0_mlp_c_proj", "h0 mlp down: 1 range only in NEW: mine"]),
    ("a name for a whole tab", in_xml("", replaced("<definedNames>", '<definedNames><definedName name="mine">Logits!$A$1:$Z$999</definedName>')),
     ["Logits: 1 range only in NEW: mine"]),
    ("a name for a number", in_xml("", replaced("<definedNames>", '<definedNames><definedName name="mine">3.5</definedName>')),
     ["name mine: nothing -> 3.5"]),
    ("a name local to one tab", in_xml("", replaced("<definedNames>", '<definedNames><definedName name="wte" localSheetId="0">Guide!$A$1</definedName>')),
     ["name Guide!wte: nothing -> Guide!$A$1"]),
    ("precision as displayed", in_xml("", replaced('<calcPr ', '<calcPr fullPrecision="0" ')),
     ["calculation setting fullPrecision: full precision -> precision as displayed, which ..."]),
    ("a tab that computes as Lotus 1-2-3", in_xml("Score", replaced("<sheetPr>", '<sheetPr transitionEvaluation="1">')),
     ["Score: calculation setting transitionEvaluation: Excel's formula evaluation -> ..."]),
    ("R1C1 notation, iteration and manual calculation", in_xml("", replaced('<calcPr ', '<calcPr refMode="R1C1" iterate="1" iterateCount="7" calcMode="manual" ')), [SAME]),
    ("a function without its prefix", in_xml("Words", replaced("_xlfn.UNICHAR", "UNICHAR", 1)),
     ["Words: word_label: 1 of 12 formulas differs, first in C7", "    - =...", "    + =..."]),
    ("an array formula made dynamic", in_xml("h0 projection", replaced('<c r="K7"', '<c r="K7" cm="1"')),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K7", "    - {=...}", "    + {=...} (dynamic)"]),
    ("formatting and data validation", with_openpyxl(with_other_looks), [SAME]),
    ("wrong cached values", in_xml("h0 mlp up", replaced("</f>", "</f><v>0.5</v>")), [SAME]),
    ("formulas in another notation", in_xml("h0 mlp up", replaced("0.5*$D7:$AA7*(1+TANH(", " .50 * $D7:$AA7*(1.0+tanh (")), [SAME]),
]  # fmt: skip


def swap_cells(sheet, a, b):
    sheet[a].value, sheet[b].value = sheet[b].value, sheet[a].value


#: How many edits are also compared with the workbooks swapped.
SWAPPED = 12


@pytest.mark.sample(23)
@pytest.mark.parametrize(("what", "edit", "expected"), EDITS, ids=[row[0] for row in EDITS])
def test_only_the_edit_is_reported(book, tmp_path, samples, what, edit, expected):
    """The lines are those expected; with the workbooks swapped the same cells differ."""
    new = edit(book, tmp_path / "edited.xlsx")
    forward = diff(book, new)
    assert_reported(forward, expected)
    assert forward.same == (expected == [SAME]), what
    if what in [row[0] for row in samples.of(EDITS, SWAPPED)]:
        reverse = diff(new, book)
        assert forward.same == reverse.same
        assert {(d.range, d.count) for d in forward.cells} == {
            (d.range, d.count) for d in reverse.cells
        }
        assert {d.name for d in forward.names} == {d.name for d in reverse.names}


def test_a_copy_is_the_same(book, tmp_path):
    """A file equals a copy of it under another name."""
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(book.read_bytes())
    assert reported(diff(book, copy)) == ["same: identical byte for byte"]


def test_a_workbook_without_addresses_is_the_same(book, model, tmp_path):
    """Weights bulk-read as blocks equal weights read cell by cell."""
    assert reported(diff(book, built(model, tmp_path / "a.xlsx", writing=COMPACT))) == [SAME]


def test_a_weight_in_a_block_is_found(book, model, tmp_path):
    """It is reported in the same line as in a workbook with addresses."""
    compact = built(model, tmp_path / "a.xlsx", writing=COMPACT)
    change = replaced("<v>-0.025706932</v>", "<v>9</v>")
    new = sabotaged(compact, tmp_path / "b.xlsx", "Embeddings", change)
    line = "Embeddings: wte: 1 of 1,620 numbers differs, by 9.03 in F20: -0.025706932 -> 9"
    assert reported(diff(book, new)) == reported(diff(compact, new)) == [line]


def test_fewer_digits_are_reported_by_tensor(book, model, tmp_path):
    """Fewer digits change all tensors and the cells that name the precision, but no formula."""
    plan = design(model, capacity=5, max_bytes=12, new_tokens=2).plan
    tensors = {name for name, placed in plan.places.items() if placed.range.role == "weight"}
    difference = diff(book, built(model, tmp_path / "a.xlsx", precision=Precision(digits=3)))
    assert "Guide: weight_digits: 'shortest' -> 3" in reported(difference)
    assert tensors == {d.range for d in difference.cells if d.tab not in ("Guide", "Check")}
    assert {d.change.name for d in difference.cells} <= {"NUMBERS", "CONSTANTS"}
    assert not difference.names
    assert not difference.tabs


def test_another_capacity_is_reported_briefly(book, model, tmp_path):
    """Sizes and moves are reported once, and filled-down formulas are the same."""
    difference = diff(book, built(model, tmp_path / "a.xlsx", capacity=7))
    text = "\n".join(reported(difference))
    assert " ranges resized, [6, 6] -> [8, 6]: token_embedding, " in text
    assert " ranges moved with their cells: wte D17:I286 -> D19:I288, " in text
    # Their texts contain the number of tokens.
    formulas = {d.range for d in difference.cells if d.change.name == "FORMULAS"}
    assert formulas == {"prompt_message", "found_ids", "followed_token"}
    assert not any(
        d.range.startswith(("h_", "residual_", "wte", "logit")) for d in difference.cells
    )


def test_long_lists_are_cut(book, model, tmp_path, monkeypatch):
    """Unless everything is requested; the last line says how many differences are left out."""
    monkeypatch.setattr("xlgpt2.diff.listing._MOST", 5)
    difference = diff(book, built(model, tmp_path / "a.xlsx", precision=Precision("int8")))
    short, whole = (lines(difference, everything).split("\n") for everything in (False, True))
    entries = [line for line in whole[2:] if not line.startswith("    ")]
    assert [line[:20] for line in short[2:-1]] == [line[:20] for line in entries[:5]]
    left_out = len(entries) - 5
    assert (
        short[-1] == f"... and {left_out} more differences; --all lists them, and formulas in full"
    )


# what was edited on a sheet, its cells and names before and after, the lines that report it
SHEETS = [
    ("rows inserted above",
     {"s!A1": "title", "s!B3": 1, "s!B4": 2, "s!C3": "=B3*2", "s!C4": "=B4*2", "t!A1": "=SUM(s!$B$3:$B$4)"},
     {"x": "s!B3:B4", "y": "s!C3:C4"},
     {"s!A3": "title", "s!B5": 1, "s!B6": 2, "s!C5": "=B5*2", "s!C6": "=B6*2", "t!A1": "=SUM(s!$B$5:$B$6)"},
     {"x": "s!B5:B6", "y": "s!C5:C6"},
     ["2 ranges moved with their cells: x B3:B4 -> B5:B6, y C3:C4 -> C5:C6"]),
    ("a formula that stayed behind",
     {"s!B3": 1, "s!B4": 2, "t!A1": "=SUM(s!$B$3:$B$4)"}, {"x": "s!B3:B4"},
     {"s!B5": 1, "s!B6": 2, "t!A1": "=SUM(s!$B$3:$B$4)"}, {"x": "s!B5:B6"},
     ["1 range moved with its cells: x B3:B4 -> B5:B6",
      "t: outside the ranges: the formula in A1 differs",
      "    = =SUM(s!$B$3:$B$4), which now refers to or fills other cells"]),
    ("a longer range, and a formula over the whole range",
     {"s!B3": 1, "s!B4": 2, "t!A1": "=SUM(s!$B$3:$B$4)", "t!A2": "=s!$B$4"}, {"x": "s!B3:B4"},
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "t!A1": "=SUM(s!$B$3:$B$5)", "t!A2": "=s!$B$5"}, {"x": "s!B3:B5"},
     ["1 range resized, [2, 1] -> [3, 1]: x"]),
    ("a longer range, and a formula over part of it",
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "t!A1": "=SUM(s!$B$3:$B$4)"}, {"x": "s!B3:B5"},
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "s!B6": 4, "t!A1": "=SUM(s!$B$3:$B$5)"}, {"x": "s!B3:B6"},
     ["1 range resized, [3, 1] -> [4, 1]: x",
      "t: outside the ranges: the formula in A1 differs", "    - =SUM(s!$B$3:$B$4)", "    + =SUM(s!$B$3:$B$5)"]),
    ("a tab renamed, also in formulas",
     {"s!B3": 1, "s!B4": "=B3", "t!A1": "=s!B3"}, {"x": "s!B3"},
     {"mine!B3": 1, "mine!B4": "=B3", "t!A1": "=mine!B3"}, {"x": "mine!B3"},
     ["tab renamed: s -> mine"]),
    ("a name in a text, in a longer name and in a function",
     {"s!A1": 1, "s!A2": '="B2"&LOG10(1)'}, {"x": "s!A1"},
     {"s!A1": 1, "s!A2": '="B3"&LOG10(1)'}, {"x": "s!A1"},
     ["s: outside the ranges: the formula in A2 differs", '    - ="B2"&LOG10(1)', '    + ="B3"&LOG10(1)']),
]  # fmt: skip


@pytest.mark.parametrize(("what", "cells", "names", "new_cells", "new_names", "expected"), SHEETS, ids=[row[0] for row in SHEETS])  # fmt: skip
def test_cells_move_with_their_ranges(tmp_path, what, cells, names, new_cells, new_names, expected):
    """References are the same if they lead to the same position in the same range."""
    old = write_cells(tmp_path / "old.xlsx", cells, names)
    new = write_cells(tmp_path / "new.xlsx", new_cells, new_names)
    assert_reported(diff(old, new), expected)


def test_json_says_what_the_lines_say(book, tmp_path):
    """Formulas are under their own key, so that no text can be taken for one."""
    new = with_cell("Logits", "D3", "=1")(book, tmp_path / "b.xlsx")
    new = with_input("wte", 9)(new, tmp_path / "c.xlsx")
    difference = json.loads(json.dumps(as_json(diff(book, new))))
    assert list(difference) == [
        "old",
        "new",
        "same",
        "same_bytes",
        "tabs",
        "names",
        "cells",
        "settings",
    ]
    weight, words = difference["cells"]
    assert (weight["change"], weight["range"], weight["count"], weight["compared"]) == (
        "numbers",
        "wte",
        1,
        1620,
    )
    assert weight["largest"]["difference"] == abs(9 - weight["first"]["old"])
    assert words["first"]["new"] == {"formula": "=1", "array": False, "cells": "D3"}
    assert (words["change"], words["range"], words["first"]["old_cell"]) == ("computed", None, "D3")


def test_folders_are_compared_workbook_by_workbook(model, tmp_path):
    """Workbooks are matched by part; those that only one folder has are named."""
    for name, prompt in (("a", PROMPT), ("b", "Hello")):
        build_split(design(model, 5, 12, split=True), tmp_path / name, prompt)
    difference = diff(tmp_path / "a", tmp_path / "b")
    assert [book.same_bytes for book in difference.workbooks] == [False, True, True]
    text = lines(difference, everything=False)
    assert text.startswith(
        f"{tmp_path / 'a'} -> {tmp_path / 'b'}: 1 of 3 workbooks in both differ\n"
    )
    assert text.endswith("Prompt: prompt: 'the cat' -> 'Hello'")
    assert not as_json(difference)["same"]


def test_a_folder_and_a_file_are_refused(book, tmp_path):
    with pytest.raises(WorkbookError, match="expected two files or two folders, got folder"):
        diff(tmp_path, book)
