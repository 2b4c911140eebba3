"""Faults of a formula: one token changed, in the same way in every cell with the formula."""

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

#: Replacements of operators; & has none that gives a text.
OPERATORS = {
    **{"+": "-", "-": "+", "*": "+", "/": "*", "^": "*"},
    **{"=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"},
}

#: Replacements of functions, with the same arguments.
FUNCTIONS = {
    **{"MAX": "MIN", "MIN": "MAX", "SUM": "MAX", "AVERAGE": "SUM", "VARP": "AVERAGE"},
    **{"COUNT": "SUM", "LARGE": "SMALL", "SMALL": "LARGE", "SQRT": "ABS", "EXP": "ABS"},
    **{"TANH": "EXP", "LN": "EXP", "INT": "ABS", "ABS": "INT", "LEN": "COUNT", "MOD": "MAX"},
    **{"COUNTIF": "SUMIF", "SUMPRODUCT": "MAX", "RIGHT": "LEFT", "LEFT": "RIGHT"},
    **{"_xlfn.UNICODE": "LEN", "_xlfn.UNICHAR": "LEN", "ROUND": "MOD", "SUMSQ": "SUM"},
}

#: Functions with two arguments, counted from 0, that can be swapped.
SWAPS = {"IF": (1, 2), "IFERROR": (0, 1), "INDEX": (1, 2), "SUBSTITUTE": (1, 2), "MMULT": (0, 1)}


@dataclass(frozen=True)
class Token:
    """A token of a formula and its kind."""

    kind: str
    text: str


@dataclass(frozen=True)
class Spot:
    """A possible change of a formula, as its `old` and `new` text in the first cell.

    `rewrite` changes the tokens of that cell's formula, or of any other cell with the formula.
    """

    kind: str
    old: str
    new: str
    rewrite: Callable[[Sequence[Token]], list[Token]]


#: A reference or name that might be confused with a token's, or None.
Confusable = Callable[[Token], "str | None"]


def tokenize(formula: str) -> list[Token]:
    """The tokens of a formula; raises ValueError where there is none."""
    result, position = [], 0
    while position < len(formula):
        match = _TOKEN.match(formula, position)
        if match is None or match.lastgroup is None:
            raise ValueError(f"no token at {formula[position:]!r}")
        result.append(Token(match.lastgroup, match[0]))
        position = match.end()
    return result


def join(tokens: Sequence[Token]) -> str:
    """The formula of some tokens."""
    return "".join(token.text for token in tokens)


def spots(formula: str) -> Iterator[Spot]:
    """Every possible change of a formula that depends on the formula alone."""
    tokens = tokenize(formula)
    for n, token in enumerate(tokens):
        if token.kind in ("number", "text"):
            yield _replaced("constant", n, tokens, _other_constant(token))
        elif token.kind == "operator":
            if token.text in OPERATORS and not _is_sign(tokens, n):
                yield _replaced("operator", n, tokens, OPERATORS[token.text])
            end = _end_of_operand(tokens, n + 1)
            if not _is_sign(tokens, n) and end is not None:
                yield _cut("dropped term", n, end, tokens)
        elif token.kind == "function":
            if token.text in FUNCTIONS:
                yield _replaced("function", n, tokens, FUNCTIONS[token.text])
            if token.text in SWAPS and (swap := _swap(n, tokens)) is not None:
                yield swap
        elif token.kind == "reference":
            for axis, kind in ((0, "shifted by a row"), (1, "shifted by a column")):
                yield _mapped(kind, n, tokens, _shift(axis, +1))
                if shifted(token.text, axis, -1) != token.text:
                    yield _mapped(kind, n, tokens, _shift(axis, -1))


def frozen(first: str, last: str) -> Iterator[Spot]:
    """References that differ between the first and the last cell of a formula, made absolute."""
    tokens, last_tokens = tokenize(first), tokenize(last)
    if len(tokens) != len(last_tokens):
        return
    for n, (token, other) in enumerate(zip(tokens, last_tokens, strict=True)):
        if token.kind == "reference" and token.text != other.text:
            new = Token("reference", _absolute(token.text))

            def rewrite(cell_tokens: Sequence[Token], n: int = n, new: Token = new) -> list[Token]:
                return [*cell_tokens[:n], new, *cell_tokens[n + 1 :]]

            yield Spot("absolute for relative", f"{token.text} to {other.text}", new.text, rewrite)


def renamed(formula: str, kind: str, other: Confusable) -> Iterator[Spot]:
    """References and names replaced by others that they might be confused with."""
    tokens = tokenize(formula)
    for n, token in enumerate(tokens):
        new = other(token) if token.kind in ("reference", "name") else None
        if new is not None:
            yield _mapped(kind, n, tokens, lambda token: other(token) or token.text)


