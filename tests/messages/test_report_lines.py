"""The lines of a report: each kind of problem that a verification tells, in its exact words."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.messages.case import Scene
from tests.messages.sites import FILLED_IN, lines
from tests.messages.snapshots import fits
from tests.sabotage import replaced, sabotaged, substituted
from xlgpt2 import (
    Precision,
    Verification,
    Writing,
    build,
    design,
    verify,
)
from xlgpt2.commands import verify as verify_module
from xlgpt2.engines.cellrune import CellRuneEngine
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine
from xlgpt2.layout import formula_cells
from xlgpt2.stages.templates import shipped_templates
from xlgpt2.verification import report
from xlgpt2.verification.probes import AS_IT_STANDS, Probe

LARGEST = """
[[range]]
name = "ln_f_largest"
shape = ["1", "1"]
role = "result"
formula = "MAX({ln_f_last})"
"""


def checked(scene: Scene, **options: object) -> Verification:
    """A small workbook is built with these options and checked by `formulas`."""
    file = build(design(scene.workbook_model, 2, new_tokens=0, **options), "a.xlsx", "the").path
    return verify(file, scene.workbook_model, engine="formulas", probe=False)


def a_name_taken_away(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    name = '<definedName name="h_1_mlp_c_proj"[^>]*>[^<]*</definedName>'
    sabotaged(scene.workbook, mutant, "", substituted(name, ""))
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def a_function_that_is_missing(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    sabotaged(scene.workbook, mutant, "Final norm", replaced("VARP(", "NOSUCH("))
    return verify(mutant, scene.workbook_model, engine="formulas")


def an_engine_that_is_missing(scene: Scene) -> Verification:
    scene.monkeypatch.setenv("XLGPT2_SOFFICE", "/nowhere/soffice")
    return verify(scene.workbook, scene.workbook_model, engine="libreoffice")


def an_engine_that_a_file_does_not_suit(scene: Scene) -> Verification:
    scene.fixture("ironcalc")
    for engine in (LibreOfficeEngine, CellRuneEngine):
        scene.monkeypatch.setattr(engine, "version", lambda self: None)
    decided = design(scene.workbook_model, 2, new_tokens=0)
    file = build(decided, "a.xlsx", "the", writing=Writing(1, cell_addresses=False)).path
    return verify(file, scene.workbook_model, probe=False)


def a_name_that_is_elsewhere(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    name = '(<definedName name="prompt_check"[^>]*>)[^<]*(</definedName>)'
    sabotaged(scene.workbook, mutant, "", substituted(name, r"\1Check!$B$8\2"))
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def three_inputs(scene: Scene) -> None:
    """More than is asked for is typed, for which three inputs stand here."""
    few = [AS_IT_STANDS, Probe("nothing", ""), Probe("ids", token_ids=(1, 2))]
    scene.monkeypatch.setattr(verify_module, "with_probes", lambda given, inspected: few)


def probes(scene: Scene) -> Verification:
    three_inputs(scene)
    file = build(design(scene.workbook_model, 2, new_tokens=0), "a.xlsx", "the").path
    return verify(file, scene.workbook_model, engine="formulas")


def a_fault_that_the_second_input_shows(scene: Scene) -> Verification:
    """The message of an empty prompt is another one."""
    three_inputs(scene)
    file = build(design(scene.workbook_model, 2, new_tokens=0), "a.xlsx", "the").path
    mutant = scene.folder / "mutant.xlsx"
    sabotaged(file, mutant, "Prompt", replaced("The prompt is empty", "There is no prompt"))
    return verify(mutant, scene.workbook_model, engine="formulas")


def a_model_of_another_name(scene: Scene) -> Verification:
    other = shutil.copytree(scene.workbook_model, scene.folder / "final")
    return verify(scene.workbook, other, engine="formulas", probe=False)


def settings(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    change = replaced("<calcPr ", '<calcPr fullPrecision="0" calcMode="manual" ')
    sabotaged(scene.workbook, mutant, "", change)
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def a_lost_prefix(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    sabotaged(scene.workbook, mutant, "Words", replaced("_xlfn.", ""))
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def a_lost_mark(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    sabotaged(scene.workbook, mutant, "Ranking", substituted(r'<f t="array" ref="E1\d">', "<f>"))
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def cells_that_an_open_document_keeps(scene: Scene) -> Verification:
    """Formulas are written whose branches differ in size; only the first input is verified."""
    scene.fixture("libreoffice")
    scene.monkeypatch.setattr(formula_cells, "with_full_branches", lambda formula, *_: formula)
    scene.monkeypatch.setattr(verify_module, "with_probes", lambda given, inspected: list(given))
    file = build(design(scene.workbook_model, 2, new_tokens=1), "a.xlsx", "the").path
    return verify(file, scene.workbook_model, engine="libreoffice")


def a_range_of_ones_own(scene: Scene) -> Verification:
    folder = shutil.copytree(shipped_templates(), scene.folder / "templates")
    with (folder / "gpt2" / "14-final-norm.toml").open("a") as file:
        file.write(LARGEST)
    return checked(scene, templates=folder)


def rounded_weights(scene: Scene) -> Verification:
    return checked(scene, precision=Precision("bfloat16"))


THE = "checked with 'the' (as the file stands)"
SAT = "'the other cat sat' (as the file stands)"
VERIFIED = "verified: <...> values on 1 input by formulas <...>; next token agrees 1 of 1"
NOT_RUN = "NOT verified: 0 values on 0 inputs by no engine; next token agrees 0 of 0"

#: The tabs between the first one that keeps cells and the last.
RENEWED_LATER = [
    *(f"h0 {step}" for step in ("attention", "projection", "mlp up", "mlp down")),
    *(f"h1 {step}" for step in ("qkv", "attention", "projection", "mlp up", "mlp down")),
]

# what is verified, and the lines below the table of stages
REPORTS = [
    (a_name_taken_away, [
        f"checked with {SAT}",
        f"error: stage h1 mlp down: h_1_mlp_c_proj at h1 mlp down: expected a range of this name, formulas gave none in the file (absent value), with {SAT}",
        f'error: stage Check: check_verdict at Check!B8: expected "All checks pass", formulas gave "1 of 5 checks fail: see below" (over tolerance), with {SAT}',
        f'error: stage Prompt: prompt_check at Prompt!C15: expected "All checks pass", formulas gave "Not as built: see Check" (over tolerance), with {SAT}',
        f"NOT {VERIFIED}",
    ]),
    (a_function_that_is_missing, [
        "error: engine formulas: engine lacks a function: cell 'Final norm'!$F$10: expected what the engine formulas computes, got the function NOSUCH (take another engine with --engine, such as libreoffice)",
        NOT_RUN,
    ]),
    (an_engine_that_is_missing, [
        "error: engine libreoffice: engine failed: LibreOffice: expected it with its Python bridge, got none (<...>)",
        NOT_RUN,
    ]),
    (a_name_that_is_elsewhere, [
        f"checked with {SAT}",
        "error: stage Prompt: prompt_check at Check!$B$8: expected Prompt!$C$15, the file has Check!$B$8 (other cells)",
        "note: a file with templates of its own is checked with --templates DIR",
        f"NOT {VERIFIED}",
    ]),
    (a_model_of_another_name, [
        f"checked with {SAT}",
        'note: model_name at Guide!C9 is "model", and "final" has the same weights',
        'note: model_source at Guide!C24 is "model", and "final" has the same weights',
        VERIFIED,
    ]),
    (settings, [
        f"checked with {SAT}",
        "error: workbook: fullPrecision at workbook: expected full precision, the file has precision as displayed, which rounds every number to the digits that its cell shows (calculation setting)",
        "hint: switch it off among the options of the program, and save again",
        "note: the file says that programs compute it only when they are told to, such as by F9",
        f"NOT {VERIFIED}",
    ]),
    (a_lost_prefix, [
        f"checked with {SAT}",
        "error: stage Words: word_label at Words!C10: expected _xlfn.UNICHAR(), the file has UNICHAR() (another prefix)",
        "hint: Excel and LibreOffice know newer functions by the prefix '_xlfn.' alone: build again, and save with a program that keeps it",
        f"NOT {VERIFIED}",
    ]),
    (a_lost_mark, [
        f"checked with {SAT}",
        "error: stage Ranking: top_ids at Ranking!E10: expected an array formula that fills E10, the file has a plain formula (another array mark)",
        "hint: enter it with Ctrl+Shift+Enter in just these cells, or build again",
        f"NOT {VERIFIED}",
    ]),
    (probes, [
        THE,
        "checked with '' (nothing)",
        "checked with ids [1, 2] (ids)",
        VERIFIED.replace("1 input", "3 inputs").replace("1 of 1", "3 of 3"),
    ]),
    (a_fault_that_the_second_input_shows, [
        THE,
        "checked with '' (nothing)",
        'error: stage Prompt: prompt_message at Prompt!B9: expected "The prompt is empty: type a text into the yellow cell.", formulas gave "There is no prompt: type a text into the yellow cell." (over tolerance), with \'\' (nothing)',
        "note: formulas was asked 2 of 3 inputs: one of them shows a difference",
        f"NOT {VERIFIED}".replace("1 input", "2 inputs").replace("1 of 1", "2 of 2"),
    ]),
    (an_engine_that_a_file_does_not_suit, [
        THE,
        "note: left out: workbook a.xlsx: expected the address of every cell, which IronCalc needs, got cells without (build with --cell-addresses, or take another engine with --engine)",
        VERIFIED,
    ]),
    (cells_that_an_open_document_keeps, [
        THE,
        "error: stage h0 qkv: h_0_ln_1 at 'h0 qkv'!AO11: expected 0, in an open document libreoffice kept 0.547901510055<...>, one of 14 such cells, after 't' (a short one)",
        *(f"error: stage {tab}: <...> at '{tab}'!<...>11: expected 0, in an open document <...>" for tab in RENEWED_LATER),
        "error: stage Final norm: ln_f_normalized at 'Final norm'!I11: expected 0, in an open document <...>",
        f"NOT {VERIFIED}".replace("formulas", "libreoffice"),
    ]),
    (a_range_of_ones_own, [THE, "note: not in the reference: ln_f_largest", VERIFIED]),
    (rounded_weights, [
        THE,
        "note: model, bfloat16: against float32 weights, logits (standard deviation <...>) differ by <...> (root mean square), at most <...>; next token agrees 1 of 1",
        VERIFIED,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "expected"), REPORTS)
def test_it_says_exactly_this(cause, expected, scene):
    """Problems in the order in which data flows, then notes, then the verdict."""
    result = cause(scene)
    table = report.table(result.stages()).to_string(index=False, justify="left")
    said = report.lines(result).removeprefix(table if result.checks else "").strip("\n")
    assert fits(said, "\n".join(expected)), said


def test_every_kind_of_line_has_a_report():
    """A line that verification/report.py writes is in one of the reports above."""
    known = [line for _, expected in REPORTS for line in expected]
    written = lines("verification/report.py", ("error: ", "note: "))
    assert written, "no line found: was report.py moved?"
    for line in written:
        pattern = ".*".join(map(re.escape, line.split(FILLED_IN)))
        assert any(re.fullmatch(pattern, said) for said in known), line
