"""Static checks: names and charts as in the plan, and the same formula all down a range.

Inputs can't reach every cell: some words fit into no prompt. A cell that no input reaches is
verified by its formula, which must be that of the cells that were reached.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.address import Area, column_number
from xlgpt2.layout.charts import chart_areas
from xlgpt2.layout.formula_cells import formula_groups
from xlgpt2.layout.layout import Placed, Plan
from xlgpt2.stages.stages import CONSTANT_ROLES
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.verification.file_properties import hiding_names
from xlgpt2.verification.marks import mark_difference, prefix_difference
from xlgpt2.verification.result import RangeCheck
from xlgpt2.xlsx.package import Contents
from xlgpt2.xlsx.reading.formulas import FileFormula

#: A string literal, which is skipped, or a reference to a cell or an area.
_REFERENCE = re.compile(
    r'"(?:[^"]|"")*"'
    r"|(?<![\w.$])\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?(?![\w.(])"
)

#: The most characters of a formula that are shown.
_SHOWN = 60

#: The formulas of a sheet by the row and the column of their first cell.
Formulas = Mapping[tuple[int, int], FileFormula]


@dataclass(frozen=True)
class FormulaPattern:
    """A formula in two parts: its text without references, and their rows and columns."""

    text: str
    numbers: tuple[int, ...]


#: The pattern of a cell without a formula.
_NO_FORMULA = FormulaPattern("", ())


def differences(
    plan: Plan, contents: Contents, formulas: Iterable[FileFormula], charts: Iterable[Area]
) -> Iterator[RangeCheck]:
    """Names, charts and formulas that differ from the plan.

    Which formula is right is not decided here: the minority of a group of cells is reported.
    """
    by_sheet: dict[str, dict[tuple[int, int], FileFormula]] = {}
    for formula in formulas:
        position = formula.area.row, formula.area.column
        by_sheet.setdefault(formula.area.sheet, {})[position] = formula
    yield from hiding_names(plan, contents, by_sheet)
    for name in plan.in_flow:
        placed = plan.places[name]
        if name not in contents.areas:
            continue  # reported with its values, which are missing
        formulas_here = by_sheet.get(placed.area.sheet, {})
        difference = (
            _area_difference(placed, contents.areas[name])
            or _mark_difference(placed, formulas_here, plan.prompt_rows)
            or _formula_difference(placed, formulas_here, plan.prompt_rows)
        )
        if difference is not None:
            yield RangeCheck(name, placed.area.sheet, 0, difference)
    yield from _charts(plan, charts)


def _charts(plan: Plan, charts: Iterable[Area]) -> Iterator[RangeCheck]:
    """Ranges with a chart in the plan and none in the file."""
    remaining = Counter(charts)
    for tab in plan.tabs:
        for chart in tab.stage.charts:
            for name, area in chart_areas(plan, chart):
                remaining[area] -= 1
                if remaining[area] < 0:
                    difference = Difference(
                        Outcome.MOVED, tab.name, area.absolute, "a different one"
                    )
                    yield RangeCheck(f"chart of {name}", tab.name, 0, difference)


def pattern_of(formula: str) -> FormulaPattern:
    """The pattern of a formula; only its numbers change if the formula is copied."""
    numbers: list[int] = []

    def take(match: re.Match[str]) -> str:
        left, top, right, bottom = match.groups()
        if left is None:
            return match[0]
        for letters, digits in ((left, top), (right or left, bottom or top)):
            numbers.extend((int(digits), column_number(letters)))
        return "\0"

    return FormulaPattern(_REFERENCE.sub(take, formula), tuple(numbers))


def outliers(positions: Sequence[tuple[int, int]], patterns: Sequence[FormulaPattern]) -> list[int]:
    """The indices of cells, each at a row and column, whose formula is not that of most.

    References of a copied formula move evenly from row to row and from column to column.
    """
    kinds = [(pattern.text, len(pattern.numbers)) for pattern in patterns]
    common = Counter(kinds).most_common(1)[0][0]
    same = [n for n, kind in enumerate(kinds) if kind == common]
    cells = np.array([positions[n] for n in same])
    numbers = np.array([patterns[n].numbers for n in same]).reshape(len(same), -1)
    for axis in (0, 1):
        numbers = numbers - np.outer(cells[:, axis], _step(cells, numbers, axis))
    even = (numbers == np.median(numbers, axis=0)).all(axis=1)
    regular = {n for n, is_even in zip(same, even, strict=True) if is_even}
    return [n for n in range(len(patterns)) if n not in regular]


def _step(cells: np.ndarray, numbers: np.ndarray, axis: int) -> np.ndarray:
    """The usual change of each number from a cell to the one below it, or to its right."""
    order = np.lexsort((cells[:, axis], cells[:, 1 - axis]))
    distances = np.diff(cells[order], axis=0)
    in_line = distances[:, 1 - axis] == 0
    if not in_line.any():
        return np.zeros(numbers.shape[1])
    steps = np.diff(numbers[order], axis=0)[in_line] / distances[in_line, axis][:, None]
    return np.asarray(np.median(steps, axis=0))


def _area_difference(placed: Placed, area: Area) -> Difference | None:
    if area == placed.area:
        return None
    return Difference(Outcome.MOVED, area.absolute, placed.area.absolute, area.absolute)


def _mark_difference(placed: Placed, formulas: Formulas, prompt_rows: int) -> Difference | None:
    """The first formula of a range that fills other cells than in the plan, or lacks a prefix."""
    array = placed.range.fill != "cell"
    if placed.range.role in CONSTANT_ROLES:  # which should have none
        return None
    for group in formula_groups(placed, prompt_rows):
        for area in group.areas:
            formula = formulas.get((area.row, area.column))
            if formula is not None:
                difference = mark_difference(formula, area, array) or prefix_difference(formula)
                if difference is not None:
                    return difference
    return None


def _formula_difference(placed: Placed, formulas: Formulas, prompt_rows: int) -> Difference | None:
    """The first cell of a range whose formula is not that of its group."""
    if placed.range.role == "input":  # a user may have overridden it
        return None
    if placed.range.role in CONSTANT_ROLES:
        inside = (formula for formula in formulas.values() if formula.area.overlaps(placed.area))
        for formula in inside:
            cell = formula.area.cell(0, 0)
            return Difference(Outcome.UNLIKE, cell, "a constant", _short(formula.text))
        return None
    for group in formula_groups(placed, prompt_rows):
        positions = [(area.row, area.column) for area in group.areas]
        patterns = [_pattern(formulas, area, placed) for area in group.areas]
        missing = [n for n, pattern in enumerate(patterns) if pattern == _NO_FORMULA]
        wrong = missing or outliers(positions, patterns)
        if wrong:
            return _difference(group.areas, wrong, formulas)
    return None


def _pattern(formulas: Formulas, area: Area, placed: Placed) -> FormulaPattern:
    """The pattern of the formula that fills exactly this area, or `_NO_FORMULA`."""
    formula = formulas.get((area.row, area.column))
    if formula is None or formula.area.shape != area.shape:
        return _NO_FORMULA
    text = formula.text.removeprefix("=")
    if placed.range.template.chained and (area.row - placed.area.row) % 2:
        text = text.removeprefix("(").removesuffix(")")  # as formula_cells writes every other row
    return pattern_of(text)


def _difference(group: Sequence[Area], wrong: Sequence[int], formulas: Formulas) -> Difference:
    area = group[wrong[0]]
    model = next((other for n, other in enumerate(group) if n not in set(wrong)), None)
    expected = "a formula"
    if model is not None:
        text = _short(formulas[model.row, model.column].text)
        expected = f"the formula that {model.cell(0, 0)} has ({text})"
    formula = formulas.get((area.row, area.column))
    got = "no formula" if formula is None else _short(formula.text)
    return Difference(Outcome.UNLIKE, area.cell(0, 0), expected, got)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
