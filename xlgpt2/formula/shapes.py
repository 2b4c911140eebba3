"""Shapes: the rows and columns of a formula's result, computed before anything is written."""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.errors import ShapeError
from xlgpt2.formula.dialect import ELEMENTWISE, REDUCING
from xlgpt2.formula.tree import (
    Binary,
    Call,
    Hole,
    Negative,
    Node,
    Number,
    Text,
)

Shape = tuple[int, int]
SCALAR: Shape = (1, 1)


def result_shape(node: Node, shape_of: Callable[[Hole], Shape]) -> Shape:
    """Rows and columns of a formula's result; raises ShapeError if its parts don't fit."""
    return _shape(node, shape_of, _call_shape)


def least_shape(node: Node, shape_of: Callable[[Hole], Shape]) -> Shape:
    """Rows and columns of the smallest result: an IF of one cell gives one branch or the other.

    Raises what `result_shape` raises.
    """
    return _shape(node, shape_of, _least_call_shape)


def _shape(
    node: Node,
    shape_of: Callable[[Hole], Shape],
    call_shape: Callable[[Call, list[Shape]], Shape],
) -> Shape:
    if isinstance(node, (Number, Text)):
        return SCALAR
    if isinstance(node, Hole):
        return shape_of(node)
    if isinstance(node, Negative):
        return _shape(node.operand, shape_of, call_shape)
    if isinstance(node, Binary):
        left = _shape(node.left, shape_of, call_shape)
        right = _shape(node.right, shape_of, call_shape)
        return _broadcast(left, right, f"operator {node.operator}")
    return call_shape(node, [_shape(a, shape_of, call_shape) for a in node.arguments])


def _least_call_shape(call: Call, arguments: list[Shape]) -> Shape:
    if call.function == "MMULT":  # its factors must fit in any case
        return arguments[0][0], arguments[1][1]
    if call.function != "IF" or arguments[0] != SCALAR:
        return _call_shape(call, arguments)
    branches = [*arguments[1:], SCALAR][:2]  # without a second one the result may be FALSE
    return min(rows for rows, _ in branches), min(columns for _, columns in branches)


def _call_shape(call: Call, arguments: list[Shape]) -> Shape:
    if call.function == "TRANSPOSE":
        return arguments[0][1], arguments[0][0]
    if call.function == "MMULT":
        (rows, inner), (height, columns) = arguments
        if inner != height:
            raise ShapeError(
                f"MMULT: expected as many columns on the left as rows on the right, "
                f"got [{rows}, {inner}] by [{height}, {columns}]",
                "check the shapes of both ranges, or use TRANSPOSE on one",
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
    """The shape of two operands; one row, column or cell is broadcast over the other."""
    shape = []
    for a, b in zip(left, right, strict=True):
        if a != b and 1 not in (a, b):
            raise ShapeError(
                f"{where}: expected equal shapes, or a single row, column or cell, got "
                f"[{left[0]}, {left[1]}] and [{right[0]}, {right[1]}]",
                "check the shapes of the ranges on both sides",
            )
        shape.append(max(a, b))
    return shape[0], shape[1]
