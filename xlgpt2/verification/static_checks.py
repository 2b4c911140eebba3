"""As written: names and charts as in the plan, and formulas that are alike all down a range.

Inputs can't reach every cell: there are words that no prompt has room for. What a cell computes
that no input reached is known from its formula, which is that of the cells that were reached.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.address import Area, column_number
from xlgpt2.layout.formula_cells import formula_groups
from xlgpt2.layout.layout import Placed, Plan
from xlgpt2.stages.stages import CONSTANT_ROLES
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.verification.file_properties import hiding_names
from xlgpt2.verification.marks import other_mark, other_prefix
from xlgpt2.verification.result import RangeCheck
from xlgpt2.xlsx.package import Contents
from xlgpt2.xlsx.reading.formulas import FileFormula

#: A text, which is skipped, or a cell or rectangle.
_REFERENCE = re.compile(
    r'"(?:[^"]|"")*"'
    r"|(?<![\w.$])\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?(?![\w.(])"
)

#: How much of a formula is shown.
_SHOWN = 60

#: The formulas of a sheet by the row and the column of their first cell.
Formulas = Mapping[tuple[int, int], FileFormula]


@dataclass(frozen=True)
class Shape:
    """A formula in two: the text without its references, and their rows and columns."""

    text: str
    numbers: tuple[int, ...]


#: What stands for a cell without a formula.
_NONE = Shape("", ())


def differences(
    plan: Plan, contents: Contents, formulas: Iterable[FileFormula], charts: Iterable[Area]
) -> Iterator[RangeCheck]:
    """What is not as in the plan: names that stand for other cells, formulas unlike the others.

    Which formula is right is not asked here: of cells that share one, the few are named.
    """
    by_sheet: dict[str, dict[tuple[int, int], FileFormula]] = {}
    for formula in formulas:
        place = formula.area.row, formula.area.column
        by_sheet.setdefault(formula.area.sheet, {})[place] = formula
    yield from hiding_names(plan, contents, by_sheet)
    for name in plan.in_flow:
        placed = plan.places[name]
        if name not in contents.areas:
            continue  # told with the values, which are missing
        here = by_sheet.get(placed.area.sheet, {})
        found = (
            _moved(placed, contents.areas[name])
            or _marked(placed, here, plan.prompt_rows)
            or _written(placed, here, plan.prompt_rows)
        )
        if found is not None:
            yield RangeCheck(name, placed.area.sheet, 0, found)
    yield from _charts(plan, charts)


def _charts(plan: Plan, charts: Iterable[Area]) -> Iterator[RangeCheck]:
    """Ranges that a chart shows in the plan and none in the file."""
    left = Counter(charts)
    for tab in plan.tabs:
        for chart in tab.stage.charts:
            for name in (chart.categories, chart.values, *chart.more_values):
                area = plan.places[name].area
                left[area] -= 1
                if left[area] < 0:
                    what = Difference(Outcome.MOVED, tab.name, area.absolute, "another one")
                    yield RangeCheck(f"chart of {name}", tab.name, 0, what)


def shape(formula: str) -> Shape:
    """A formula's text and the numbers in it that change where it is copied."""
    numbers: list[int] = []

    def take(match: re.Match[str]) -> str:
        left, top, right, bottom = match.groups()
        if left is None:
            return match[0]
        for letters, digits in ((left, top), (right or left, bottom or top)):
            numbers.extend((int(digits), column_number(letters)))
        return "\0"

    return Shape(_REFERENCE.sub(take, formula), tuple(numbers))


def unlike(places: Sequence[tuple[int, int]], shapes: Sequence[Shape]) -> list[int]:
    """Which of some cells have not the formula that most have, where each is in row i, column j.

    References of a formula that is copied move evenly from row to row and from column to column.
    """
    kinds = [(one.text, len(one.numbers)) for one in shapes]
    common = Counter(kinds).most_common(1)[0][0]
    same = [n for n, kind in enumerate(kinds) if kind == common]
    place = np.array([places[n] for n in same])
    numbers = np.array([shapes[n].numbers for n in same]).reshape(len(same), -1)
    for axis in (0, 1):
        numbers = numbers - np.outer(place[:, axis], _step(place, numbers, axis))
    even = (numbers == np.median(numbers, axis=0)).all(axis=1)
    fine = {n for n, is_even in zip(same, even, strict=True) if is_even}
    return [n for n in range(len(shapes)) if n not in fine]


def _step(place: np.ndarray, numbers: np.ndarray, axis: int) -> np.ndarray:
    """How far most numbers move from a cell to the next one below it, or at its right."""
    order = np.lexsort((place[:, axis], place[:, 1 - axis]))
    apart = np.diff(place[order], axis=0)
    in_line = apart[:, 1 - axis] == 0
    if not in_line.any():
        return np.zeros(numbers.shape[1])
    moved = np.diff(numbers[order], axis=0)[in_line] / apart[in_line, axis][:, None]
    return np.asarray(np.median(moved, axis=0))


def _moved(placed: Placed, area: Area) -> Difference | None:
    if area == placed.area:
        return None
    return Difference(Outcome.MOVED, area.absolute, placed.area.absolute, area.absolute)


def _marked(placed: Placed, here: Formulas, prompt_rows: int) -> Difference | None:
    """The first formula of a range that fills other cells than in the plan, or lacks a prefix."""
    array = placed.range.fill != "cell"
    if placed.range.role in CONSTANT_ROLES:  # where none should be
        return None
    for group in formula_groups(placed, prompt_rows):
        for area in group.areas:
            formula = here.get((area.row, area.column))
            if formula is not None:
                wrong = other_mark(formula, area, array) or other_prefix(formula)
                if wrong is not None:
                    return wrong
    return None


def _written(placed: Placed, here: Formulas, prompt_rows: int) -> Difference | None:
    """The first cell of a range whose formula is not that of the cells that share it."""
    if placed.range.role == "input":  # somebody may have typed over it
        return None
    if placed.range.role in CONSTANT_ROLES:
        among = (one for one in here.values() if one.area.overlaps(placed.area))
        for one in among:
            return Difference(Outcome.UNLIKE, one.area.cell(0, 0), "a constant", _short(one.text))
        return None
    for group in formula_groups(placed, prompt_rows):
        places = [(area.row, area.column) for area in group.areas]
        shapes = [_shape(here, area, placed) for area in group.areas]
        wrong = [n for n, one in enumerate(shapes) if one == _NONE] or unlike(places, shapes)
        if wrong:
            return _difference(group.areas, wrong, here)
    return None


def _shape(here: Formulas, area: Area, placed: Placed) -> Shape:
    """The shape of the formula of an area; `_NONE` if there is none for just these cells."""
    formula = here.get((area.row, area.column))
    if formula is None or formula.area.shape != area.shape:
        return _NONE
    text = formula.text.removeprefix("=")
    if placed.range.template.chained and (area.row - placed.area.row) % 2:
        text = text.removeprefix("(").removesuffix(")")  # as formula_cells writes every other row
    return shape(text)


def _difference(group: Sequence[Area], wrong: Sequence[int], here: Formulas) -> Difference:
    area = group[wrong[0]]
    model = next((one for n, one in enumerate(group) if n not in set(wrong)), None)
    expected = "a formula"
    if model is not None:
        text = _short(here[model.row, model.column].text)
        expected = f"the formula that {model.cell(0, 0)} has ({text})"
    formula = here.get((area.row, area.column))
    got = "no formula" if formula is None else _short(formula.text)
    return Difference(Outcome.UNLIKE, area.cell(0, 0), expected, got)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
