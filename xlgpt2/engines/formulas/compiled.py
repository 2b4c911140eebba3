"""Formula patterns compiled with `formulas` into a list of calls of its functions.

`formulas` parses a formula, resolves operator precedence and has the functions. It runs the result
in a general graph dispatcher, which takes some 50 microseconds for every call; here the same calls
are made from a list, in topological order.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import formulas
import schedula
from formulas.errors import BaseError
from formulas.functions.operators import OPERATORS
from formulas.tokens.function import Function as FunctionToken

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.functions import exists, install
from xlgpt2.engines.formulas.grid import Function
from xlgpt2.engines.formulas.patterns import call_arguments
from xlgpt2.engines.formulas.program import (
    Binding,
    Call,
    Program,
    program,
)
from xlgpt2.errors import MissingFunctionError, WorkbookError
from xlgpt2.xlsx.package import FORMULA_HINT

#: The graph of an expression in `formulas`: nodes of data and of functions.
Graph = Any

#: Operators on references; here only values are passed.
_RANGE_OPERATORS = (":", " ", ",")


@dataclass(frozen=True, eq=False)
class Conditional:
    """An IF whose condition is computed first, so that only the branch taken is computed.

    `pattern` is the whole IF, which is computed at once if the condition is an array.
    """

    condition: Program
    then: Node
    otherwise: Node
    pattern: str


Node = Program | Conditional


class Compiler:
    """Compiles patterns, each once."""

    def __init__(self) -> None:
        self._traits = install()
        self._parser = formulas.Parser()
        self._programs: dict[str, Program] = {}
        self._nodes: dict[str, Node] = {}

    def node(self, pattern: str, cell: Area) -> Node:
        """A compiled pattern, its outermost IFs as conditionals.

        Raises MissingFunctionError and WorkbookError, which name the formula's `cell`.
        """
        if pattern not in self._nodes:
            parts = call_arguments(pattern, "IF") or []
            if len(parts) in (2, 3) and "=" not in map(str.strip, parts):
                condition, then, otherwise = [*parts, "=FALSE"][:3]
                self._nodes[pattern] = Conditional(
                    self.program(condition, cell),
                    self.node(then, cell),
                    self.node(otherwise, cell),
                    pattern,
                )
            else:
                self._nodes[pattern] = self.program(pattern, cell)
        return self._nodes[pattern]

    def program(self, pattern: str, cell: Area) -> Program:
        """A pattern compiled as one expression; raises what `node` does."""
        if pattern not in self._programs:
            self._programs[pattern] = self._compiled(pattern, cell)
        return self._programs[pattern]

    def _compiled(self, pattern: str, cell: Area) -> Program:
        try:
            tokens, builder = self._parser.ast(pattern)
            for token in tokens:
                if isinstance(token, FunctionToken) and not exists(token.name):
                    raise _missing(f"function {token.name.upper()}", cell)
            graph = builder.compile()
        except (BaseError, schedula.DispatcherError) as error:
            raise WorkbookError(
                f"cell {cell.absolute}: expected a valid formula, got {pattern} (C: cells, A: "
                "areas)",
                FORMULA_HINT,
            ) from error
        return self._program(graph, cell)

    def _program(self, graph: Graph, cell: Area) -> Program:
        """The graph of an expression as a list of calls."""
        constants = {name: data["value"] for name, data in graph.dsp.default_values.items()}
        slots = {name: slot for slot, name in enumerate([*graph.inputs, *constants])}
        start = [None] * len(graph.inputs) + list(constants.values())
        calls: list[Call] = []
        waiting = list(graph.dsp.function_nodes.values())
        while waiting:
            node = _next(waiting, slots)
            function = node["function"]
            inputs = tuple(slots[name] for name in node["inputs"] or ())
            (output,) = node["outputs"]
            if function is schedula.bypass:  # an expression that is in the formula twice
                slots[output] = inputs[0]
                continue
            if any(function is OPERATORS[name] for name in _RANGE_OPERATORS):
                raise _missing("range operator", cell)
            _check_count(function, len(inputs), cell)
            slots[output] = len(start)
            calls.append(Call(function, inputs, len(start), self._traits.get(function)))
            start.append(None)
        return program(
            calls,
            start,
            _placeholders("C", slots, graph.inputs),
            _placeholders("A", slots, graph.inputs),
            slots[graph.outputs[0]],
        )


@cache
def compiler() -> Compiler:
    """The compiler of this process: later workbooks reuse what it has compiled."""
    return Compiler()


def _next(waiting: list[dict[str, Any]], slots: dict[str, int]) -> dict[str, Any]:
    """Remove and return a call whose inputs have slots; the graph is acyclic, so there is one."""
    index = next(i for i, node in enumerate(waiting) if slots.keys() >= set(node["inputs"] or ()))
    return waiting.pop(index)


def _placeholders(kind: str, slots: dict[str, int], inputs: Iterable[str]) -> list[Binding]:
    """The slots and numbers of the placeholders C_0, C_1, ... or A_0, A_1, ..."""
    return [(slots[name], int(name[2:])) for name in inputs if name.startswith(f"{kind}_")]


def _check_count(function: Function, count: int, cell: Area) -> None:
    """Raise WorkbookError if a call has too few or too many arguments."""
    try:
        inspect.signature(function, follow_wrapped=False).bind(*[None] * count)
    except TypeError as error:
        raise WorkbookError(
            f"cell {cell.absolute}: expected functions with a valid number of arguments, got "
            f"one with {count} ({error})",
            FORMULA_HINT,
        ) from error


def _missing(what: str, cell: Area) -> MissingFunctionError:
    return MissingFunctionError(
        f"cell {cell.absolute}: expected functions and operators that the engine "
        f"formulas supports, got the {what}",
        "use another engine with --engine, such as libreoffice",
    )
