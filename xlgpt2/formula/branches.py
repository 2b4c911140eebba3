"""Branches of IF made as large as the cells that the array formula fills.

If `IF({active[i]}=1,MMULT(...),0)` gives 0, its result is one number and not a row. LibreOffice
then updates only the first cell of the array in an open window; the others keep their old values.
"""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.errors import ShapeError
from xlgpt2.formula.shapes import (
    SCALAR,
    Shape,
    least_shape,
)
from xlgpt2.formula.tree import (
    Binary,
    Call,
    Formula,
    Hole,
    Node,
    Number,
)

_ZERO = Number("0")


def with_full_branches(
    formula: Formula, shape: Shape, shape_of: Callable[[Hole], Shape], numbers: Node | None
) -> Formula:
    """The formula with a result that is never smaller than its cells.

    `numbers` are cells of that shape that always hold numbers: 0 times these is a 0 for each.
    Raises ShapeError if they are needed and there are none.
    """
    if least_shape(formula.tree, shape_of) == shape:
        return formula
    if numbers is None:
        raise ShapeError(
            f"formula: expected [{shape[0]}, {shape[1]}] values from both branches of IF, "
            "got one value from one of them",
            "use 0*{NAME} for this branch, with a range of that shape, or remove columns from "
            "the range: the numbers over its columns then fill the branch",
        )
    return Formula(_full(formula.tree, shape, shape_of, numbers))


def _full(node: Node, shape: Shape, shape_of: Callable[[Hole], Shape], numbers: Node) -> Node:
    """A node rewritten so that its result is never smaller than `shape`."""
    if least_shape(node, shape_of) == shape:
        return node
    zeros = Binary("*", _ZERO, numbers)
    if isinstance(node, Number):
        return zeros if node == _ZERO else Binary("+", node, zeros)
    if _chooses(node, shape_of):
        assert isinstance(node, Call)
        condition, *branches = node.arguments
        full = (_full(branch, shape, shape_of, numbers) for branch in branches)
        return Call(node.function, (condition, *full))
    # It may be a text, which a condition that is true for each cell repeats.
    return Call("IF", (Binary("=", zeros, _ZERO), node, _ZERO))


def _chooses(node: Node, shape_of: Callable[[Hole], Shape]) -> bool:
    """Whether this is an IF with a single condition, which gives one of two branches."""
    return (
        isinstance(node, Call)
        and node.function == "IF"
        and len(node.arguments) == 3
        and least_shape(node.arguments[0], shape_of) == SCALAR
    )
