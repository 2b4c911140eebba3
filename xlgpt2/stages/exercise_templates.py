"""Exercises in templates: questions with a verdict, and the inputs that verify a tab."""

from __future__ import annotations

from pydantic import Field

from xlgpt2.stages.fields import CellAddress, Rows, Strict

#: Contents of ranges to type in, by name.
InputRows = dict[str, Rows]


class ExerciseTemplate(Strict):
    """A question that is answered in yellow cells of the tab.

    `right` and `almost` are conditions on cells. The workbook contains neither `solution`, with
    which the verdict must be right, nor `not_yet`, with which it must not.
    """

    at: CellAddress
    across: int = Field(default=6, ge=4, le=20)  # the columns of its texts
    question: str
    hint: str
    right: str
    almost: str = ""
    solution: InputRows = Field(min_length=1)
    not_yet: InputRows = Field(min_length=1)


class YourTurnTemplate(Strict):
    """A cell below the exercise for a formula of the reader's own, judged by its value.

    `value` is a formula of the right number; `solution` is that number with the tab's own inputs.
    """

    question: str
    value: str
    solution: float
    not_yet: float


class InModelTemplate(Strict):
    """Where the same happens in the workbook of a model: a tab and ranges of it."""

    tab: str
    ranges: tuple[str, ...] = Field(min_length=1)
    text: str


class ProbeTemplate(Strict):
    """A set of inputs with which the tab is verified, and why it was chosen."""

    why: str = Field(min_length=3)
    inputs: InputRows = Field(min_length=1)