def shifted(reference: str, axis: int, by: int) -> str:
    """A reference moved by some rows (axis 0) or columns (1), unless that leaves the sheet."""
    sheet, bang, local = reference.rpartition("!")
    corners = _CORNER.findall(local)
    if (
        min(int(row) if axis == 0 else column_number(column) for _, column, _, row in corners) + by
        < 1
    ):
        return reference

    def move(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, digits = match.groups()
        if axis == 0:
            digits = str(int(digits) + by)
        else:
            letters = column_letters(column_number(letters) + by)
        return f"{fixed_column}{letters}{fixed_row}{digits}"

    return f"{sheet}{bang}{_CORNER.sub(move, local)}"


def _shift(axis: int, by: int) -> Callable[[Token], str]:
    return lambda token: shifted(token.text, axis, by)


def _absolute(reference: str) -> str:
    sheet, bang, local = reference.rpartition("!")
    absolute = _CORNER.sub(r"$\2$\4", local)
    return f"{sheet}{bang}{absolute}"


def _replaced(kind: str, n: int, tokens: Sequence[Token], new: str) -> Spot:
    return _mapped(kind, n, tokens, lambda _: new)


def _mapped(kind: str, n: int, tokens: Sequence[Token], change: Callable[[Token], str]) -> Spot:
    """The change of one token."""

    def rewrite(cell_tokens: Sequence[Token]) -> list[Token]:
        return [
            *cell_tokens[:n],
            Token(cell_tokens[n].kind, change(cell_tokens[n])),
            *cell_tokens[n + 1 :],
        ]

    return Spot(kind, _around(tokens, n, n + 1), _around(rewrite(tokens), n, n + 1), rewrite)


def _cut(kind: str, start: int, end: int, tokens: Sequence[Token]) -> Spot:
    def rewrite(cell_tokens: Sequence[Token]) -> list[Token]:
        return [*cell_tokens[:start], *cell_tokens[end:]]

    return Spot(kind, _around(tokens, start, end), _around(rewrite(tokens), start, start), rewrite)


def _swap(n: int, tokens: Sequence[Token]) -> Spot | None:
    """The swap of two arguments of a function, or None if they are equal or missing."""
    ends = _arguments(tokens, n)
    first, second = SWAPS[tokens[n].text]
    if len(ends) <= second or join(tokens[slice(*ends[first])]) == join(
        tokens[slice(*ends[second])]
    ):
        return None
    (a, b), (c, d) = ends[first], ends[second]

    def rewrite(cell_tokens: Sequence[Token]) -> list[Token]:
        return [
            *cell_tokens[:a],
            *cell_tokens[c:d],
            *cell_tokens[b:c],
            *cell_tokens[a:b],
            *cell_tokens[d:],
        ]

    kind = "function"
    return Spot(kind, join(tokens[n : d + 1]), join(rewrite(tokens)[n : d + 1]), rewrite)


def _arguments(tokens: Sequence[Token], n: int) -> list[tuple[int, int]]:
    """The start and end of each argument of the function at n."""
    spans, depth, start = [], 0, n + 2
    for i in range(n + 1, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[i].text, 0)
        if (depth == 1 and tokens[i].text == ",") or depth == 0:
            spans.append((start, i))
            start = i + 1
        if depth == 0:
            break
    return spans


def _end_of_operand(tokens: Sequence[Token], n: int) -> int | None:
    """The end of the operand that begins at n; None if there is a sign."""
    if n >= len(tokens) or tokens[n].kind == "operator":
        return None
    if tokens[n].kind != "function" and tokens[n].text != "(":
        return n + 1
    return closing_index(tokens, n) + 1


def closing_index(tokens: Sequence[Token], n: int) -> int:
    """The index of the parenthesis that closes the one at n, or the function's at n."""
    depth = 0
    for i in range(n, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[i].text, 0)
        if depth == 0 and tokens[i].text == ")":
            return i
    raise ValueError(f"no closing parenthesis in {join(tokens)}")


def _is_sign(tokens: Sequence[Token], n: int) -> bool:
    """Whether an operator is unary."""
    return n == 0 or tokens[n - 1].kind == "operator" or tokens[n - 1].text in ("(", ",")


def _other_constant(token: Token) -> str:
    """A number with another last digit, or a text with another first letter."""
    if token.kind == "text":
        inside = token.text[1:-1]
        return f'"{"#" + inside[1:] if inside else "#"}"'
    number = Decimal(token.text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return str(number + Decimal(1).scaleb(exponent))


def _around(tokens: Sequence[Token], start: int, end: int) -> str:
    """Some tokens with their neighbours, as context for the reader."""
    return join(tokens[max(0, start - 3) : end + 3])
