"""The plan for computing a workbook: a grid of constants, and groups of formulas in order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.compiled import (
    Compiler,
    Node,
    compiler,
)
from xlgpt2.engines.formulas.dependencies import (
    Dependencies,
    steps,
    with_dependencies,
)
from xlgpt2.engines.formulas.filled_down import FilledDown, Operand, filled_down
from xlgpt2.engines.formulas.grid import (
    CYCLE_ERROR,
    Grid,
    GridArea,
)
from xlgpt2.engines.formulas.patterns import FormulaParser
from xlgpt2.engines.formulas.program import program
from xlgpt2.engines.formulas.workbook_grid import workbook_grid
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.reading.workbook_file import WorkbookFile

_NO_FORMULA = -1

#: Prefix for the pattern of a formula on a cycle; no pattern begins with it.
_CYCLE = "=="


@dataclass(frozen=True, eq=False)
class Group:
    """Formulas with the same pattern and areas that don't depend on each other.

    `formulas` are their numbers, and `cells` has a row for each: the places of the cells it reads.
    `targets` are the places that they fill, if each fills one; else the group is one array formula,
    and `array_area` is what it fills.
    """

    node: Node
    formulas: NDArray[np.int64]
    cells: NDArray[np.int64]
    areas: tuple[int, ...]
    targets: NDArray[np.int64]
    array_area: GridArea | None


@dataclass(frozen=True, eq=False)
class CalculationPlan:
    """The plan for computing a workbook, whatever its inputs.

    `owners` has the formula that fills each place, or -1. `areas` are those that groups refer to.
    """

    grid: Grid
    formulas: Sequence[FileFormula]
    owners: NDArray[np.int32]
    areas: Sequence[GridArea]
    groups: Sequence[Group]
    compiler: Compiler


def owners_of(owners: NDArray[np.int32], places: Iterable[int]) -> list[int]:
    """The formulas that fill some places; those of number blocks have none."""
    formulas = owners[[place for place in places if place < owners.size]].tolist()
    return [owner for owner in formulas if owner != _NO_FORMULA]


def owners_at(owners: NDArray[np.int32], places: NDArray[np.int64]) -> NDArray[np.int32]:
    """The formula that fills each of some places, or -1."""
    in_sheets = places < owners.size
    if in_sheets.all():
        return owners[places]
    return np.where(in_sheets, owners[np.where(in_sheets, places, 0)], np.int32(_NO_FORMULA))


class WorkbookPlan:
    """The plan for a workbook, whatever part of it is wanted.

    For each formula it has the text of its pattern, the places of the cells that it reads, its
    dependencies, and the step at which it can be computed.
    """

    def __init__(self, file: WorkbookFile) -> None:
        """Plan a workbook; raises WorkbookError for a formula that can't be read."""
        formulas = file.formulas
        groups = filled_down(
            formulas, FormulaParser(file.areas, list(file.sheets), file.sheet_scoped)
        )
        self.names, self.formulas = file.areas, formulas
        self.grid, self.compiler = workbook_grid(file, groups), compiler()
        self.targets, self.owners = _targets(formulas, self.grid)
        self.areas: list[GridArea] = []
        self._area_numbers: dict[tuple[str, int, int, int], int] = {}
        self.texts = [""] * len(formulas)
        self.cells: list[list[int]] = [[]] * len(formulas)
        self.needs = [Dependencies((), ())] * len(formulas)
        for group in groups:
            self._add(group)
        self.in_areas = [self.fillers(area) for area in self.areas]
        self.step, self.circular = steps(self.needs, self.in_areas)

    def _add(self, group: FilledDown) -> None:
        """Add what the formulas of a group depend on."""
        places = [self.grid.places(cell.sheet, cell.first, cell.column) for cell in group.cells]
        cells = _by_formula(places, len(group.formulas))
        owners = owners_at(self.owners, cells)
        some_constants = bool((owners == _NO_FORMULA).any())
        areas = _by_formula([self._numbers_of(area) for area in group.areas], len(group.formulas))
        for number, read, filled_by, in_areas in zip(
            group.formulas.tolist(), cells.tolist(), owners.tolist(), areas.tolist(), strict=True
        ):
            self.texts[number] = group.pattern.text
            self.cells[number] = read
            needs = [o for o in filled_by if o != _NO_FORMULA] if some_constants else filled_by
            self.needs[number] = Dependencies(needs, in_areas)

    def _numbers_of(self, operand: Operand) -> NDArray[np.int64]:
        """The number of an area for each formula; areas are numbered as they occur."""
        columns = operand.sheet, operand.column, operand.columns
        numbers = []
        for index, rows in enumerate(operand.rows().tolist()):
            key = *columns, rows
            if key not in self._area_numbers:
                self._area_numbers[key] = len(self.areas)
                self.areas.append(self.grid.area(operand.area(index)))
            numbers.append(self._area_numbers[key])
        return np.array(numbers, dtype=np.int64)

    def calculation(self, wanted: Iterable[Area] | None = None) -> CalculationPlan:
        """The plan for all formulas, or for what the wanted areas depend on.

        It has a group for the formulas of each step and pattern. Raises MissingFunctionError for a
        function that `formulas` lacks, and WorkbookError for an expression that it can't read. A
        formula on a cycle gets an error value, as in every spreadsheet.
        """
        numbers: Iterable[int] = range(len(self.formulas))
        if wanted is not None:
            ends = itertools.chain.from_iterable(
                self.fillers(self.grid.area(area)) for area in wanted
            )
            numbers = sorted(with_dependencies(ends, self.needs, self.in_areas))
        members: dict[tuple[int, str, tuple[int, ...], int], list[int]] = {}
        for number in numbers:
            array = -1 if _is_cell(self.formulas[number].area) else number  # has its own group
            text = self.texts[number]
            text = _CYCLE + text if number in self.circular else text
            key = self.step[number], text, tuple(self.needs[number].areas), array
            members.setdefault(key, []).append(number)
        groups = [self.group(members[key], key[1], key[2]) for key in sorted(members)]
        return CalculationPlan(
            self.grid, self.formulas, self.owners, self.areas, groups, self.compiler
        )

    def fillers(self, area: GridArea) -> list[int]:
        """The formulas in an area."""
        if area.first >= self.owners.size:  # a number block
            return []
        owners = area.part_of(self.owners)
        if owners.max() == _NO_FORMULA:  # weights: many cells, and no formula
            return []
        formulas: list[int] = np.unique(owners).tolist()
        return [owner for owner in formulas if owner != _NO_FORMULA]

    def group(self, members: list[int], text: str, areas: tuple[int, ...]) -> Group:
        """A group of formulas with a pattern of this text."""
        formula = self.formulas[members[0]]
        cycle = program([], [CYCLE_ERROR], [], [], 0)
        return Group(
            cycle if text.startswith(_CYCLE) else self.compiler.node(text, formula.area),
            np.array(members, dtype=np.int64),
            np.array([self.cells[number] for number in members], dtype=np.int64),
            areas,
            self.targets[members],
            None if _is_cell(formula.area) else self.grid.area(formula.area),
        )


