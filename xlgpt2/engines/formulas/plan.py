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
from xlgpt2.engines.formulas.grid import (
    CYCLE_ERROR,
    Grid,
    GridArea,
)
from xlgpt2.engines.formulas.patterns import Pattern, PatternReader
from xlgpt2.engines.formulas.program import program
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.bulk_numbers import NumberBlock
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.reading.workbook_file import (
    SheetConstants,
    WorkbookFile,
    with_block,
)

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


def make_plan(file: WorkbookFile, wanted: Iterable[Area] | None = None) -> CalculationPlan:
    """The plan for a workbook, or for what the wanted areas depend on.

    Raises WorkbookError for a formula that can't be read, and MissingFunctionError for a function
    that `formulas` lacks. A formula on a cycle gets an error value, as in every spreadsheet.
    """
    reader = PatternReader(file.areas, list(file.sheets), file.sheet_scoped)
    patterns = [reader.read(formula.text, formula.area) for formula in file.formulas]
    grid = _grid(file, patterns)
    return _Planner(file.formulas, patterns, grid).plan(wanted)


def _grid(file: WorkbookFile, patterns: Iterable[Pattern]) -> Grid:
    """The constants in a grid that is large enough for all cells that are read, filled or named.

    Other cells, such as the headers between two ranges of weights, are not in it.
    """
    filled = (formula.area for formula in file.formulas)
    read = itertools.chain.from_iterable((*p.cells, *p.areas) for p in patterns)
    used = set(itertools.chain(filled, file.areas.values(), read))
    number_blocks, sheets = _number_blocks(file, used)
    rows, columns = dict.fromkeys(sheets, 0), dict.fromkeys(sheets, 0)
    for area in used:
        if not any(block.area.contains(area) for block in number_blocks.get(area.sheet, ())):
            rows[area.sheet] = max(rows[area.sheet], area.row + area.rows - 1)
            columns[area.sheet] = max(columns[area.sheet], area.column + area.columns - 1)
    sizes = {name: (rows[name], columns[name]) for name in sheets}
    cells = sum(rows[name] * columns[name] for name in sheets)
    if cells > file.most_cells:
        raise WorkbookError(
            f"workbook {file.path}: expected at most {file.most_cells:,} cells up to the last "
            f"named, filled or read cell of each sheet, got {cells:,}",
            WORKBOOK_HINT,
        )
    grid = Grid(sizes, itertools.chain.from_iterable(number_blocks.values()))
    for name, sheet in sheets.items():
        grid.fill(name, sheet.numbers[: rows[name], : columns[name]])
        for (i, j), value in sheet.others.items():
            if i < rows[name] and j < columns[name]:
                grid.put(grid.place(Area(name, i + 1, j + 1, 1, 1)), value)
    return grid


def _number_blocks(
    file: WorkbookFile, used: Iterable[Area]
) -> tuple[dict[str, list[NumberBlock]], dict[str, SheetConstants]]:
    """The number blocks of each sheet, and the sheets.

    A block that overlaps an area without containing it is moved back into the sheet's cells.
    """
    number_blocks: dict[str, list[NumberBlock]] = {}
    sheets = dict(file.sheets)
    for block in file.number_blocks:
        number_blocks.setdefault(block.area.sheet, []).append(block)
    for area in used:
        for block in list(number_blocks.get(area.sheet, ())):
            if block.area.overlaps(area) and not block.area.contains(area):
                number_blocks[area.sheet].remove(block)
                sheets[area.sheet] = with_block(sheets[area.sheet], block)
    return number_blocks, sheets


def owners_of(owners: NDArray[np.int32], places: Iterable[int]) -> list[int]:
    """The formulas that fill some places; those of number blocks have none."""
    formulas = owners[[place for place in places if place < owners.size]].tolist()
    return [owner for owner in formulas if owner != _NO_FORMULA]


class _Planner:
    """Orders and groups formulas."""

    def __init__(
        self, formulas: Sequence[FileFormula], patterns: Sequence[Pattern], grid: Grid
    ) -> None:
        self.formulas, self.patterns, self.grid = formulas, patterns, grid
        self.compiler = compiler()
        areas = dict.fromkeys(area for pattern in patterns for area in pattern.areas)
        self.numbers = {area: number for number, area in enumerate(areas)}
        self.areas = [grid.area(area) for area in areas]
        self.targets = [grid.area(formula.area) for formula in formulas]
        self.cells = [[grid.place(cell) for cell in pattern.cells] for pattern in patterns]
        self.owners = np.full(grid.size, _NO_FORMULA, dtype=np.int32)
        for number, target in enumerate(self.targets):
            owned = target.part_of(self.owners)
            if (owned != _NO_FORMULA).any():
                raise WorkbookError(
                    f"cell {formulas[number].area.absolute}: expected one formula per "
                    "cell, got two",
                    WORKBOOK_HINT,
                )
            owned[:] = number

    def plan(self, wanted: Iterable[Area] | None) -> CalculationPlan:
        """The plan, with a group for the formulas of each step and pattern."""
        needs, fillers = self.dependencies(), [self.fillers(area) for area in self.areas]
        step, circular = steps(needs, fillers)
        numbers: Iterable[int] = range(len(self.formulas))
        if wanted is not None:
            ends = itertools.chain.from_iterable(
                self.fillers(self.grid.area(area)) for area in wanted
            )
            numbers = sorted(with_dependencies(ends, needs, fillers))
        members: dict[tuple[int, str, tuple[int, ...], int], list[int]] = {}
        for number in numbers:
            formula, pattern = self.formulas[number], self.patterns[number]
            array = -1 if formula.area.shape == (1, 1) else number  # an array has its own group
            areas = tuple(self.numbers[area] for area in pattern.areas)
            text = _CYCLE + pattern.text if number in circular else pattern.text
            members.setdefault((step[number], text, areas, array), []).append(number)
        groups = [self.group(members[key], key[1], key[2]) for key in sorted(members)]
        return CalculationPlan(
            self.grid, self.formulas, self.owners, self.areas, groups, self.compiler
        )

    def dependencies(self) -> list[Dependencies]:
        """The dependencies of every formula."""
        return [
            Dependencies(
                owners_of(self.owners, cells),
                [self.numbers[area] for area in pattern.areas],
            )
            for pattern, cells in zip(self.patterns, self.cells, strict=True)
        ]

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
        formula, target = self.formulas[members[0]], self.targets[members[0]]
        cycle = program([], [CYCLE_ERROR], [], [], 0)
        return Group(
            cycle if text.startswith(_CYCLE) else self.compiler.node(text, formula.area),
            np.array(members, dtype=np.int64),
            np.array([self.cells[number] for number in members], dtype=np.int64),
            areas,
            np.array([self.targets[number].first for number in members], dtype=np.int64),
            None if formula.area.shape == (1, 1) else target,
        )
