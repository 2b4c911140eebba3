"""diff: every edit of a workbook is told in a line that names it, and nothing else is."""

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

SAME = "same contents, other bytes: formatting, cached results or the writer"
PROMPT = "the cat"
IN_FULL, COMPACT = Writing(1, cell_addresses=True), Writing(1, cell_addresses=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of one block."""
    folder = tmp_path_factory.mktemp("diff") / "m"
    return write_random_model(folder, n_layer=1, n_head=2, head_size=3, vocab_size=270)


def built(model, path, writing=IN_FULL, **options):
    """A small workbook of it."""
    wanted = {"capacity": 5, "max_bytes": 12, "new_tokens": 2, **options}
    return build(design(model, **wanted), path, PROMPT, writing=writing).path


@pytest.fixture(scope="module")
def book(model, tmp_path_factory):
    """The workbook that is edited."""
    return built(model, tmp_path_factory.mktemp("diff") / "old.xlsx")


def told(found):
    """The lines below the summary, or the summary where there are none."""
    summary, *rest = lines(found, everything=True).split("\n")
    return rest[1:] if rest else [summary.removeprefix(f"{found.old} -> {found.new}: ")]


def assert_told(found, expected):
    """The lines are those expected, in which ... stands for anything, and no others."""
    got = told(found)
    assert len(got) == len(expected), "\n".join(got)
    for line, words in zip(got, expected, strict=True):
        named = words.replace("OLD", str(found.old)).replace("NEW", str(found.new))
        pattern = ".*".join(map(re.escape, named.split("...")))
        assert re.fullmatch(pattern, line), f"{line}\nis not like\n{named}"


# Edits: functions that write a changed copy of a workbook.


def xml(tab, change):
    """A change to the XML of a tab, or of the names ("")."""
    return lambda book, target: sabotaged(book, target, tab, change)


def by_hand(change):
    """A change that openpyxl makes, as a program that saves the whole file anew."""

    def edit(book, target):
        workbook = openpyxl.load_workbook(book)
        change(workbook)
        workbook.save(target)
        return target

    return edit


def typed(name, value, i=0, j=0, kind=None):
    """A value typed into a cell of a named range; of kind "s" it is a text, whatever it looks like."""

    def change(workbook):
        area = Area.parse(workbook.defined_names[name].attr_text)
        cell = workbook[area.sheet].cell(area.row + i, area.column + j)
        cell.value = value
        cell.data_type = kind or cell.data_type

    return by_hand(change)


def typed_at(tab, address, value):
    """A value typed into a cell."""

    def change(workbook):
        workbook[tab][address] = value

    return by_hand(change)


def renamed(workbook_xml):
    """The tab Final norm under another name, in its entry and in the names of its ranges."""
    xml_text = workbook_xml.replace('name="Final norm"', 'name="Last norm"')
    return xml_text.replace("'Final norm'!", "'Last norm'!")


def repointed(address):
    """The range h_0_attn_residual with other cells."""
    return xml("", replaced("'h0 projection'!$K$10:$P$15", address))


def coloured(workbook):
    """Looks, and a rule for typing."""
    workbook["Prompt"]["B8"].fill = PatternFill("solid", start_color="FF0000")
    workbook["Logits"].column_dimensions["D"].width = 77
    workbook["Prompt"].add_data_validation(DataValidation("whole", formula1="0", sqref="F13"))


OTHER = "texts and other constants"

# a sentence, the edit, the lines that tell it: ... stands for anything, OLD and NEW for the files
EDITS = [
    ("another prompt", typed("prompt", "Hello"), ["Prompt: prompt: 'the cat' -> 'Hello'"]),
    ("another control", typed("seed", 5), ["Prompt: seed: 1 -> 5"]),
    ("another size of the model", typed("layer_norm_epsilon", 1e-6),
     ["Guide: layer_norm_epsilon: 1e-05 -> 1e-06"]),
    ("another provenance", typed("xlgpt2_version", "9.9"), ["Guide: xlgpt2_version: '...' -> '9.9'"]),
    ("a text that looks like the number", typed("n_layer", "1", kind="s"), ["Guide: n_layer: 1 -> '1'"]),
    ("one weight", typed("wte", 9, 3, 2),
     ["Embeddings: wte: 1 of 1,620 numbers differs, by 9.03 in F23: -0.025706932 -> 9"]),
    ("a constant in every formula of a range", xml("h0 mlp up", replaced("0.044715", "0.044714")),
     ["h0 mlp up: h_0_mlp_gelu: 6 of 6 formulas differ, first in AU10",
      "    - {=IF(Tokens!$J10=1,0.5*...0.044715*...", "    + {=IF(Tokens!$J10=1,0.5*...0.044714*..."]),
    ("a function more in one formula", xml("h0 mlp down", replaced("MMULT(", "SQRT(-1)+MMULT(", 1)),
     ["h0 mlp down: h_0_mlp_c_proj: 1 of 6 formulas differs, first in D10",
      "    - {=IF(Tokens!$J10=1,MMULT(...", "    + {=IF(Tokens!$J10=1,SQRT(-1)+MMULT(..."]),
    ("a reference a row off", xml("h0 projection", replaced(">Embeddings!$R12:$W12+", ">Embeddings!$R11:$W11+")),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K12",
      "    - {=Embeddings!$R12:$W12+$D12:$I12}", "    + {=Embeddings!$R11:$W11+$D12:$I12}"]),
    ("another range's name", xml("h0 projection", replaced("+h_0_attn_c_proj_bias", "+ln_f_bias", 1)),
     ["h0 projection: h_0_attn_c_proj: 1 of 6 formulas differs, first in D10",
      "    - {...+h_0_attn_c_proj_bias,...)}", "    + {...+ln_f_bias,...)}"]),
    ("a dollar sign less", xml("Ranking", replaced("$D$10:$D$279,$A11", "$D$10:$D279,$A11", 1)),
     ["Ranking: top_logits: 1 of 10 formulas differs, first in C11", "    - ...$D$279...", "    + ...$D279..."]),
    ("an array formula that is a plain one", xml("Ranking", replaced('<f t="array" ref="E10">', "<f>")),
     ["Ranking: top_ids: 1 of 10 formulas differs, first in E10", "    - {=...}", "    + =..."]),
    ("an array formula over fewer cells", xml("h0 projection", replaced('ref="K10:P10"', 'ref="K10:O10"')),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K10",
      "    = {=Embeddings!$R10:$W10+$D10:$I10}, which means or fills other cells now",
      "h0 projection: h_0_attn_residual: 1 cell empty now, first in P10: {=Embeddings!..."]),
    ("a value pasted over a formula", xml("h0 qkv", with_value("K12", "0.125")),
     ["h0 qkv: h_0_ln_1_mean: 1 cell with a constant in place of a formula, first in K12: =IF(... -> 0.125"]),
    ("a formula typed over a weight", typed("ln_f_bias", "=1+1", 0, 4),
     ["Final norm: ln_f_bias: 1 cell with a formula in place of a constant, first in S24: 0.33651406 -> =1+1"]),
    ("a weight deleted", typed("ln_f_bias", None, 0, 3),
     ["Final norm: ln_f_bias: 1 cell empty now, first in R24: ..."]),
    ("a formula deleted", typed("loss", None), ["Score: loss: 1 cell empty now, first in V10: =..."]),
    ("an error typed over a weight", typed("wpe", "#N/A"),
     ["Embeddings: wpe: the constant in K20 differs: 0.43221593 -> #N/A"]),
    ("another token of the vocabulary", typed("vocabulary", "zzz", 5),
     [f"Vocabulary: vocabulary: 1 of 270 {OTHER} differs, first in E15: '&' -> 'zzz'"]),
    ("another sentence for the reader", typed_at("Logits", "A3", "My own words."),
     [f"Logits: outside the ranges: 1 of ... {OTHER} differs, first in A3: ... -> 'My own words.'"]),
    ("a note beside the cells", typed_at("Logits", "AZ3", "A note."),
     ["Logits: outside the ranges: 1 cell empty before, first in AZ3: 'A note.'"]),
    ("a heading moved", by_hand(lambda book: book["Score"].move_range("D8", rows=-2)),
     ["Score: outside the ranges: 1 cell whose text stands elsewhere now, first in D8 -> D6: 'score_state'"]),
    ("two headings that changed places", by_hand(lambda book: swap(book["Score"], "D8", "F8")),
     ["Score: outside the ranges: 2 cells whose text stands elsewhere now, first in D8 -> F8: 'score_state'"]),
    ("a tab renamed, and not in formulas", xml("", renamed),
     ["tab renamed: Final norm -> Last norm",
      "Logits: logits: 2 of 2 formulas differ, first in D10", "    = {...'Final norm'!...}, which means or fills other cells now",
      "Score: score_max: 4 of 5 formulas differ, first in H11", "    = ...",
      "Score: score_log_sum: 4 of 5 formulas differ, first in J11", "    = ...",
      "Score: score_logit: 4 of 5 formulas differ, first in L11", "    = ..."]),
    ("a tab added", by_hand(lambda book: book.create_sheet("Notes")), ["tab only in NEW: Notes"]),
    ("tabs in another order", by_hand(lambda book: book.move_sheet("Score", 1)),
     ["tabs in another order: Text stands where Score was"]),
    ("a name moved off its cells", repointed("'h0 projection'!$K$11:$P$16"),
     ["h0 projection: h_0_attn_residual: the name moved, K10:P15 -> K11:P16, its cells did not"]),
    ("a name that lost a row", repointed("'h0 projection'!$K$10:$P$14"),
     ["h0 projection: h_0_attn_residual: the name moved, K10:P15 -> K10:P14, its cells did not"]),
    ("a name on another tab", repointed("'h0 mlp up'!$K$10:$P$15"),
     ["h0 projection: h_0_attn_residual: the name moved, "
      "'h0 projection'!$K$10:$P$15 -> 'h0 mlp up'!$K$10:$P$15, its cells did not"]),
    ("a name deleted", xml("", substituted(r'<definedName name="h_0_mlp_c_proj"[^>]*>[^<]*</definedName>', "")),
     ["h0 mlp down: 1 range only in OLD: h_0_mlp_c_proj"]),
    ("a name changed", xml("", replaced('name="h_0_mlp_c_proj"', 'name="mine"')),
     ["h0 mlp down: 1 range only in OLD: h_0_mlp_c_proj", "h0 mlp down: 1 range only in NEW: mine"]),
    ("a name for all of a tab", xml("", replaced("<definedNames>", '<definedNames><definedName name="mine">Logits!$A$1:$Z$999</definedName>')),
     ["Logits: 1 range only in NEW: mine"]),
    ("a name for a number", xml("", replaced("<definedNames>", '<definedNames><definedName name="mine">3.5</definedName>')),
     ["name mine: nothing -> 3.5"]),
    ("a name of one tab alone", xml("", replaced("<definedNames>", '<definedNames><definedName name="wte" localSheetId="0">Guide!$A$1</definedName>')),
     ["name Guide!wte: nothing -> Guide!$A$1"]),
    ("precision as displayed", xml("", replaced('<calcPr ', '<calcPr fullPrecision="0" ')),
     ["calculation setting fullPrecision: full precision -> precision as displayed, which ..."]),
    ("a tab that computes as Lotus did", xml("Score", replaced("<sheetPr>", '<sheetPr transitionEvaluation="1">')),
     ["Score: calculation setting transitionEvaluation: formulas computed as usual -> ..."]),
    ("other notation, circles and dates", xml("", replaced('<calcPr ', '<calcPr refMode="R1C1" iterate="1" iterateCount="7" calcMode="manual" ')), [SAME]),
    ("a function without its prefix", xml("Words", replaced("_xlfn.UNICHAR", "UNICHAR", 1)),
     ["Words: word_label: 1 of 12 formulas differs, first in C10", "    - =...", "    + =..."]),
    ("an array formula that is dynamic now", xml("h0 projection", replaced('<c r="K10"', '<c r="K10" cm="1"')),
     ["h0 projection: h_0_attn_residual: 1 of 6 formulas differs, first in K10", "    - {=...}", "    + {=...} (dynamic)"]),
    ("looks", by_hand(coloured), [SAME]),
    ("false results of formulas", xml("h0 mlp up", replaced("</f>", "</f><v>0.5</v>")), [SAME]),
    ("formulas written otherwise", xml("h0 mlp up", replaced("0.5*$V10:$AS10*(1+TANH(", " .50 * $V10:$AS10*(1.0+tanh (")), [SAME]),
]  # fmt: skip


def swap(sheet, one, other):
    sheet[one].value, sheet[other].value = sheet[other].value, sheet[one].value


@pytest.mark.parametrize(("what", "edit", "expected"), EDITS, ids=[row[0] for row in EDITS])
def test_an_edit_is_told_and_nothing_else(book, tmp_path, what, edit, expected):
    """In lines that a person reads; the other way round as much differs in the same ranges."""
    new = edit(book, tmp_path / "edited.xlsx")
    there, back = diff(book, new), diff(new, book)
    assert_told(there, expected)
    assert there.same == back.same == (expected == [SAME]), what
    assert {(d.range, d.count) for d in there.cells} == {(d.range, d.count) for d in back.cells}
    assert {d.name for d in there.names} == {d.name for d in back.names}


def test_the_same_file_is_the_same(book, tmp_path):
    """Byte for byte, under another name."""
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(book.read_bytes())
    assert told(diff(book, copy)) == ["same: equal byte for byte"]


def test_a_workbook_without_addresses_is_the_same(book, model, tmp_path):
    """Weights that are read as blocks, and those that are read cell by cell."""
    assert told(diff(book, built(model, tmp_path / "a.xlsx", writing=COMPACT))) == [SAME]


def test_a_weight_in_a_block_is_found(book, model, tmp_path):
    """The same line as in a workbook with addresses."""
    compact = built(model, tmp_path / "a.xlsx", writing=COMPACT)
    change = replaced("<v>-0.025706932</v>", "<v>9</v>")
    new = sabotaged(compact, tmp_path / "b.xlsx", "Embeddings", change)
    line = "Embeddings: wte: 1 of 1,620 numbers differs, by 9.03 in F23: -0.025706932 -> 9"
    assert told(diff(book, new)) == told(diff(compact, new)) == [line]


def test_other_digits_are_told_tensor_by_tensor(book, model, tmp_path):
    """All tensors, the cells that say so, and no formula."""
    decided = design(model, capacity=5, max_bytes=12, new_tokens=2)
    tensors = {
        name for name, placed in decided.plan.places.items() if placed.range.role == "weight"
    }
    found = diff(book, built(model, tmp_path / "a.xlsx", precision=Precision(digits=3)))
    assert "Guide: weight_digits: 'shortest' -> 3" in told(found)
    assert tensors == {d.range for d in found.cells if d.tab not in ("Guide", "Check")}
    assert {d.change.name for d in found.cells} <= {"NUMBERS", "CONSTANTS"}
    assert not found.names
    assert not found.tabs


def test_another_capacity_is_no_flood(book, model, tmp_path):
    """Sizes and moves are told once, and formulas that are the same for each row are the same."""
    found = diff(book, built(model, tmp_path / "a.xlsx", capacity=7))
    text = "\n".join(told(found))
    assert " ranges of another size, [6, 6] -> [8, 6]: token_embedding, " in text
    assert " ranges moved with their cells: wte D20:I289 -> D22:I291, " in text
    # They have the number of tokens in their words.
    formulas = {d.range for d in found.cells if d.change.name == "FORMULAS"}
    assert formulas == {"prompt_message", "found_ids"}
    assert not any(d.range.startswith(("h_", "residual_", "wte", "logit")) for d in found.cells)


def test_long_lists_are_cut(book, model, tmp_path, monkeypatch):
    """Unless all is asked for; the last line says how many there are more."""
    monkeypatch.setattr("xlgpt2.diff.listing._MOST", 5)
    found = diff(book, built(model, tmp_path / "a.xlsx", precision=Precision("int8")))
    short, whole = (lines(found, everything).split("\n") for everything in (False, True))
    entries = [line for line in whole[2:] if not line.startswith("    ")]
    assert [line[:20] for line in short[2:-1]] == [line[:20] for line in entries[:5]]
    more = len(entries) - 5
    assert short[-1] == f"... and {more} more differences; --all lists them, and formulas in full"


# what was done to a sheet, its cells and names before and after, the lines that tell it
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
      "    = =SUM(s!$B$3:$B$4), which means or fills other cells now"]),
    ("a longer range, and a formula over all of it",
     {"s!B3": 1, "s!B4": 2, "t!A1": "=SUM(s!$B$3:$B$4)", "t!A2": "=s!$B$4"}, {"x": "s!B3:B4"},
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "t!A1": "=SUM(s!$B$3:$B$5)", "t!A2": "=s!$B$5"}, {"x": "s!B3:B5"},
     ["1 range of another size, [2, 1] -> [3, 1]: x"]),
    ("a longer range, and a formula over some of it",
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "t!A1": "=SUM(s!$B$3:$B$4)"}, {"x": "s!B3:B5"},
     {"s!B3": 1, "s!B4": 2, "s!B5": 3, "s!B6": 4, "t!A1": "=SUM(s!$B$3:$B$5)"}, {"x": "s!B3:B6"},
     ["1 range of another size, [3, 1] -> [4, 1]: x",
      "t: outside the ranges: the formula in A1 differs", "    - =SUM(s!$B$3:$B$4)", "    + =SUM(s!$B$3:$B$5)"]),
    ("a tab renamed, and in formulas too",
     {"s!B3": 1, "s!B4": "=B3", "t!A1": "=s!B3"}, {"x": "s!B3"},
     {"mine!B3": 1, "mine!B4": "=B3", "t!A1": "=mine!B3"}, {"x": "mine!B3"},
     ["tab renamed: s -> mine"]),
    ("a name in a text, in a longer name and in a function",
     {"s!A1": 1, "s!A2": '="B2"&LOG10(1)'}, {"x": "s!A1"},
     {"s!A1": 1, "s!A2": '="B3"&LOG10(1)'}, {"x": "s!A1"},
     ["s: outside the ranges: the formula in A2 differs", '    - ="B2"&LOG10(1)', '    + ="B3"&LOG10(1)']),
]  # fmt: skip


@pytest.mark.parametrize(("what", "cells", "names", "new_cells", "new_names", "expected"), SHEETS, ids=[row[0] for row in SHEETS])  # fmt: skip
def test_cells_go_with_their_ranges(tmp_path, what, cells, names, new_cells, new_names, expected):
    """References are the same if they lead to the same place of the same range."""
    old = write_cells(tmp_path / "old.xlsx", cells, names)
    new = write_cells(tmp_path / "new.xlsx", new_cells, new_names)
    assert_told(diff(old, new), expected)


def test_json_says_what_the_lines_say(book, tmp_path):
    """Formulas under a key of their own, so that no text can be taken for one."""
    new = typed_at("Logits", "A3", "=1")(book, tmp_path / "b.xlsx")
    new = typed("wte", 9)(new, tmp_path / "c.xlsx")
    found = json.loads(json.dumps(as_json(diff(book, new))))
    assert list(found) == ["old", "new", "same", "same_bytes", "tabs", "names", "cells", "settings"]
    weight, words = found["cells"]
    assert (weight["change"], weight["range"], weight["count"], weight["compared"]) == (
        "numbers",
        "wte",
        1,
        1620,
    )
    assert weight["largest"]["difference"] == abs(9 - weight["first"]["old"])
    assert words["first"]["new"] == {"formula": "=1", "array": False, "cells": "A3"}
    assert (words["change"], words["range"], words["first"]["old_cell"]) == ("computed", None, "A3")


def test_folders_are_compared_workbook_by_workbook(model, tmp_path):
    """By what they are; what only one has is named."""
    for name, prompt in (("a", PROMPT), ("b", "Hello")):
        build_split(design(model, split=True), tmp_path / name, prompt)
    found = diff(tmp_path / "a", tmp_path / "b")
    assert [book.same_bytes for book in found.workbooks] == [False, True, True]
    text = lines(found, everything=False)
    assert text.startswith(
        f"{tmp_path / 'a'} -> {tmp_path / 'b'}: 1 of 3 workbooks in both differ\n"
    )
    assert text.endswith("Prompt: prompt: 'the cat' -> 'Hello'")
    assert not as_json(found)["same"]


def test_a_folder_and_a_file_are_refused(book, tmp_path):
    with pytest.raises(WorkbookError, match="expected two files or two folders, got folder"):
        diff(tmp_path, book)
