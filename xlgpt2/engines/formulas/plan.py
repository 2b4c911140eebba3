"""How to compute one workbook: its grid of constants, and its formulas in groups, in order."""

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
    Needs,
    needed,
    steps,
)
from xlgpt2.engines.formulas.grid import (
    CIRCLE_ERROR,
    Block,
    Grid,
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

_NOBODY = -1

#: Stands before the pattern of a formula that needs its own result; no pattern begins with it.
_CIRCLE = "=="


@dataclass(frozen=True, eq=False)
class Group:
    """Formulas of one pattern over the same areas that don't need each other.

    `formulas` are their numbers, and `cells` has a row for each: the places of the cells it reads.
    `targets` are the places that they fill, if that is one each; else the group is one array
    formula, and `block` is what it fills.
    """

    node: Node
    formulas: NDArray[np.int64]
    cells: NDArray[np.int64]
    areas: tuple[int, ...]
    targets: NDArray[np.int64]
    block: Block | None


@dataclass(frozen=True, eq=False)
class Plan:
    """What computing a workbook needs to know, whatever its inputs.

    `owners` says of every place which formula fills it, or -1. `areas` are what groups refer to.
    """

    grid: Grid
    formulas: Sequence[FileFormula]
    owners: NDArray[np.int32]
    areas: Sequence[Block]
    groups: Sequence[Group]
    compiler: Compiler


def make_plan(file: WorkbookFile, wanted: Iterable[Area] | None = None) -> Plan:
    """The plan for a workbook, or for as much of it as the wanted areas need.

    Raises WorkbookError for a formula that can't be read, and MissingFunctionError for a function
    that `formulas` lacks. One that needs its own result gives an error, as in every spreadsheet.
    """
    reader = PatternReader(file.areas, list(file.sheets), file.sheet_scoped)
    patterns = [reader.read(formula.text, formula.area) for formula in file.formulas]
    grid = _grid(file, patterns)
    return _Planner(file.formulas, patterns, grid).plan(wanted)


def _grid(file: WorkbookFile, patterns: Iterable[Pattern]) -> Grid:
    """The constants in a grid large enough for all that is read, filled or named.

    Other cells, such as the headers between two ranges of weights, are not in it.
    """
    filled = (formula.area for formula in file.formulas)
    read = itertools.chain.from_iterable((*p.cells, *p.areas) for p in patterns)
    used = set(itertools.chain(filled, file.areas.values(), read))
    lifted, sheets = _lifted(file, used)
    rows, columns = dict.fromkeys(sheets, 0), dict.fromkeys(sheets, 0)
    for area in used:
        if not any(block.area.contains(area) for block in lifted.get(area.sheet, ())):
            rows[area.sheet] = max(rows[area.sheet], area.row + area.rows - 1)
            columns[area.sheet] = max(columns[area.sheet], area.column + area.columns - 1)
    sizes = {name: (rows[name], columns[name]) for name in sheets}
    cells = sum(rows[name] * columns[name] for name in sheets)
    if cells > file.most_cells:
        raise WorkbookError(
            f"workbook {file.path}: expected at most {file.most_cells:,} cells up to the last of "
            f"each sheet that is named, filled or read, got {cells:,}",
            WORKBOOK_HINT,
        )
    grid = Grid(sizes, itertools.chain.from_iterable(lifted.values()))
    for name, sheet in sheets.items():
        grid.fill(name, sheet.numbers[: rows[name], : columns[name]])
        for (i, j), value in sheet.others.items():
            if i < rows[name] and j < columns[name]:
                grid.put(grid.place(Area(name, i + 1, j + 1, 1, 1)), value)
    return grid


def _lifted(
    file: WorkbookFile, used: Iterable[Area]
) -> tuple[dict[str, list[NumberBlock]], dict[str, SheetConstants]]:
    """The lifted blocks of each sheet, and the sheets with those that can't stay lifted.

    A block that an area covers in part, with cells beside it, goes back among the cells.
    """
    lifted: dict[str, list[NumberBlock]] = {}
    sheets = dict(file.sheets)
    for block in file.number_blocks:
        lifted.setdefault(block.area.sheet, []).append(block)
    for area in used:
        for block in list(lifted.get(area.sheet, ())):
            if block.area.overlaps(area) and not block.area.contains(area):
                lifted[area.sheet].remove(block)
                sheets[area.sheet] = with_block(sheets[area.sheet], block)
    return lifted, sheets


def owners_of(owners: NDArray[np.int32], places: Iterable[int]) -> list[int]:
    """The formulas that fill some places; places of lifted blocks have no owners."""
    found = owners[[place for place in places if place < owners.size]].tolist()
    return [owner for owner in found if owner != _NOBODY]


class _Planner:
    """Puts formulas in order and in groups."""

    def __init__(
        self, formulas: Sequence[FileFormula], patterns: Sequence[Pattern], grid: Grid
    ) -> None:
        self.formulas, self.patterns, self.grid = formulas, patterns, grid
        self.compiler = compiler()
        areas = dict.fromkeys(area for pattern in patterns for area in pattern.areas)
        self.numbers = {area: number for number, area in enumerate(areas)}
        self.blocks = [grid.block(area) for area in areas]
        self.targets = [grid.block(formula.area) for formula in formulas]
        self.cells = [[grid.place(cell) for cell in pattern.cells] for pattern in patterns]
        self.owners = np.full(grid.size, _NOBODY, dtype=np.int32)
        for number, target in enumerate(self.targets):
            owned = target.part_of(self.owners)
            if (owned != _NOBODY).any():
                raise WorkbookError(
                    f"cell {formulas[number].area.absolute}: expected one formula, got two",
                    WORKBOOK_HINT,
                )
            owned[:] = number

    def plan(self, wanted: Iterable[Area] | None) -> Plan:
        """The plan, formulas of one step and one pattern together."""
        needs, fillers = self.needs(), [self.fillers(block) for block in self.blocks]
        step, circular = steps(needs, fillers)
        chosen: Iterable[int] = range(len(self.formulas))
        if wanted is not None:
            ends = itertools.chain.from_iterable(
                self.fillers(self.grid.block(area)) for area in wanted
            )
            chosen = sorted(needed(ends, needs, fillers))
        members: dict[tuple[int, str, tuple[int, ...], int], list[int]] = {}
        for number in chosen:
            formula, pattern = self.formulas[number], self.patterns[number]
            apart = -1 if formula.area.shape == (1, 1) else number  # an array has its own group
            areas = tuple(self.numbers[area] for area in pattern.areas)
            text = _CIRCLE + pattern.text if number in circular else pattern.text
            members.setdefault((step[number], text, areas, apart), []).append(number)
        groups = [self.group(members[key], key[1], key[2]) for key in sorted(members)]
        return Plan(self.grid, self.formulas, self.owners, self.blocks, groups, self.compiler)

    def needs(self) -> list[Needs]:
        """What every formula needs."""
        return [
            Needs(
                owners_of(self.owners, cells),
                [self.numbers[area] for area in pattern.areas],
            )
            for pattern, cells in zip(self.patterns, self.cells, strict=True)
        ]

    def fillers(self, block: Block) -> list[int]:
        """The formulas in an area."""
        if block.first >= self.owners.size:  # a lifted block
            return []
        owners = block.part_of(self.owners)
        if owners.max() == _NOBODY:  # weights: many, and nobody's
            return []
        found: list[int] = np.unique(owners).tolist()
        return [owner for owner in found if owner != _NOBODY]

    def group(self, members: list[int], text: str, areas: tuple[int, ...]) -> Group:
        """A group of formulas with a pattern of this text."""
        formula, target = self.formulas[members[0]], self.targets[members[0]]
        circle = program([], [CIRCLE_ERROR], [], [], 0)
        return Group(
            circle if text.startswith(_CIRCLE) else self.compiler.node(text, formula.area),
            np.array(members, dtype=np.int64),
            np.array([self.cells[number] for number in members], dtype=np.int64),
            areas,
            np.array([self.targets[number].first for number in members], dtype=np.int64),
            None if formula.area.shape == (1, 1) else target,
        )
