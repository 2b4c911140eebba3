"""A template's formula as a tree: numbers, texts, calls, operators and {holes} for other ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from xlgpt2.errors import DialectError

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<hole>\{[^{}]*\})
    | (?P<text>"(?:[^"]|"")*")
    | (?P<number>\d+(?:\.\d+)?(?:[Ee][+-]?\d+)?)
    | (?P<call>[A-Z][A-Z0-9]*)(?=\()
    | (?P<operator><>|<=|>=|[-+*/^&=<>(),])
    )""",
    re.VERBOSE,
)
_HOLE = re.compile(r"\{(?P<name>[a-z][a-z_0-9]*)(?:\[(?P<selectors>[^\[\]]*)\])?\}")

# The operators by precedence, lowest first (ECMA-376 part 1, 18.17.2.2).
_PRECEDENCE = [("=", "<>", "<", "<=", ">", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",)]


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    text: str


@dataclass(frozen=True)
class Text:
    """A text with its quotes."""

    text: str


@dataclass(frozen=True)
class Hole:
    """A placeholder for the address or name of a range: {name}, {name[i]}, {name[:i+1, j]}."""

    name: str
    selectors: tuple[str, ...]

    def __str__(self) -> str:
        selectors = f"[{', '.join(self.selectors)}]" if self.selectors else ""
        return f"{{{self.name}{selectors}}}"


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Binary:
    """Two operands and the operator between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Negative:
    """A minus sign before an operand."""

    operand: Node


Node: TypeAlias = "Number | Text | Hole | Call | Binary | Negative"


@dataclass(frozen=True)
class Formula:
    """A formula without its leading `=`."""

    tree: Node

    def __str__(self) -> str:
        return "".join(str(piece) for piece in self.pieces)

    @cached_property
    def pieces(self) -> tuple[str | Hole, ...]:
        """Its texts and holes in order, with only the parentheses that it needs."""
        return _joined(_pieces(self.tree, 0))

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Hole))


def parse(text: str) -> Formula:
    """The formula in a template's text; raises DialectError if it can't be parsed."""
    return Formula(_Parser(list(_tokens(text))).parse())


def _joined(pieces: Iterable[str | Hole]) -> tuple[str | Hole, ...]:
    """The pieces, with adjacent texts joined."""
    joined: list[str | Hole] = []
    for piece in pieces:
        if joined and isinstance(piece, str) and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def _pieces(node: Node, level: int) -> Iterator[str | Hole]:
    """The pieces of a node, in parentheses if its precedence is lower than `level`."""
    if isinstance(node, Hole):
        yield node
    elif isinstance(node, (Number, Text)):
        yield node.text
    elif isinstance(node, Negative):
        yield "-"
        yield from _pieces(node.operand, len(_PRECEDENCE))
    elif isinstance(node, Call):
        yield node.function
        for number, argument in enumerate(node.arguments):
            yield "," if number else "("
            yield from _pieces(argument, 0)
        yield ")"
    else:
        own = next(n for n, operators in enumerate(_PRECEDENCE) if node.operator in operators)
        yield from "(" * (own < level)
        yield from _pieces(node.left, own)
        yield node.operator
        yield from _pieces(node.right, own + 1)
        yield from ")" * (own < level)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    if isinstance(node, Call):
        below: tuple[Node, ...] = node.arguments
    elif isinstance(node, Binary):
        below = (node.left, node.right)
    elif isinstance(node, Negative):
        below = (node.operand,)
    else:
        below = ()
    for child in below:
        yield from walk(child)


def rewritten(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with nodes replaced, from the top down, by what `change` gives for them.

    If that is None, the node stays and those below it are rewritten. A replacement is taken as it
    is. A tree in which nothing changes is returned itself.
    """
    if (replacement := change(node)) is not None:
        return replacement
    if isinstance(node, Call):
        arguments = tuple(rewritten(argument, change) for argument in node.arguments)
        same = all(a is b for a, b in zip(arguments, node.arguments, strict=True))
        return node if same else Call(node.function, arguments)
    if isinstance(node, Binary):
        left, right = rewritten(node.left, change), rewritten(node.right, change)
        same = left is node.left and right is node.right
        return node if same else Binary(node.operator, left, right)
    if isinstance(node, Negative):
        operand = rewritten(node.operand, change)
        return node if operand is node.operand else Negative(operand)
    return node


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _unreadable(text[position : position + 12])
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


def _hole(token: str) -> Hole:
    match = _HOLE.fullmatch(token)
    if match is None:
        raise _unreadable(token)
    selectors = match["selectors"]
    parts = () if selectors is None else tuple(part.strip() for part in selectors.split(","))
    return Hole(match["name"], parts)


def _unreadable(token: str) -> DialectError:
    return DialectError(
        f"formula: expected a number, text, function, operator or {{hole}}, got {token!r}",
        "see docs/templates.md for the syntax of formulas",
    )


class _Parser:
    """A parser of tokens, left to right, by the precedence of operators."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = [*tokens, ("end", "the end")]
        self.position = 0

    def parse(self) -> Node:
        node = self.binary(0)
        self.take("end")
        return node

    @property
    def token(self) -> str:
        return self.tokens[self.position][1]

    def take(self, expected: str) -> None:
        kind, token = self.tokens[self.position]
        if expected not in (kind, token):
            raise _unreadable(token)
        self.position += 1

    def binary(self, level: int) -> Node:
        if level == len(_PRECEDENCE):
            return self.operand()
        node = self.binary(level + 1)
        while self.token in _PRECEDENCE[level]:
            operator = self.token
            self.position += 1
            node = Binary(operator, node, self.binary(level + 1))
        return node

    def operand(self) -> Node:
        kind, token = self.tokens[self.position]
        self.position += 1
        if kind == "hole":
            return _hole(token)
        if kind == "number":
            return Number(token)
        if kind == "text":
            return Text(token)
        if kind == "call":
            return Call(token, self.arguments())
        if token == "-":
            return Negative(self.operand())
        if token == "(":
            node = self.binary(0)
            self.take(")")
            return node
        raise _unreadable(token)

    def arguments(self) -> tuple[Node, ...]:
        self.take("(")
        arguments = [self.binary(0)]
        while self.token == ",":
            self.position += 1
            arguments.append(self.binary(0))
        self.take(")")
        return tuple(arguments)
