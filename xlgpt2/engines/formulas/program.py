"""An expression as a list of calls, run for one cell or for many cells in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from formulas.errors import BaseError
from formulas.functions import Array

from xlgpt2.cells.values import Cells
from xlgpt2.engines.formulas.functions import Kind, Traits
from xlgpt2.engines.formulas.grid import (
    VALUE_ERROR,
    Function,
    Value,
)

#: Numbers of a result: wte of GPT-2 has 39 million. More are an error.
MOST_NUMBERS = 100_000_000

#: What functions of `formulas` raise for arguments that they don't expect, such as arrays that
#: don't fit each other, or one argument too many.
_UNEXPECTED = (BaseError, TypeError, ValueError, IndexError)

#: A slot, and which of a formula's cells or areas goes there.
Pair = tuple[int, int]


@dataclass(frozen=True)
class Call:
    """One call: the slots of its arguments and of its result."""

    function: Function
    arguments: tuple[int, ...]
    result: int
    traits: Traits | None


@dataclass(frozen=True, eq=False)
class Program:
    """An expression as calls over slots, in an order in which every argument is there in time.

    `start` holds the constants in their slots. Where many cells are computed in one go, which only
    a `shareable` program allows, the slots in `varying` hold a column with a row for each.
    """

    calls: tuple[Call, ...]
    start: tuple[Value, ...]
    cells: tuple[Pair, ...]
    areas: tuple[Pair, ...]
    result: int
    varying: frozenset[int]
    shareable: bool

    def run(self, cells: Cells, areas: Mapping[int, Cells]) -> Value:
        """The result for one formula; `cells` is a row with what `self.cells` asks for."""
        slots = self._filled(cells, areas)
        try:
            for call in self.calls:
                arguments = [slots[i] for i in call.arguments]
                if self.areas and _is_too_large(arguments):
                    return VALUE_ERROR
                slots[call.result] = call.function(*arguments)
        except _UNEXPECTED:
            return VALUE_ERROR
        return slots[self.result]

    def run_many(self, cells: Cells, areas: Mapping[int, Cells]) -> Cells | None:
        """The results for many formulas, a row of `cells` each.

        None says that one of them made an error of the whole column, so that they must be run one
        by one: some functions of `formulas` do that.
        """
        slots, count = self._filled(cells, areas), len(cells)
        try:
            for call in self.calls:
                result = self._call(call, slots, count)
                if call.result in self.varying and np.shape(result) != (count, 1):
                    return None
                slots[call.result] = result
        except _UNEXPECTED:
            return None
        column: Cells = np.asarray(slots[self.result])
        return column[:, 0]

    def _filled(self, cells: Cells, areas: Mapping[int, Cells]) -> list[Value]:
        slots = list(self.start)
        for i, (slot, _) in enumerate(self.cells):
            slots[slot] = cells[:, i : i + 1]
        for slot, number in self.areas:
            slots[slot] = areas[number]
        return slots

    def _call(self, call: Call, slots: list[Value], count: int) -> Value:
        """The result of one call for many formulas."""
        arguments = [slots[i] for i in call.arguments]
        if self.areas and _is_too_large(arguments):
            return VALUE_ERROR
        if call.traits is None or call.traits.kind is not Kind.WHOLE:
            return call.function(*arguments)
        columns = [i in self.varying for i in call.arguments]
        if not any(columns):
            return call.function(*arguments)
        results = np.empty((count, 1), dtype=object)
        for row in range(count):
            results[row, 0] = call.function(
                *[
                    argument[row : row + 1] if column else argument
                    for argument, column in zip(arguments, columns, strict=True)
                ]
            )
        return results.view(Array)


def _is_too_large(arguments: Sequence[Value]) -> bool:
    """Whether a result of all rows and columns of its arguments would take too much memory.

    Spreadsheet programs give an error then, too.
    """
    rows = columns = 1
    for argument in arguments:
        if isinstance(argument, np.ndarray) and argument.ndim == 2:
            rows, columns = max(rows, argument.shape[0]), max(columns, argument.shape[1])
    return rows * columns > MOST_NUMBERS


def program(
    calls: Sequence[Call],
    start: Sequence[Value],
    cells: Sequence[Pair],
    areas: Sequence[Pair],
    result: int,
) -> Program:
    """A program with what follows from its calls: which slots vary, and whether it is shareable."""
    varying = {slot for slot, _ in cells}
    whole = {slot for slot, _ in areas}  # slots that hold, or may hold, more than one value
    whole |= {slot for slot, value in enumerate(start) if np.size(value) != 1}
    shareable = True
    for call in calls:
        if not varying.isdisjoint(call.arguments):
            shareable = shareable and _is_shareable(call, varying, whole)
            varying.add(call.result)
        elif call.traits is None or call.traits.kind is not Kind.WHOLE:
            whole.add(call.result)
    return Program(
        tuple(calls),
        tuple(start),
        tuple(cells),
        tuple(areas),
        result,
        frozenset(varying),
        shareable and result in varying,
    )


def _is_shareable(call: Call, varying: set[int], whole: set[int]) -> bool:
    """Whether a call with columns for arguments gives, row by row, what it gives for each row."""
    if call.traits is None:
        return False
    if call.traits.kind is Kind.WHOLE:
        return True
    for position, slot in enumerate(call.arguments):
        if position == call.traits.table:
            if slot in varying:
                return False
        elif slot in whole:
            return False
    return True
