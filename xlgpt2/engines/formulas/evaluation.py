"""One computation of a workbook, for one set of inputs."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from formulas.tokens.operand import XlError

from xlgpt2.cells.values import Cells
from xlgpt2.engines.formulas.compiled import Conditional, Node
from xlgpt2.engines.formulas.grid import (
    EMPTY,
    VALUE_ERROR,
    Value,
)
from xlgpt2.engines.formulas.plan import CalculationPlan, Group
from xlgpt2.engines.formulas.program import Program


class Evaluation:
    """One computation of all formulas but those in `replaced`, whose cells are overridden."""

    def __init__(self, plan: CalculationPlan, replaced: Collection[int]) -> None:
        self.plan, self.grid, self.replaced = plan, plan.grid, frozenset(replaced)
        #: Areas read so far: all formulas in them are done by then, so that they don't change.
        self.areas: dict[int, Cells] = {}

    def run(self) -> None:
        """Compute every group in order, and put all results into the grid."""
        for group in self.plan.groups:
            members = list(range(len(group.formulas)))
            if self.replaced:
                members = [m for m in members if group.formulas[m] not in self.replaced]
            if members:
                self.compute(group.node, group, members)

    def compute(self, node: Node, group: Group, members: list[int]) -> None:
        """Compute some members of a group and put their results into the grid."""
        if isinstance(node, Program):
            self.store(group, members, self.results(node, group, members))
            return
        then: list[int] = []
        otherwise: list[int] = []
        conditions = self.results(node.condition, group, members)
        for member, condition in zip(members, conditions, strict=True):
            verdict = _verdict(condition)
            if isinstance(verdict, XlError):
                self.store(group, [member], [verdict])
            elif verdict is None:
                self.compute(self.whole(node, group), group, [member])
            else:
                (then if verdict else otherwise).append(member)
        for branch, branch_members in ((node.then, then), (node.otherwise, otherwise)):
            if branch_members:
                self.compute(branch, group, branch_members)

    def whole(self, conditional: Conditional, group: Group) -> Program:
        """An IF as one expression, for a condition that is an array."""
        cell = self.plan.formulas[group.formulas[0]].area
        return self.plan.compiler.program(conditional.pattern, cell)

    def results(self, program: Program, group: Group, members: list[int]) -> list[Value]:
        """The results of an expression for some members."""
        read = [number for _, number in program.cells]
        cells = self.grid.read_places(group.cells[members][:, read])
        areas = {number: self.area(group.areas[number]) for _, number in program.areas}
        if not read:
            return [program.run(cells[:1], areas)] * len(members)
        if program.vectorizable and len(members) > 1:
            column = program.run_many(cells, areas)
            if column is not None:
                values: list[Value] = column.tolist()
                return values
        return [program.run(cells[i : i + 1], areas) for i in range(len(members))]

    def area(self, number: int) -> Cells:
        """The cells of an area."""
        if number not in self.areas:
            self.areas[number] = self.grid.read(self.plan.areas[number])
        return self.areas[number]

    def store(self, group: Group, members: list[int], results: list[Value]) -> None:
        """Put the results of some members into the grid."""
        if group.array_area is not None:
            self.grid.write(group.array_area, results[0])
        else:
            values = np.array([_single(result) for result in results], dtype=object)
            self.grid.write_places(group.targets[members], values)


def _single(result: Value) -> Value:
    """The value of a single cell: the first of its result, or an error if that is empty."""
    if not isinstance(result, np.ndarray):
        return result
    return result.item(0) if result.size else VALUE_ERROR


def _verdict(condition: Value) -> bool | XlError | None:
    """The outcome of an IF's condition: a branch, or its error; None if it is an array."""
    if isinstance(condition, np.ndarray):
        if condition.size != 1:
            return None
        condition = condition.item()
    if isinstance(condition, XlError):
        return condition
    if isinstance(condition, str):
        return False if condition is EMPTY else VALUE_ERROR
    return bool(condition)
