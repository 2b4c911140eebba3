"""Reports: what brings about each kind of problem that a verification can find."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests.messages.case import Scene
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
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.verification.probes import OWN_INPUTS, Probe

LARGEST = """
[[range]]
name = "ln_f_largest"
shape = ["1", "1"]
role = "result"
formula = "MAX({ln_f_last})"
"""


def checked(scene: Scene, **options: object) -> Verification:
    """A small workbook is built with these options and checked by `formulas`."""
    file = build(design(scene.workbook_model, 2, 5, new_tokens=0, **options), "a.xlsx", "the").path
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
    decided = design(scene.workbook_model, 2, 5, new_tokens=0)
    file = build(decided, "a.xlsx", "the", writing=Writing(1, cell_addresses=False)).path
    return verify(file, scene.workbook_model, probe=False)


def a_name_that_is_elsewhere(scene: Scene) -> Verification:
    mutant = scene.folder / "mutant.xlsx"
    name = '(<definedName name="prompt_check"[^>]*>)[^<]*(</definedName>)'
    sabotaged(scene.workbook, mutant, "", substituted(name, r"\1Check!$B$8\2"))
    return verify(mutant, scene.workbook_model, engine="formulas", probe=False)


def three_inputs(scene: Scene) -> None:
    """More than is asked for is typed, for which three inputs stand here."""
    few = [OWN_INPUTS, Probe("nothing", ""), Probe("ids", token_ids=(1, 2))]
    scene.monkeypatch.setattr(verify_module, "with_probes", lambda given, inspected: few)


def probes(scene: Scene) -> Verification:
    three_inputs(scene)
    file = build(design(scene.workbook_model, 2, 5, new_tokens=0), "a.xlsx", "the").path
    return verify(file, scene.workbook_model, engine="formulas")


def a_fault_that_the_second_input_shows(scene: Scene) -> Verification:
    """The message of an empty prompt is another one."""
    three_inputs(scene)
    file = build(design(scene.workbook_model, 2, 5, new_tokens=0), "a.xlsx", "the").path
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
    file = build(design(scene.workbook_model, 2, 9, new_tokens=1), "a.xlsx", "the").path
    return verify(file, scene.workbook_model, engine="libreoffice")


def a_range_of_ones_own(scene: Scene) -> Verification:
    folder = shutil.copytree(shipped_templates(), scene.folder / "templates")
    with (folder / "gpt2" / "14-final-norm.toml").open("a") as file:
        file.write(LARGEST)
    return checked(scene, templates=folder)


def rounded_weights(scene: Scene) -> Verification:
    return checked(scene, precision=Precision("bfloat16"))


#: What is verified, in the order of the snapshots.
REPORTS: list[Callable[[Scene], Verification]] = [
    a_name_taken_away,
    a_function_that_is_missing,
    an_engine_that_is_missing,
    a_name_that_is_elsewhere,
    a_model_of_another_name,
    settings,
    a_lost_prefix,
    a_lost_mark,
    probes,
    a_fault_that_the_second_input_shows,
    an_engine_that_a_file_does_not_suit,
    cells_that_an_open_document_keeps,
    a_range_of_ones_own,
    rounded_weights,
]


def name_of(report: Callable[[Scene], Verification]) -> str:
    """The name of a report's snapshot."""
    return report.__name__.replace("_", " ")
