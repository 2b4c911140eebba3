"""Computing a planned workbook once, for one set of inputs."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from formulas.tokens.operand import XlError

from xlgpt2.cells.values import Cells
from xlgpt2.engines.formulas.compiled import Choice, Node
from xlgpt2.engines.formulas.grid import (
    EMPTY,
    VALUE_ERROR,
    Value,
)
from xlgpt2.engines.formulas.plan import Group, Plan
from xlgpt2.engines.formulas.program import Program


class Evaluation:
    """One computation of all formulas, but those in `replaced`, whose cells were typed over."""

    def __init__(self, plan: Plan, replaced: Collection[int]) -> None:
        self.plan, self.grid, self.replaced = plan, plan.grid, frozenset(replaced)
        #: Once an area is read all formulas in it are done, so that it stays as it is.
        self.areas: dict[int, Cells] = {}

    def run(self) -> None:
        """Compute every group in order, so that the grid holds all results."""
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
        chosen: list[int] = []
        otherwise: list[int] = []
        conditions = self.results(node.condition, group, members)
        for member, condition in zip(members, conditions, strict=True):
            verdict = _verdict(condition)
            if isinstance(verdict, XlError):
                self.store(group, [member], [verdict])
            elif verdict is None:
                self.compute(self.whole(node, group), group, [member])
            else:
                (chosen if verdict else otherwise).append(member)
        for branch, taken in ((node.chosen, chosen), (node.otherwise, otherwise)):
            if taken:
                self.compute(branch, group, taken)

    def whole(self, choice: Choice, group: Group) -> Program:
        """An IF as one expression, for a condition that is an array."""
        cell = self.plan.formulas[group.formulas[0]].area
        return self.plan.compiler.program(choice.pattern, cell)

    def results(self, program: Program, group: Group, members: list[int]) -> list[Value]:
        """What an expression gives for each of some members."""
        read = [number for _, number in program.cells]
        cells = self.grid.read_places(group.cells[members][:, read])
        areas = {number: self.area(group.areas[number]) for _, number in program.areas}
        if not read:
            return [program.run(cells[:1], areas)] * len(members)
        if program.shareable and len(members) > 1:
            column = program.run_many(cells, areas)
            if column is not None:
                shared: list[Value] = column.tolist()
                return shared
        return [program.run(cells[i : i + 1], areas) for i in range(len(members))]

    def area(self, number: int) -> Cells:
        """The cells of an area."""
        if number not in self.areas:
            self.areas[number] = self.grid.read(self.plan.areas[number])
        return self.areas[number]

    def store(self, group: Group, members: list[int], results: list[Value]) -> None:
        """Put the results of some members into the grid."""
        if group.block is not None:
            self.grid.write(group.block, results[0])
        else:
            values = np.array([_single(result) for result in results], dtype=object)
            self.grid.write_places(group.targets[members], values)


def _single(result: Value) -> Value:
    """The value that a single cell shows of a result: its first; an error where there is none."""
    if not isinstance(result, np.ndarray):
        return result
    return result.item(0) if result.size else VALUE_ERROR


def _verdict(condition: Value) -> bool | XlError | None:
    """What the condition of an IF decides: a branch, or its error; None if it is an array."""
    if isinstance(condition, np.ndarray):
        if condition.size != 1:
            return None
        condition = condition.item()
    if isinstance(condition, XlError):
        return condition
    if isinstance(condition, str):
        return False if condition is EMPTY else VALUE_ERROR
    return bool(condition)
