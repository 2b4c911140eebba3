"""How lessons look: their first screens, and their charts in the file."""

import re
import shutil
import zipfile

import pytest

from tests.commands.test_lessons import CASES
from tests.writer.displayed import Screen
from tests.writer.sheets import Sheets
from tests.writer.test_first_screens import metric_fonts
from xlgpt2.commands.lessons import lessons
from xlgpt2.designs.lessons import lessons_design
from xlgpt2.stages.exercises import ExerciseNames
from xlgpt2.stages.template_files import shipped_templates
from xlgpt2.verification.lesson_inputs import lesson_inputs

__all__ = ["metric_fonts"]

#: The first screen in pixels, of which the title, links and sentences take the upper part.
RIGHT, LOWER = 1480, 690


def test_nothing_is_cut_on_a_first_screen(lessons_workbook, metric_fonts, samples):
    """With the file's own inputs, and with others: hints and messages are longer than nothing."""
    plan = lessons_design().plan
    own, *others = lesson_inputs(plan)
    hints = {ExerciseNames(tab.stage.lesson).hint: [[1]] for tab in plan.tabs if tab.stage.exercise}
    for inputs in (own.inputs, hints, *(each.inputs for each in samples.of(others, 3))):
        sheets = Sheets(plan, lessons_workbook, inputs)
        assert [f for sheet in sheets.book for f in Screen(sheet, sheets.values).faults()] == []


def test_question_inputs_picture_and_exercise_are_on_the_first_screen(lessons_workbook):
    plan = lessons_design().plan
    sheets = Sheets(plan, lessons_workbook, {})
    for tab in plan.tabs:
        if tab.stage.exercise is None:
            continue
        screen = Screen(sheets.book[tab.name], sheets.values)
        for placed in tab.placed:
            if placed.range.role == "input" or placed.range.name.endswith("_verdict"):
                area = placed.area
                right = sum(screen.widths.get(c, 0) for c in range(1, area.column + area.columns))
                lower = sum(screen.rows.get(r, 999) for r in range(1, area.row + area.rows))
                assert right <= RIGHT, placed.range.name
                assert lower <= LOWER, placed.range.name
        assert tab.stage.charts, tab.name
        for chart in tab.stage.charts[:1]:
            row = int(re.sub("[A-Z]", "", chart.at))
            top = sum(screen.rows.get(r, 999) for r in range(1, row))
            assert top + chart.height / 2.54 * 96 <= LOWER, chart.title
        assert len(tab.stage.text) <= 3


def test_merged_cells_do_not_overlap(lessons_workbook):
    """Excel repairs a file in which they do."""
    for sheet in Sheets(lessons_design().plan, lessons_workbook, {}).book:
        places = [c for area in sheet.merged_cells.ranges for row in area.rows for c in row]
        assert len(places) == len(set(places)), sheet.title


@pytest.fixture
def charts(tmp_path):
    """The XML of the charts of a lesson with points."""
    folder = shutil.copytree(CASES, tmp_path / "templates")
    shutil.copy(shipped_templates() / "palette.toml", folder)
    path = lessons(tmp_path / "own.xlsx", folder).path
    with zipfile.ZipFile(path) as package:
        names = [name for name in package.namelist() if "/charts/chart" in name]
        return [package.read(name).decode() for name in names]


def test_points_have_names_and_axes_limits(charts):
    (chart,) = charts
    assert chart.count("<c:ser>") == 3
    assert re.findall(r"<c:tx><c:strRef><c:f>(.*?)</c:f>", chart) == [
        f"Doubling!$B${row}" for row in (10, 11, 12)
    ]
    assert re.findall(r'<c:(m\w\w) val="(-?\d+)"/>', chart) == [("max", "20"), ("min", "-10")]
    assert chart.count('<c:showSerName val="1"/>') == 3


def test_a_line_starts_at_its_least_number(lessons_workbook):
    with zipfile.ZipFile(lessons_workbook) as package:
        texts = [package.read(n).decode() for n in package.namelist() if "/charts/chart" in n]
    (line,) = [text for text in texts if "after each pass" in text]
    assert "<c:lineChart>" in line
    assert '<c:min val="0"/>' in line
