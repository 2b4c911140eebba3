"""Expected values of a lessons workbook: from the reference, the plan, or the file itself."""

from __future__ import annotations

from collections.abc import Mapping

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells, column, grid, single
from xlgpt2.designs.lessons import KIND, LESSONS
from xlgpt2.designs.provenance import STATED
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.lessons.course import course
from xlgpt2.reference.lessons.trace import lessons_trace
from xlgpt2.reference.lessons.verdicts import NOT_YET, RIGHT
from xlgpt2.stages.exercises import ExerciseNames
from xlgpt2.stages.sources import Index, Input, Record, Values
from xlgpt2.verification.lesson_inputs import LessonInputs


def lessons_expected(plan: Plan, typed: LessonInputs, readings: Readings) -> dict[str, Cells]:
    """What a correct workbook shows for a set of inputs.

    Inputs are taken as they were typed; only what was not typed is read from the file.
    """
    contents = _contents(plan, typed, readings)
    stages = [tab.stage for tab in plan.tabs if tab.stage.exercise is not None]
    ranges = {
        **contents,
        **_constants(plan),
        **{name: readings.values[name] for name in STATED if name in readings.values},
        **{KIND: single(LESSONS)},
    }
    for stage in stages:
        names = ExerciseNames(stage.lesson or "")
        hint = stage.exercise.hint if stage.exercise else ""
        shown = names.hint in contents and contents[names.hint][0, 0] == 1
        ranges[names.hint_text] = single(hint if shown else "")
    lessons = [stage.lesson for stage in stages if stage.lesson is not None]
    ranges |= lessons_trace(lessons, contents)
    of_course = course(lessons, {**readings.values, **ranges})
    # Other templates may have no such tab.
    ranges |= {name: cells for name, cells in of_course.items() if name in plan.places}
    return {**ranges, **_demanded(typed.right, {**readings.values, **ranges})}


def _demanded(right: Mapping[str, bool], ranges: Mapping[str, Cells]) -> dict[str, Cells]:
    """Verdicts that must be right, or not, whatever the reference computes."""
    verdicts = {}
    for name, must_be in right.items():
        verdict = ranges[name][0, 0] if name in ranges else ""
        if must_be:
            verdicts[name] = single(RIGHT)
        elif verdict == RIGHT:
            verdicts[name] = single(NOT_YET)
    return verdicts


def _contents(plan: Plan, typed: LessonInputs, readings: Readings) -> dict[str, Cells]:
    """The contents of all yellow ranges."""
    contents = {}
    for name, placed in plan.places.items():
        if not isinstance(placed.range.source, Input) or name not in readings.values:
            continue
        cells = readings.values[name].astype(object)
        for i, row in enumerate(typed.inputs.get(name, [])):
            for j, value in enumerate(row):
                cells[i, j] = value if isinstance(value, str) else float(value)
        contents[name] = cells
    return contents


def _constants(plan: Plan) -> dict[str, Cells]:
    """The constants that templates contain."""
    constants = {}
    for name, placed in plan.places.items():
        match placed.range.source:
            case Values(rows):
                constants[name] = grid(rows)
            case Index(start):
                constants[name] = column(range(start, start + placed.range.rows))
            case Record("name", names):
                constants[name] = column(names)
    return constants