def _by_formula(columns: Sequence[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    """A row for each of `count` formulas, from a column for each operand."""
    rows: NDArray[np.int64] = np.array(columns, dtype=np.int64).reshape(-1, count).T
    return rows


def _targets(
    formulas: Sequence[FileFormula], grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The place of each formula's first cell, and the formula that fills each place, or -1.

    Raises WorkbookError if two formulas fill a cell.
    """
    targets = np.empty(len(formulas), dtype=np.int64)
    by_sheet: dict[str, list[int]] = {}
    for number, formula in enumerate(formulas):
        by_sheet.setdefault(formula.area.sheet, []).append(number)
    for sheet, numbers in by_sheet.items():
        rows = np.array([formulas[number].area.row for number in numbers])
        columns = np.array([formulas[number].area.column for number in numbers])
        targets[numbers] = grid.places(sheet, rows, columns)
    owners = np.full(grid.size, _NO_FORMULA, dtype=np.int32)
    for number, (formula, target) in enumerate(zip(formulas, targets.tolist(), strict=True)):
        if _is_cell(formula.area):
            several = owners[target] != _NO_FORMULA
            owners[target] = number
        else:
            owned = grid.area(formula.area).part_of(owners)
            several = (owned != _NO_FORMULA).any()
            owned[:] = number
        if several:
            raise WorkbookError(
                f"cell {formula.area.absolute}: expected one formula per cell, got two",
                WORKBOOK_HINT,
            )
    return targets, owners


def _is_cell(area: Area) -> bool:
    return area.rows == 1 == area.columns
