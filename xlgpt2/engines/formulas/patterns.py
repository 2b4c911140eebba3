"""Patterns: formulas with every reference replaced by a placeholder.

A workbook has many formulas and few patterns, and only patterns are compiled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from xlgpt2.cells.address import Area, column_number
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.package import FORMULA_HINT
from xlgpt2.xlsx.references import split_reference, without_references

_LOCAL = re.compile(r"\$?([A-Z]+)\$?([0-9]+)(?::\$?([A-Z]+)\$?([0-9]+))?")

#: The start or the end of a call, but not of one that is part of a range, as in A1:INDEX(.
_CALL = re.compile(r"[\w.]+\(|\)")

#: Numbers that `formulas` can read; not 1E9, 5. or 007.
_PLAIN_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
_MOST_DIGITS = 20  # `formulas` converts whole numbers into ints of any length

_LONGEST_SHOWN = 40

#: For a workbook without sheet-scoped names.
NO_SHEET_SCOPED_NAMES: Mapping[str, Mapping[str, Area | str]] = {}


@dataclass(frozen=True)
class Pattern:
    """A formula with C_0, C_1, ... in place of its cells and A_0, A_1, ... of its areas.

    `cells` and `areas` are the indices of the operands that they stand for.
    """

    text: str
    cells: tuple[int, ...]
    areas: tuple[int, ...]


@dataclass(frozen=True)
class _Skeleton:
    """The common parts of formulas that differ only in their references: texts and operands.

    A number in `parts` is the index of an operand; those of names follow the references.
    """

    parts: tuple[str | int, ...]
    names: tuple[Area, ...]


@dataclass(frozen=True)
class ParsedFormula:
    """A formula's skeleton and the areas of its operands: references, then names."""

    skeleton: _Skeleton
    operands: tuple[Area, ...]

    def pattern(self) -> Pattern:
        """The pattern: operands with the same area have the same placeholder."""
        placeholders: dict[Area, str] = {}
        cells: list[int] = []
        areas: list[int] = []
        text = []
        for part in self.skeleton.parts:
            if isinstance(part, str):
                text.append(part)
                continue
            area = self.operands[part]
            if area not in placeholders:
                kind, same_kind = ("C", cells) if area.shape == (1, 1) else ("A", areas)
                placeholders[area] = f"{kind}_{len(same_kind)}"
                same_kind.append(part)
            text.append(placeholders[area])
        return Pattern("".join(text), tuple(cells), tuple(areas))


class FormulaParser:
    """Parses the formulas of one workbook."""

    def __init__(
        self,
        names: Mapping[str, Area],
        sheets: Sequence[str],
        sheet_scoped: Mapping[str, Mapping[str, Area | str]] = NO_SHEET_SCOPED_NAMES,
    ) -> None:
        self._names = {name.upper(): area for name, area in names.items()}
        self._sheet_scoped = sheet_scoped
        self._sheets = {sheet.upper(): sheet for sheet in sheets}
        self._references: dict[tuple[str, str], Area] = {}
        self._skeletons: dict[tuple[str, str], _Skeleton] = {}  # by text, and sheet if it has names

    def parse(self, text: str, cell: Area) -> ParsedFormula:
        """The skeleton and the operands of a formula in a cell.

        Raises WorkbookError for a kind of reference that xlgpt2 does not write.
        """
        shape, references = without_references(text)
        key = shape, cell.sheet if cell.sheet in self._sheet_scoped else ""
        if key not in self._skeletons:
            self._skeletons[key] = self._skeleton(text, references, cell)
        skeleton = self._skeletons[key]
        areas = [self._area(reference, cell) for reference in references]
        return ParsedFormula(skeleton, (*areas, *skeleton.names))

    def _skeleton(self, text: str, references: Sequence[str], cell: Area) -> _Skeleton:
        """The skeleton of a formula, whose tokens openpyxl classifies."""
        parts: list[str | int] = ["="]
        names: list[Area] = []
        count = 0
        for token in _tokens(text, cell):
            if token.type == Token.FUNC and not _CALL.fullmatch(token.value):
                raise _reference_error(token.value, cell)
            if token.type != Token.OPERAND or token.subtype != Token.RANGE:
                parts.append(_plain(token))
            elif count < len(references) and token.value == references[count]:
                parts.append(count)
                count += 1
            elif re.fullmatch(r"[^\W\d][\w.]*", token.value):
                named = self._named(token.value, cell)
                parts.append("#NAME?" if named is None else len(references) + len(names))
                names += [] if named is None else [named]
            else:
                raise _reference_error(token.value, cell)
        if count < len(references):
            raise _reference_error(references[count], cell)
        return _Skeleton(tuple(parts), tuple(names))

    def _named(self, name: str, cell: Area) -> Area | None:
        """The area of a name in a cell; sheet-scoped names come before the workbook's."""
        definition = self._sheet_scoped.get(cell.sheet, {}).get(name.upper())
        if isinstance(definition, str):
            raise WorkbookError(
                f"cell {cell.absolute}: expected names for rectangles of this workbook, got "
                f"{name}, which on this tab refers to {definition[:_LONGEST_SHOWN]!r}",
                FORMULA_HINT,
            )
        return self._names.get(name.upper()) if definition is None else definition

    def _area(self, reference: str, cell: Area) -> Area:
        """The area of a reference in a formula."""
        key = (cell.sheet, reference)
        if key not in self._references:
            self._references[key] = self._resolved(reference, cell)
        return self._references[key]

    def _resolved(self, reference: str, cell: Area) -> Area:
        name, local = split_reference(reference, cell.sheet)
        match = _LOCAL.fullmatch(local)
        if name.upper() not in self._sheets or match is None:
            raise _reference_error(reference, cell)
        left, top, right, bottom = match.groups()
        upper, lower = sorted((top, bottom or top), key=int)
        west, east = sorted((left, right or left), key=column_number)
        area = Area.between(self._sheets[name.upper()], (west, upper), (east, lower))
        if area is None:
            raise _reference_error(reference, cell)
        return area


