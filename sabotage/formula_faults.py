"""Faults of one formula: a token of it changed, the same one in every cell that has the formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlgpt2.cells.address import column_letters, column_number

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<reference>
        (?:'(?:[^']|'')+'!|[A-Za-z_]+!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?(?![\w(])
      )
    | (?P<function>[A-Z_][\w.]*(?=\())
    | (?P<name>[A-Za-z_][\w.]*)
    | (?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)
    | (?P<operator><=|>=|<>|[-+*/^&=<>])
    | (?P<other>[(),\s])
    """,
    re.VERBOSE,
)
_CORNER = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)")

#: Another operator for each; & has none that gives a text.
OPERATORS = {
    **{"+": "-", "-": "+", "*": "+", "/": "*", "^": "*"},
    **{"=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"},
}

#: Another function of the same arguments.
FUNCTIONS = {
    **{"MAX": "MIN", "MIN": "MAX", "SUM": "MAX", "AVERAGE": "SUM", "VARP": "AVERAGE"},
    **{"COUNT": "SUM", "LARGE": "SMALL", "SMALL": "LARGE", "SQRT": "ABS", "EXP": "ABS"},
    **{"TANH": "EXP", "LN": "EXP", "INT": "ABS", "ABS": "INT", "LEN": "COUNT", "MOD": "MAX"},
    **{"COUNTIF": "SUMIF", "SUMPRODUCT": "MAX", "RIGHT": "LEFT", "LEFT": "RIGHT"},
    **{"_xlfn.UNICODE": "LEN", "_xlfn.UNICHAR": "LEN", "ROUND": "MOD", "SUMSQ": "SUM"},
}

#: Functions two of whose arguments may change places, counted from 0.
SWAPS = {"IF": (1, 2), "IFERROR": (0, 1), "INDEX": (1, 2), "SUBSTITUTE": (1, 2), "MMULT": (0, 1)}


@dataclass(frozen=True)
class Token:
    """A piece of a formula and what it is."""

    kind: str
    text: str


@dataclass(frozen=True)
class Spot:
    """Where a formula can be changed in one way: `old` and `new` say what, in its first cell.

    `rewrite` makes the changed formula of that cell, and of any other cell with the formula.
    """

    kind: str
    old: str
    new: str
    rewrite: Callable[[Sequence[Token]], list[Token]]


#: What might be taken for a reference or a name; None where nothing might.
Other = Callable[[Token], "str | None"]


def tokens(formula: str) -> list[Token]:
    """A formula in pieces; raises ValueError for what is none."""
    found, at = [], 0
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"no token at {formula[at:]!r}")
        found.append(Token(match.lastgroup, match[0]))
        at = match.end()
    return found


def text(pieces: Sequence[Token]) -> str:
    """The formula of some pieces."""
    return "".join(piece.text for piece in pieces)


def spots(formula: str) -> Iterator[Spot]:
    """Every place at which a formula can be changed by itself, and how."""
    pieces = tokens(formula)
    for n, token in enumerate(pieces):
        if token.kind in ("number", "text"):
            yield _replaced("constant", n, pieces, _other_constant(token))
        elif token.kind == "operator":
            if token.text in OPERATORS and not _is_sign(pieces, n):
                yield _replaced("operator", n, pieces, OPERATORS[token.text])
            end = _end_of_operand(pieces, n + 1)
            if not _is_sign(pieces, n) and end is not None:
                yield _cut("dropped term", n, end, pieces)
        elif token.kind == "function":
            if token.text in FUNCTIONS:
                yield _replaced("function", n, pieces, FUNCTIONS[token.text])
            if token.text in SWAPS and (swap := _swap(n, pieces)) is not None:
                yield swap
        elif token.kind == "reference":
            for axis, kind in ((0, "shifted by a row"), (1, "shifted by a column")):
                yield _mapped(kind, n, pieces, _shift(axis, +1))
                if shifted(token.text, axis, -1) != token.text:
                    yield _mapped(kind, n, pieces, _shift(axis, -1))


def frozen(first: str, last: str) -> Iterator[Spot]:
    """References that move from the first cell with a formula to the last, held at the first's."""
    pieces, others = tokens(first), tokens(last)
    if len(pieces) != len(others):
        return
    for n, (token, other) in enumerate(zip(pieces, others, strict=True)):
        if token.kind == "reference" and token.text != other.text:
            held = Token("reference", _absolute(token.text))

            def rewrite(these: Sequence[Token], n: int = n, held: Token = held) -> list[Token]:
                return [*these[:n], held, *these[n + 1 :]]

            yield Spot("absolute for relative", f"{token.text} to {other.text}", held.text, rewrite)


