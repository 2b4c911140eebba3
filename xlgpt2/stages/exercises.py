"""Exercises: the cells below each other that a tab's exercise becomes, each by its own name.

They follow from the name of the lesson: NAME_verdict, NAME_hint, NAME_own and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xlgpt2.errors import ShapeError, UnknownNameError
from xlgpt2.stages.exercise_templates import ExerciseTemplate, InModelTemplate, YourTurnTemplate
from xlgpt2.stages.templates import RangeTemplate, TabTemplate, TextTemplate

RIGHT, ALMOST, NOT_YET = "right", "almost", "not yet"

#: The rows of an exercise, from that of its heading.
_QUESTION, _LABELS, _VERDICT, _HINT = 1, 4, 5, 6
_TURN, _TURN_QUESTION, _TURN_LABELS, _OWN = 9, 10, 12, 13
_MODEL, _MODEL_TEXT = 15, 16

#: The columns between a merged cell and the one right of it.
_GAP = 2

#: How far a number may be from the right one, as a share of it, to be right or almost right.
_CLOSE, _NEAR = "1E-6", "0.1"


@dataclass(frozen=True)
class ExerciseNames:
    """The names of the ranges of a lesson's exercise."""

    lesson: str

    @property
    def verdict(self) -> str:
        """The verdict on the exercise."""
        return f"{self.lesson}_verdict"

    @property
    def hint(self) -> str:
        """The yellow cell in which a 1 shows the hint."""
        return f"{self.lesson}_hint"

    @property
    def hint_text(self) -> str:
        """The hint, if it is shown."""
        return f"{self.lesson}_hint_text"

    @property
    def own(self) -> str:
        """The yellow cell for a formula of the reader's own."""
        return f"{self.lesson}_own"

    @property
    def own_verdict(self) -> str:
        """The verdict on that formula."""
        return f"{self.lesson}_own_verdict"


def exercise_ranges(tab: TabTemplate) -> Iterator[RangeTemplate]:
    """The ranges of a tab's exercise and of the cell for a formula; none without an exercise."""
    if tab.exercise is None or tab.lesson is None:
        return
    names = ExerciseNames(tab.lesson)
    yield _verdict(names.verdict, _exercise_formula(tab.exercise)).model_copy(
        update={"at": _row(tab.exercise, _VERDICT)}
    )
    yield RangeTemplate(
        name=names.hint,
        title="hint? type 1",
        input=names.hint,
        default=0,
        number_format="0",
        numbers=("0", "1"),
        shape=("1", "1"),
        role="input",
        beside=names.verdict,
        gap=_GAP,
    )
    yield RangeTemplate(
        name=names.hint_text,
        formula=f'IF({{{names.hint}}}=1,{_text(tab.exercise.hint)},"")',
        shape=("1", "1"),
        role="activation",
        at=_row(tab.exercise, _HINT),
        across=tab.exercise.across,
        down=2,
        style="lines",
    )
    if tab.your_turn is not None:
        yield from _your_turn_ranges(names, tab.exercise, tab.your_turn)


def _your_turn_ranges(
    names: ExerciseNames, exercise: ExerciseTemplate, turn: YourTurnTemplate
) -> Iterator[RangeTemplate]:
    yield RangeTemplate(
        name=names.own,
        input=names.own,
        number_format="General",  # in a cell of the format text a formula would stay a text
        shape=("1", "1"),
        role="input",
        at=_row(exercise, _OWN),
        across=2,
    )
    yield _verdict(names.own_verdict, _own_formula(names.own, turn.value)).model_copy(
        update={"beside": names.own, "gap": _GAP}
    )


def _verdict(name: str, formula: str) -> RangeTemplate:
    return RangeTemplate(
        name=name,
        formula=formula,
        shape=("1", "1"),
        role="label",
        across=2,
        good=RIGHT,
        almost=ALMOST,
        neutral=NOT_YET,
    )


