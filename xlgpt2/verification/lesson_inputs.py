"""The inputs that a lessons workbook is verified with, and the verdicts that they must get.

A set has inputs of all lessons at once: no lesson reads another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from xlgpt2.cells.readings import Inputs
from xlgpt2.cells.values import Value
from xlgpt2.layout.layout import Plan
from xlgpt2.stages.exercise_templates import InputRows
from xlgpt2.stages.exercises import ExerciseNames
from xlgpt2.stages.sources import Input
from xlgpt2.stages.stages import Stage
from xlgpt2.verification.result import Input as ReportedInput


@dataclass(frozen=True)
class LessonInputs:
    """A set of inputs and why it was chosen; `right` says of verdicts whether they must be so."""

    why: str
    inputs: Inputs = field(default_factory=dict)
    right: Mapping[str, bool] = field(default_factory=dict)

    @property
    def reported(self) -> ReportedInput:
        """The input as reports name it."""
        return ReportedInput(None, self.why)


#: The file's own inputs.
AS_SAVED = LessonInputs("as saved")


def lesson_inputs(plan: Plan) -> list[LessonInputs]:
    """All sets, the file's own first; the others start from the inputs of a new workbook."""
    stages = [tab.stage for tab in plan.tabs if tab.stage.exercise is not None]
    new = {name: rows for tab in plan.tabs for name, rows in _initial(tab.stage)}
    sets = [AS_SAVED, *_answers(stages, new)]
    for number, probes in enumerate(zip_longest(*(tab.stage.probes for tab in plan.tabs)), 1):
        typed = [probe for probe in probes if probe is not None]
        inputs = dict(new)
        for probe in typed:
            inputs |= _rows(probe.inputs)
        why = typed[0].why if len(typed) == 1 else f"probes {number} of the lessons"
        sets.append(LessonInputs(why, inputs))
    return sets


def _answers(stages: list[Stage], new: Inputs) -> Iterator[LessonInputs]:
    """Right, wrong and no answers to all exercises, and formulas of the reader's own."""
    solved, own, wrong, blank = dict(new), dict(new), dict(new), dict(new)
    verdicts, own_verdicts = [], []
    for stage in stages:
        exercise, turn = stage.exercise, stage.your_turn
        assert exercise is not None
        assert stage.lesson is not None, "an exercise has a lesson"
        names = ExerciseNames(stage.lesson)
        verdicts.append(names.verdict)
        solved |= _rows(exercise.solution)
        wrong |= _rows(exercise.not_yet)
        blank |= {name: _blank(rows) for name, rows in exercise.solution.items()}
        if turn is not None:
            own_verdicts.append(names.own_verdict)
            own[names.own], wrong[names.own] = [[turn.solution]], [[turn.not_yet]]
            blank[names.own] = [[""]]
    both = [*verdicts, *own_verdicts]
    yield LessonInputs("solutions", solved, dict.fromkeys(verdicts, True))
    yield LessonInputs("formulas of one's own", own, dict.fromkeys(own_verdicts, True))
    yield LessonInputs("wrong answers", wrong, dict.fromkeys(both, False))
    yield LessonInputs("no answers", blank, dict.fromkeys(both, False))


def _initial(stage: Stage) -> Iterator[tuple[str, list[list[Value]]]]:
    """The contents of a tab's inputs in a new workbook."""
    for target in stage.ranges:
        if isinstance(target.source, Input):
            default = [(target.source.default,) * target.columns] * target.rows
            yield target.name, [list(row) for row in target.source.rows or default]


def _rows(inputs: InputRows) -> dict[str, list[list[Value]]]:
    return {name: [list(row) for row in rows] for name, rows in inputs.items()}


def _blank(rows: tuple[tuple[Value, ...], ...]) -> list[list[Value]]:
    return [[""] * len(row) for row in rows]
