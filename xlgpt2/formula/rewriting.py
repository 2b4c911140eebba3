"""Rewriting: changes to the trees of template formulas.

A template contains only the equation. Guards of rows, the scales of int8 weights, steps inlined in
a lean workbook, and the prefixes of newer functions are added here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlgpt2.errors import DialectError, TemplateError
from xlgpt2.formula.dialect import PREFIXED
from xlgpt2.formula.tree import Binary, Call, Formula, Hole, Node, Number, rewritten

#: The selectors of a step's own row.
OWN_ROW = ("i",)


def guarded(formula: Formula, rows: Hole) -> Formula:
    """The formula where `rows` is 1, and 0 elsewhere, at no cost: programs skip the formula."""
    return Formula(Call("IF", (Binary("=", rows, Number("1")), formula.tree, Number("0"))))


def with_scales(formula: Formula, scales: Mapping[str, str]) -> Formula:
    """The formula with int8 weights multiplied by the scales of their columns.

    `scales` names the range of scales of each range of weights. Raises DialectError if weights
    are used outside MMULT and INDEX.
    """

    def scale_of(node: Node) -> Hole | None:
        if isinstance(node, Hole) and node.name in scales:
            return Hole(scales[node.name], ())
        return None

    def change(node: Node) -> Node | None:
        if isinstance(node, Call) and node.function == "MMULT":
            return scaled_product(*node.arguments)
        if isinstance(node, Call) and node.function == "INDEX":
            weights, *place = node.arguments
            if (scale := scale_of(weights)) is not None:
                scale = Hole(scale.name, ("0", "j"))
                rest = (rewritten(argument, change) for argument in place)
                return Binary("*", Call("INDEX", (weights, *rest)), scale)
        if scale_of(node) is not None:
            raise DialectError(
                f"formula: expected {node} only in MMULT or INDEX, where the scales of int8 "
                "weights can be applied, got it elsewhere",
                "multiply by the weights with MMULT, or look a row up with INDEX",
            )
        return None

    def scaled_product(left: Node, right: Node) -> Node | None:
        """Rows times weights, or weights times columns; None if neither side is weights."""
        if (scale := scale_of(right)) is not None:
            return Binary("*", Call("MMULT", (rewritten(left, change), right)), scale)
        is_column = isinstance(right, Call) and right.function == "TRANSPOSE"
        if (scale := scale_of(left)) is not None and is_column:
            assert isinstance(right, Call)
            row = Binary("*", rewritten(right.arguments[0], change), scale)
            return Call("MMULT", (left, Call("TRANSPOSE", (row,))))
        return None

    return _changed(formula, change)


def with_steps(formula: Formula, steps: Mapping[str, Node]) -> Formula:
    """The formula with steps that have no cells of their own inlined.

    `steps` has the tree of each. Raises TemplateError if another part of one than its own row is
    read.
    """

    def change(node: Node) -> Node | None:
        if not isinstance(node, Hole) or node.name not in steps:
            return None
        if node.selectors != OWN_ROW:
            raise TemplateError(
                f"formula: expected {Hole(node.name, OWN_ROW)}, the same row, since "
                f"{node.name} has inline = true, got other cells of it",
                "remove inline from the template of that range",
            )
        return steps[node.name]

    return _changed(formula, change)


def with_prefixes(formula: Formula) -> Formula:
    """The formula as a file stores it: functions newer than the standard have a prefix."""

    def change(node: Node) -> Node | None:
        if not isinstance(node, Call) or node.function not in PREFIXED:
            return None
        arguments = tuple(rewritten(argument, change) for argument in node.arguments)
        return Call(PREFIXED[node.function], arguments)

    return _changed(formula, change)


def _changed(formula: Formula, change: Callable[[Node], Node | None]) -> Formula:
    """The formula with its tree rewritten; itself if nothing changes."""
    tree = rewritten(formula.tree, change)
    return formula if tree is formula.tree else Formula(tree)
