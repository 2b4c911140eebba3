"""Arithmetic with symbols, for sizes and indices in templates: 3*C, i+1, head*K//H."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from xlgpt2.errors import UnknownNameError


def evaluate(expression: str, symbols: Mapping[str, int]) -> int:
    """The integer value of an expression of symbols; raises UnknownNameError."""
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body, symbols)
    except (SyntaxError, TypeError) as error:
        raise UnknownNameError(
            f"expected a sum or product of symbols, got {expression!r}",
            f"the symbols are {', '.join(sorted(symbols))}",
        ) from error


def substitute(text: str, symbols: Mapping[str, int]) -> str:
    """The text with {block}, {block+1}, {head} and other symbols replaced by their numbers.

    A hole for a range, such as {wte[i]}, stays as it is.
    """
    pieces = []
    position = 0
    while (start := text.find("{", position)) >= 0:
        stop = text.find("}", start)
        inside = text[start + 1 : stop]
        if stop > 0 and _is_expression(inside, symbols):
            pieces.append(text[position:start] + str(evaluate(inside, symbols)))
            position = stop + 1
        else:
            pieces.append(text[position : start + 1])
            position = start + 1
    return "".join(pieces) + text[position:]


def _is_expression(inside: str, symbols: Mapping[str, int]) -> bool:
    try:
        names = [n.id for n in ast.walk(ast.parse(inside, mode="eval")) if isinstance(n, ast.Name)]
    except SyntaxError:
        return False
    return bool(names) and all(name in symbols for name in names)


def _value(node: ast.expr, symbols: Mapping[str, int]) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name) and node.id in symbols:
        return symbols[node.id]
    if isinstance(node, ast.Name):
        raise UnknownNameError(
            f"expected a symbol that the model has, got {node.id!r}",
            f"the symbols are {', '.join(sorted(symbols))}",
        )
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, symbols), _value(node.right, symbols)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.FloorDiv) and right:
            return left // right
    raise TypeError(ast.dump(node))
