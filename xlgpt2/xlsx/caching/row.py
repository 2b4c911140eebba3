"""Results: a row of a sheet in which cells hold what their formulas gave.

How a cell holds a value: ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.96 (v) and 18.18.11 (ST_CellType).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from xlgpt2.cells.address import column_letters
from xlgpt2.cells.values import CellError
from xlgpt2.xlsx.sheet_xml import (
    ROW_END,
    SheetCell,
    SheetRow,
)
from xlgpt2.xlsx.strings import escaped

#: What a formula gave.
Result = float | str | bool | CellError

#: The errors that every program knows; what an engine has beside them is stored as #VALUE!.
_ERRORS = frozenset(["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"])

_FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>.*?</f>)", re.DOTALL)
_OLD_RESULT = re.compile(rb"<(v|is)\b[^>]*?(?:/>|>.*?</\1>)", re.DOTALL)

# The type of the old result, and what Excel knew of it beside that (18.3.1.4: t, vm).
_OLD_TYPE = re.compile(rb"""\s(?:t|vm)\s*=\s*(?:"[^"]*"|'[^']*')""")

_SPANS = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")


def formula_attributes(cell: SheetCell) -> bytes | None:
    """The attributes of a cell's formula, or None where it has no formula."""
    found = _FORMULA.search(cell.content) if b"<f" in cell.content else None
    return None if found is None else found[1]


def with_results(row: SheetRow, cells: Sequence[SheetCell], results: Mapping[int, Result]) -> bytes:
    """A row, whose `cells` these are, with results in some columns; cells that it lacks are added.

    Formulas, styles and all other cells stay as they are.
    """
    missing = deque(sorted(results.keys() - {cell.column for cell in cells}))
    tag = _open(row.tag) if missing else row.tag
    bits, place = [tag], 0
    for cell in cells:
        bits.append(row.text[place : cell.start])
        while missing and cell.addressed and missing[0] < cell.column:
            bits.append(_added(row.number, missing[0], results[missing.popleft()]))
        if cell.column in results:
            bits.append(_replaced(cell, results[cell.column]))
        else:
            bits.append(row.text[cell.start : cell.end])
        place = cell.end
    bits += [_added(row.number, column, results[column]) for column in missing]
    return b"".join([*bits, row.text[place:], ROW_END])


def _open(tag: bytes) -> bytes:
    """The tag of a row that will have more cells; spans, which is optional, would count them."""
    return _SPANS.sub(b"", tag.removesuffix(b"/>").removesuffix(b">")) + b">"


def _added(row: int, column: int, result: Result) -> bytes:
    """A cell of an array formula for which the file has none."""
    kind, value = _stored(result)
    return b'<c r="%s%d"%s>%s</c>' % (column_letters(column).encode(), row, kind, value)


def _replaced(cell: SheetCell, result: Result) -> bytes:
    """A cell with another result."""
    kind, value = _stored(result)
    attributes, content = _OLD_TYPE.sub(b"", cell.attributes), cell.content
    if b"<v" in content or b"<is" in content:
        content = _OLD_RESULT.sub(b"", content)
    formula = _FORMULA.search(content) if b"<f" in content else None
    end = formula.end() if formula else 0
    return b"<c%s%s>%s%s%s</c>" % (attributes, kind, content[:end], value, content[end:])


def _stored(result: Result) -> tuple[bytes, bytes]:
    """The type of a cell as an attribute, and its value as an element."""
    if isinstance(result, bool):
        return b' t="b"', b"<v>%d</v>" % result
    if isinstance(result, CellError):
        code = result.code if result.code in _ERRORS else "#VALUE!"
        return b' t="e"', b"<v>%s</v>" % code.encode()
    if isinstance(result, str):
        # Without the attribute readers may strip a value of the spaces at its ends.
        space = b' xml:space="preserve"' if result != result.strip() else b""
        return b' t="str"', b"<v%s>%s</v>" % (space, escape(escaped(result)).encode())
    number = repr(result + 0.0)  # which makes 0 of -0
    return b"", b"<v>%s</v>" % number.removesuffix(".0").encode()
