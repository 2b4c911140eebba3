"""Marks: array attributes and function prefixes, which only some programs need.

An engine may give the right value for an array formula that has lost its attribute, or a function
without its prefix; LibreOffice and Excel then compute another value, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlgpt2.cells.address import Area
from xlgpt2.formula.dialect import (
    IN_ARRAYS,
    IN_CELLS,
    PREFIXED,
)
from xlgpt2.verification.difference import Difference, Outcome
from xlgpt2.xlsx.reading.formulas import FileFormula

# A string literal or the name of a tab, which are skipped, or a function with its prefixes.
_FUNCTION = re.compile(
    r""""[^"]*"|\'[^\']*\'|(?P<written>(?:_xl\w+\.)*(?P<name>[A-Z][A-Z0-9.]*))\(""", re.IGNORECASE
)

#: Every formula with a wrong prefix contains one of these; most formulas contain none.
_MAY_BE_WRONG = ("_XL", *PREFIXED)


def mark_difference(formula: FileFormula, area: Area, array: bool) -> Difference | None:
    """How a formula's cells and kind differ from the plan, or None.

    In the plan it fills `area`, as an array formula or as a plain one.
    """
    if (formula.area.shape, formula.array, formula.dynamic) == (area.shape, array, False):
        return None
    got = formula.area, formula.array, formula.dynamic
    return Difference(Outcome.MARK, area.cell(0, 0), _mark(area, array), _mark(*got))


def prefix_difference(formula: FileFormula) -> Difference | None:
    """The first function of a formula whose prefix is wrong, or None."""
    text = formula.text.upper()
    if not any(part in text for part in _MAY_BE_WRONG):
        return None
    for written, expected in _functions(formula.text):
        if written.upper() != expected.upper():
            where = formula.area.cell(0, 0)
            return Difference(Outcome.PREFIX, where, f"{expected}()", f"{written}()")
    return None


def _functions(text: str) -> Iterator[tuple[str, str]]:
    """The functions of a formula as written and as expected.

    Engines report those that are not in the dialect.
    """
    for match in _FUNCTION.finditer(text):
        name = (match["name"] or "").upper()
        if name in IN_CELLS or name in IN_ARRAYS:
            yield match["written"], PREFIXED.get(name, name)


def _mark(area: Area, array: bool, dynamic: bool = False) -> str:
    if not array:
        return "a plain formula"
    kind = "a dynamic array formula" if dynamic else "an array formula"
    return f"{kind} that fills {area.local}"