def _reference_error(reference: str, cell: Area) -> WorkbookError:
    return WorkbookError(
        f"cell {cell.absolute}: expected references to rectangles of this workbook, "
        f"got {reference!r}",
        FORMULA_HINT,
    )


def _tokens(text: str, cell: Area) -> list[Token]:
    try:
        return _unwrapped(list(Tokenizer(text).items))
    except (TokenizerError, IndexError) as error:
        wrong = "an unmatched parenthesis" if isinstance(error, IndexError) else error
        raise WorkbookError(
            f"cell {cell.absolute}: expected a formula, got {text!r} ({wrong})", FORMULA_HINT
        ) from error


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """A formula without parentheses around all of it, which would only add another pattern."""
    if not tokens or tokens[0].type != Token.PAREN:
        return tokens
    depth = 0
    for i, token in enumerate(tokens):
        depth += _step(token)
        joins_areas = token.type == Token.OP_IN and token.value == ","
        if depth == 1 and joins_areas:  # which needs the parentheses
            return tokens
        if depth == 0:
            return tokens if i < len(tokens) - 1 else _unwrapped(tokens[1:-1])
    return tokens


def _plain(token: Token) -> str:
    """A token that is not a reference, in the syntax of `formulas`."""
    if token.type == Token.OPERAND and token.subtype == Token.NUMBER:
        number = str(token.value)
        if _PLAIN_NUMBER.fullmatch(number) and len(number) <= _MOST_DIGITS:
            return number
        return repr(float(number)) if math.isfinite(float(number)) else "#NUM!"
    if token.type == Token.OPERAND and token.subtype == Token.TEXT and "\n" in token.value:
        # `formulas` would drop line breaks
        return f"({token.value})".replace("\n", '"&CHAR(10)&"')
    if token.type == Token.WSPACE:
        return " "
    if token.type == Token.FUNC and token.subtype == Token.OPEN:
        return re.sub(r"^(_xlfn\.|_xlws\.)+", "", str(token.value), flags=re.IGNORECASE)
    return str(token.value)


def call_arguments(pattern: str, function: str) -> list[str] | None:
    """The arguments of a pattern that is a single call of `function`, as patterns, or None."""
    tokens = list(Tokenizer(pattern).items)
    if not tokens or tokens[0].value.upper() != f"{function}(" or tokens[-1].value != ")":
        return None
    texts, depth = [""], 0
    for i, token in enumerate(tokens):
        depth += _step(token)
        if i == 0:
            continue
        if depth == 0:
            return ["=" + text for text in texts] if i == len(tokens) - 1 else None
        if depth == 1 and token.type == Token.SEP and token.subtype == Token.ARG:
            texts.append("")
        else:
            texts[-1] += token.value
    return None


def _step(token: Token) -> int:
    """The change of the depth of parentheses at a token."""
    return {Token.OPEN: 1, Token.CLOSE: -1}.get(token.subtype, 0)