def renamed(formula: str, kind: str, other: Other) -> Iterator[Spot]:
    """References and names for which there is another one that might be taken for them."""
    pieces = tokens(formula)
    for n, token in enumerate(pieces):
        new = other(token) if token.kind in ("reference", "name") else None
        if new is not None:
            yield _mapped(kind, n, pieces, lambda token: other(token) or token.text)


def shifted(reference: str, axis: int, by: int) -> str:
    """A reference moved by some rows (axis 0) or columns (1), where that is on the sheet."""
    sheet, bang, local = reference.rpartition("!")
    corners = _CORNER.findall(local)
    if (
        min(int(row) if axis == 0 else column_number(column) for _, column, _, row in corners) + by
        < 1
    ):
        return reference

    def moved(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        if axis == 0:
            digits = str(int(digits) + by)
        else:
            letters = column_letters(column_number(letters) + by)
        return f"{fixed_column}{letters}{fixed_row}{digits}"

    return f"{sheet}{bang}{_CORNER.sub(moved, local)}"


def _shift(axis: int, by: int) -> Callable[[Token], str]:
    return lambda token: shifted(token.text, axis, by)


def _absolute(reference: str) -> str:
    sheet, bang, local = reference.rpartition("!")
    held = _CORNER.sub(r"$\2$\4", local)
    return f"{sheet}{bang}{held}"


def _replaced(kind: str, n: int, pieces: Sequence[Token], new: str) -> Spot:
    return _mapped(kind, n, pieces, lambda _: new)


def _mapped(kind: str, n: int, pieces: Sequence[Token], change: Callable[[Token], str]) -> Spot:
    """One token for another."""

    def rewrite(these: Sequence[Token]) -> list[Token]:
        return [*these[:n], Token(these[n].kind, change(these[n])), *these[n + 1 :]]

    return Spot(kind, _around(pieces, n, n + 1), _around(rewrite(pieces), n, n + 1), rewrite)


def _cut(kind: str, start: int, end: int, pieces: Sequence[Token]) -> Spot:
    def rewrite(these: Sequence[Token]) -> list[Token]:
        return [*these[:start], *these[end:]]

    return Spot(kind, _around(pieces, start, end), _around(rewrite(pieces), start, start), rewrite)


def _swap(n: int, pieces: Sequence[Token]) -> Spot | None:
    """Two arguments of a function in each other's place."""
    ends = _arguments(pieces, n)
    first, second = SWAPS[pieces[n].text]
    if len(ends) <= second or text(pieces[slice(*ends[first])]) == text(
        pieces[slice(*ends[second])]
    ):
        return None
    (a, b), (c, d) = ends[first], ends[second]

    def rewrite(these: Sequence[Token]) -> list[Token]:
        return [*these[:a], *these[c:d], *these[b:c], *these[a:b], *these[d:]]

    kind = "function"
    return Spot(kind, text(pieces[n : d + 1]), text(rewrite(pieces)[n : d + 1]), rewrite)


def _arguments(pieces: Sequence[Token], n: int) -> list[tuple[int, int]]:
    """Where each argument of the function at n begins and ends."""
    found, depth, start = [], 0, n + 2
    for at in range(n + 1, len(pieces)):
        depth += {"(": 1, ")": -1}.get(pieces[at].text, 0)
        if (depth == 1 and pieces[at].text == ",") or depth == 0:
            found.append((start, at))
            start = at + 1
        if depth == 0:
            break
    return found


def _end_of_operand(pieces: Sequence[Token], n: int) -> int | None:
    """Where the operand that begins at n ends; None where another sign stands there."""
    if n >= len(pieces) or pieces[n].kind == "operator":
        return None
    if pieces[n].kind != "function" and pieces[n].text != "(":
        return n + 1
    return closes(pieces, n) + 1


def closes(pieces: Sequence[Token], n: int) -> int:
    """Where the bracket that opens at n, or after the function at n, is closed."""
    depth = 0
    for at in range(n, len(pieces)):
        depth += {"(": 1, ")": -1}.get(pieces[at].text, 0)
        if depth == 0 and pieces[at].text == ")":
            return at
    raise ValueError(f"no bracket that closes {text(pieces)}")


def _is_sign(pieces: Sequence[Token], n: int) -> bool:
    """Whether an operator stands before a number and not between two."""
    return n == 0 or pieces[n - 1].kind == "operator" or pieces[n - 1].text in ("(", ",")


def _other_constant(token: Token) -> str:
    """Another number, in its last digit; another text, in its first letter."""
    if token.kind == "text":
        inside = token.text[1:-1]
        return f'"{"#" + inside[1:] if inside else "#"}"'
    number = Decimal(token.text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return str(number + Decimal(1).scaleb(exponent))


def _around(pieces: Sequence[Token], start: int, end: int) -> str:
    """Some tokens with those beside them, for a reader to find them."""
    return text(pieces[max(0, start - 3) : end + 3])
