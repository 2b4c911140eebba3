"""The command lessons, and verify, show, diff and bake for its workbook."""

import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator

from xlgpt2 import diff as diffing
from xlgpt2.cells.values import CellError
from xlgpt2.cli.show import plan as shown_plan
from xlgpt2.commands.bake import bake
from xlgpt2.commands.lessons import lessons
from xlgpt2.commands.verify import verify
from xlgpt2.designs.lessons import lessons_design
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.errors import PromptError
from xlgpt2.stages.sources import Input
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.verification.lesson_inputs import lesson_inputs
from xlgpt2.xlsx.reading.workbook import open_workbook

CASES = Path(__file__).parents[1] / "cases" / "lesson"

ENGINES = [
    "formulas",
    pytest.param("libreoffice", marks=pytest.mark.libreoffice),
    pytest.param("ironcalc", marks=pytest.mark.ironcalc),
]


@pytest.fixture(params=ENGINES)
def engine_name(request):
    """The name of each engine that lessons are written for."""
    if request.param != "formulas":
        request.getfixturevalue(request.param)
    return request.param


@pytest.fixture(scope="module")
def own_templates(tmp_path_factory):
    """A lesson that has no reference, with the shipped colours."""
    folder = tmp_path_factory.mktemp("own") / "templates"
    shutil.copytree(CASES, folder)
    shutil.copy(shipped_templates() / "palette.toml", folder)
    return folder


def test_it_is_small_quick_and_the_same_every_time(lessons_workbook, tmp_path):
    again = lessons(tmp_path / "again.xlsx")
    assert again.path.read_bytes() == lessons_workbook.read_bytes()
    assert again.bytes < 1_500_000
    assert again.seconds < 10
    assert again.weights == 0
    book = load_workbook(lessons_workbook)
    assert book.active.title == "Course"


def test_the_validator_finds_no_errors(lessons_workbook):
    validator = OpenXmlValidator(max_errors=0, security_validation=True)
    assert [str(error) for error in validator.validate(lessons_workbook).errors] == []


@pytest.mark.slow
def test_every_range_is_verified(engine_name, lessons_workbook):
    result = verify(lessons_workbook, engine=engine_name)
    assert result.verified, [s for s in result.stages() if not s.outcome.good]
    assert result.unchecked() == []
    assert len(result.checks) == len(lesson_inputs(lessons_design().plan)) >= 7
    assert len(result.open_documents) == (engine_name == "libreoffice")


def test_the_kind_of_a_file_is_in_it(lessons_workbook, tmp_path):
    """Its name does not matter; options of a model's workbook are refused."""
    other = tmp_path / "tiny.xlsx"
    shutil.copy(lessons_workbook, other)
    assert verify(other, engine="formulas", probe=False).model == "lessons"
    with pytest.raises(PromptError, match="expected no prompt and no controls for lessons"):
        verify(other, engine="formulas", prompts=["Mike"])
    with pytest.raises(PromptError, match="expected no prompt and no controls for lessons"):
        verify(other, engine="formulas", controls={"seed": 1})


def test_lessons_are_shown_compared_and_baked(lessons_workbook, tmp_path):
    text = shown_plan(lessons_design(), "BPE training")
    assert "bpe_merges" in text
    assert "BPE training" in shown_plan(lessons_design(), None)
    baked = bake(lessons_workbook, output=tmp_path / "baked.xlsx").path
    assert diffing.diff(lessons_workbook, baked).same
    values = load_workbook(baked, data_only=True)
    assert values["Course"]["H8"].value == f"0 of {len(lesson_names())}"
    assert verify(baked, engine="formulas", probe=False).verified


def lesson_names():
    """The lessons of the workbook."""
    return [tab.stage.lesson for tab in lessons_design().plan.tabs if tab.stage.exercise]


@pytest.mark.slow
def test_no_input_gives_an_error_value(engine_name, lessons_workbook):
    """With all inputs that it is verified with, bad ones included."""
    sets = lesson_inputs(lessons_design().plan)
    engine = get_engine(engine_name)
    inputs = [each.inputs for each in sets]
    for each, readings in zip(
        sets, engine.recalculate(open_workbook(lessons_workbook), inputs), strict=True
    ):
        for name, cells in readings.values.items():
            errors = [value for value in cells.ravel() if isinstance(value, CellError)]
            assert not errors, (each.why, name)


def test_no_solution_is_in_the_file(lessons_workbook):
    """Inputs are those of a new workbook, and nothing is hidden."""
    book = load_workbook(lessons_workbook)
    for tab in lessons_design().plan.tabs:
        sheet = book[tab.name]
        assert sheet.sheet_state == "visible"
        assert not any(entry.hidden for entry in sheet.column_dimensions.values())
        assert not any(entry.hidden for entry in sheet.row_dimensions.values())
        if tab.stage.exercise is None:
            continue
        for placed in tab.placed:
            solution = tab.stage.exercise.solution.get(placed.range.name)
            if solution is None or not isinstance(placed.range.source, Input):
                continue
            area = placed.area
            cells = tuple(
                tuple(
                    sheet.cell(area.row + i, area.column + j).value or ""
                    for j in range(area.columns)
                )
                for i in range(area.rows)
            )
            assert cells != solution
    with zipfile.ZipFile(lessons_workbook) as package:
        assert not [name for name in package.namelist() if "comment" in name.lower()]


def test_the_model_has_what_lessons_name_of_it():
    """Each tab and range of `in_model` is in the shipped model's workbook."""
    plan = design().plan
    for tab in lessons_design().plan.tabs:
        if tab.stage.exercise is not None:
            named = tab.stage.in_model
            assert named is not None, tab.name
            for name in named.ranges:
                assert plan.place(name).area.sheet == named.tab


@pytest.mark.slow
def test_a_lesson_without_a_reference_is_verified(engine_name, own_templates, tmp_path):
    """Loops, symbols, points with names and an exercise, without a line of Python."""
    path = lessons(tmp_path / "own.xlsx", own_templates).path
    result = verify(path, engine=engine_name, templates=own_templates)
    assert result.verified, [s for s in result.stages() if not s.outcome.good]
    assert "place_4" in result.unchecked()
    assert "doubling_hint_text" not in result.unchecked()


WRONG_EXERCISES = [
    (
        "a solution that is not right",
        "solution = { factor = [[2]] }",
        "solution = { factor = [[3]] }",
    ),
    (
        "a wrong answer that is right",
        "not_yet = { factor = [[1.98]] }",
        "not_yet = { factor = [[2]] }",
    ),
    ("a value that is not right", "solution = 1.5", "solution = 1.6"),
    ("a wrong value that is right", "not_yet = 3", "not_yet = 1.5"),
]


@pytest.mark.parametrize(
    ("what", "old", "new"), WRONG_EXERCISES, ids=[row[0] for row in WRONG_EXERCISES]
)
def test_verify_finds_a_wrong_exercise(what, old, new, own_templates, tmp_path):
    folder = shutil.copytree(own_templates, tmp_path / "templates")
    file = folder / "lessons" / "01-doubling.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    path = lessons(tmp_path / "wrong.xlsx", folder).path
    result = verify(path, engine="formulas", templates=folder)
    wrong = [s for s in result.stages() if not s.outcome.good]
    assert wrong, what
    assert "verdict" in wrong[-1].name