def _exercise_formula(exercise: ExerciseTemplate) -> str:
    rest = f'"{NOT_YET}"'
    if exercise.almost:
        rest = f'IF({exercise.almost},"{ALMOST}",{rest})'
    return f'IF({exercise.right},"{RIGHT}",{rest})'


def _own_formula(own: str, value: str) -> str:
    """The verdict on a number; texts, blanks and errors are no numbers for COUNT."""
    distance, size = f"ABS({{{own}}}-({value}))", f"ABS({value})"
    return (
        f'IF(COUNT({{{own}}})=0,"{NOT_YET}",IF({distance}<={_CLOSE}*{size},"{RIGHT}",'
        f'IF({distance}<={_NEAR}*{size},"{ALMOST}","{NOT_YET}")))'
    )


def exercise_texts(tab: TabTemplate) -> Iterator[TextTemplate]:
    """The headings and questions of a tab's exercise, and what it says about the model."""
    exercise = tab.exercise
    if exercise is None:
        return
    yield _heading(exercise, 0, "Exercise")
    yield _lines(exercise, _QUESTION, exercise.question, 3)
    yield _heading(exercise, _LABELS, "your answer is", style="hint")
    if tab.your_turn is not None:
        yield _heading(exercise, _TURN, "Your turn")
        yield _lines(exercise, _TURN_QUESTION, tab.your_turn.question, 2)
        yield _heading(exercise, _TURN_LABELS, "type a formula here", style="hint")
    if tab.in_model is not None:
        yield _heading(exercise, _MODEL, "In the model")
        yield _lines(exercise, _MODEL_TEXT, in_model_text(tab.in_model), 3)


def in_model_text(entry: InModelTemplate) -> str:
    """The sentence that names a tab and ranges of the model's workbook."""
    word = "range" if len(entry.ranges) == 1 else "ranges"
    return f"Tab {entry.tab}, {word} {', '.join(entry.ranges)}: {entry.text}"


def _heading(
    exercise: ExerciseTemplate, row: int, text: str, style: str = "heading"
) -> TextTemplate:
    return TextTemplate.model_validate({"at": _row(exercise, row), "text": text, "style": style})


def _lines(exercise: ExerciseTemplate, row: int, text: str, down: int) -> TextTemplate:
    return TextTemplate(at=_row(exercise, row), text=text, across=exercise.across, down=down)


def _row(exercise: ExerciseTemplate, offset: int) -> str:
    """The cell so many rows below the heading."""
    letters = exercise.at.rstrip("0123456789")
    return f"{letters}{int(exercise.at[len(letters) :]) + offset}"


def _text(text: str) -> str:
    """A text as a formula has it; longer ones are joined, since one has at most 255 characters."""
    pieces = [text[start : start + 250] for start in range(0, len(text), 250)]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def check_inputs(tab: TabTemplate, inputs: Mapping[str, tuple[int, int]]) -> None:
    """Raise TemplateError if an answer or a probe types into what is no input of the tab.

    `inputs` has the rows and columns of each input.
    """
    sets = [(f"probe {number}", probe.inputs) for number, probe in enumerate(tab.probes, 1)]
    if tab.exercise is not None:
        sets.append(("exercise: solution", tab.exercise.solution))
        sets.append(("exercise: not_yet", tab.exercise.not_yet))
    for where, contents in sets:
        for name, rows in contents.items():
            if name not in inputs:
                raise UnknownNameError(
                    f"{where}: expected the name of an input, got {name!r}",
                    f"the inputs of the tab are {', '.join(inputs)}",
                )
            height, width = inputs[name]
            if len(rows) > height or any(len(row) > width for row in rows):
                raise ShapeError(
                    f"{where}: {name}: expected at most {height} rows of {width} values, "
                    f"got {len(rows)} rows of {max(map(len, rows))}",
                    "the rest of the input stays as it is",
                )
