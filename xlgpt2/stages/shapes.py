"""Shapes: how many rows and columns a formula gives, worked out before anything is written."""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.errors import ShapeError
from xlgpt2.stages.dialect import ELEMENTWISE, REDUCING
from xlgpt2.stages.formula import Binary, Call, Hole, Negative, Node, Number, Text

Shape = tuple[int, int]
SCALAR: Shape = (1, 1)


def result_shape(node: Node, shape_of: Callable[[Hole], Shape]) -> Shape:
    """Rows and columns of what a formula gives; raises ShapeError where its parts don't fit."""
    if isinstance(node, (Number, Text)):
        return SCALAR
    if isinstance(node, Hole):
        return shape_of(node)
    if isinstance(node, Negative):
        return result_shape(node.operand, shape_of)
    if isinstance(node, Binary):
        left, right = result_shape(node.left, shape_of), result_shape(node.right, shape_of)
        return _broadcast(left, right, f"operator {node.operator}")
    return _call_shape(node, [result_shape(a, shape_of) for a in node.arguments])


def _call_shape(call: Call, arguments: list[Shape]) -> Shape:
    if call.function == "TRANSPOSE":
        return arguments[0][1], arguments[0][0]
    if call.function == "MMULT":
        (rows, inner), (height, columns) = arguments
        if inner != height:
            raise ShapeError(
                f"MMULT: expected as many columns on the left as rows on the right, "
                f"got [{rows}, {inner}] by [{height}, {columns}]",
                "check the shapes of both ranges, or TRANSPOSE one",
            )
        return rows, columns
    if call.function == "INDEX" and call.arguments[2:] == (Number("0"),):
        return 1, arguments[0][1]  # a whole row
    if call.function in REDUCING:
        return SCALAR
    assert call.function in ELEMENTWISE, call.function
    shape = SCALAR
    for argument in arguments:
        shape = _broadcast(shape, argument, call.function)
    return shape


def _broadcast(left: Shape, right: Shape, where: str) -> Shape:
    """Spreadsheets stretch one row, one column or one cell over the other operand."""
    shape = []
    for a, b in zip(left, right, strict=True):
        if a != b and 1 not in (a, b):
            raise ShapeError(
                f"{where}: expected equal sizes or one row, column or cell, "
                f"got [{left[0]}, {left[1]}] and [{right[0]}, {right[1]}]",
                "check the shapes of the ranges on both sides",
            )
        shape.append(max(a, b))
    return shape[0], shape[1]
