"""An expression as a list of calls, run for one cell or vectorized for many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from formulas.errors import BaseError
from formulas.functions import Array

from xlgpt2.cells.values import Cells
from xlgpt2.engines.formulas.functions import ArrayKind, Traits
from xlgpt2.engines.formulas.grid import (
    VALUE_ERROR,
    Function,
    Value,
)

#: The most numbers of a result; wte of GPT-2 has 39 million.
MOST_NUMBERS = 100_000_000

#: Exceptions of functions of `formulas` for unexpected arguments, such as arrays that don't fit
#: each other, or one argument too many.
_UNEXPECTED = (BaseError, TypeError, ValueError, IndexError)

#: A slot, and the number of the formula's cell or area for it.
Binding = tuple[int, int]


@dataclass(frozen=True)
class Call:
    """One call: the slots of its arguments and of its result."""

    function: Function
    arguments: tuple[int, ...]
    result: int
    traits: Traits | None


@dataclass(frozen=True, eq=False)
class Program:
    """An expression as calls on slots, in topological order.

    `start` has the constants in their slots. If many cells are computed at once, which only a
    `vectorizable` program allows, the slots in `varying` are columns with a row for each cell.
    """

    calls: tuple[Call, ...]
    start: tuple[Value, ...]
    cells: tuple[Binding, ...]
    areas: tuple[Binding, ...]
    result: int
    varying: frozenset[int]
    vectorizable: bool

    def run(self, cells: Cells, areas: Mapping[int, Cells]) -> Value:
        """The result for one formula; `cells` is a row with the values of `self.cells`."""
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
        """The results for many formulas, with a row of `cells` each.

        None if they must be run one by one, because one of them turned the whole column into an
        error, as some functions of `formulas` do.
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
        if call.traits is None or call.traits.kind is not ArrayKind.REDUCTION:
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
    """Whether a result with all rows and columns of the arguments would need too much memory.

    Spreadsheet programs return an error then, too.
    """
    rows = columns = 1
    for argument in arguments:
        if isinstance(argument, np.ndarray) and argument.ndim == 2:
            rows, columns = max(rows, argument.shape[0]), max(columns, argument.shape[1])
    return rows * columns > MOST_NUMBERS


def program(
    calls: Sequence[Call],
    start: Sequence[Value],
    cells: Sequence[Binding],
    areas: Sequence[Binding],
    result: int,
) -> Program:
    """A program; derives from its calls which slots vary, and whether it is vectorizable."""
    varying = {slot for slot, _ in cells}
    arrays = {slot for slot, _ in areas}  # slots that have, or may have, several values
    arrays |= {slot for slot, value in enumerate(start) if np.size(value) != 1}
    vectorizable = True
    for call in calls:
        if not varying.isdisjoint(call.arguments):
            vectorizable = vectorizable and _is_vectorizable(call, varying, arrays)
            varying.add(call.result)
        elif call.traits is None or call.traits.kind is not ArrayKind.REDUCTION:
            arrays.add(call.result)
    return Program(
        tuple(calls),
        tuple(start),
        tuple(cells),
        tuple(areas),
        result,
        frozenset(varying),
        vectorizable and result in varying,
    )


def _is_vectorizable(call: Call, varying: set[int], arrays: set[int]) -> bool:
    """Whether a call with columns as arguments returns the same as calls row by row."""
    if call.traits is None:
        return False
    if call.traits.kind is ArrayKind.REDUCTION:
        return True
    for position, slot in enumerate(call.arguments):
        if position == call.traits.table:
            if slot in varying:
                return False
        elif slot in arrays:
            return False
    return True
