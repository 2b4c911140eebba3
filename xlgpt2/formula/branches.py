"""Branches: both of an IF made as large as the cells that its array formula fills.

Where `IF({active[i]}=1,MMULT(...),0)` gives 0, its result is one number and no row. LibreOffice
then renews only the first cell of the array in an open window, and the others keep what they were.
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
    """The formula, whose result is never smaller than its cells.

    `numbers` are cells of that shape which always hold numbers: 0 times these is a 0 for each.
    Raises ShapeError where they are needed and there are none.
    """
    if least_shape(formula.tree, shape_of) == shape:
        return formula
    if numbers is None:
        raise ShapeError(
            f"formula: expected [{shape[0]}, {shape[1]}] values from both branches of IF, "
            "got one value from one of them",
            "write 0*{NAME} for it, with a range of that shape, or take columns out of the "
            "range: the numbers over its columns then fill the branch",
        )
    return Formula(_full(formula.tree, shape, shape_of, numbers))


def _full(node: Node, shape: Shape, shape_of: Callable[[Hole], Shape], numbers: Node) -> Node:
    """A part of a formula whose result is never smaller than `shape`."""
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
    # What may be a text: the condition holds for each cell and makes a copy for it.
    return Call("IF", (Binary("=", zeros, _ZERO), node, _ZERO))


def _chooses(node: Node, shape_of: Callable[[Hole], Shape]) -> bool:
    """Whether this is an IF that gives one of two branches, and not some cells of each."""
    return (
        isinstance(node, Call)
        and node.function == "IF"
        and len(node.arguments) == 3
        and least_shape(node.arguments[0], shape_of) == SCALAR
    )
