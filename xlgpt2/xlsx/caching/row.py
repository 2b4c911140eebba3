"""Cached values in a row of a sheet.

Values in cells: ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.96 (v) and 18.18.11 (ST_CellType).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from xlgpt2.cells.address import column_letters
from xlgpt2.cells.values import CellError, CellValue
from xlgpt2.xlsx.sheet_xml import (
    ROW_END,
    SheetCell,
    SheetRow,
)
from xlgpt2.xlsx.strings import escaped

#: The errors that every program knows; others are written as #VALUE!.
_ERRORS = frozenset(["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"])

_FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>.*?</f>)", re.DOTALL)
_OLD_VALUE = re.compile(rb"<(v|is)\b[^>]*?(?:/>|>.*?</\1>)", re.DOTALL)

# The type and the metadata of the old value (18.3.1.4: t, vm).
_OLD_TYPE = re.compile(rb"""\s(?:t|vm)\s*=\s*(?:"[^"]*"|'[^']*')""")

_SPANS = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")


def formula_attributes(cell: SheetCell) -> bytes | None:
    """The attributes of a cell's formula, or None if it has none."""
    match = _FORMULA.search(cell.content) if b"<f" in cell.content else None
    return None if match is None else match[1]


def with_cached_values(
    row: SheetRow, cells: Sequence[SheetCell], values: Mapping[int, CellValue]
) -> bytes:
    """A row with the `values` of some columns; cells that it lacks are added.

    `cells` are those of the row. Formulas, styles and all other cells stay as they are.
    """
    missing = deque(sorted(values.keys() - {cell.column for cell in cells}))
    tag = _start_tag(row.tag) if missing else row.tag
    pieces, position = [tag], 0
    for cell in cells:
        pieces.append(row.text[position : cell.start])
        while missing and cell.addressed and missing[0] < cell.column:
            pieces.append(_added(row.number, missing[0], values[missing.popleft()]))
        if cell.column in values:
            pieces.append(_replaced(cell, values[cell.column]))
        else:
            pieces.append(row.text[cell.start : cell.end])
        position = cell.end
    pieces += [_added(row.number, column, values[column]) for column in missing]
    return b"".join([*pieces, row.text[position:], ROW_END])


def _start_tag(tag: bytes) -> bytes:
    """The start tag of a row that gets more cells, without `spans`, which is optional."""
    return _SPANS.sub(b"", tag.removesuffix(b"/>").removesuffix(b">")) + b">"


def _added(row: int, column: int, value: CellValue) -> bytes:
    """A new cell for a value of an array formula."""
    kind, element = _type_and_value(value)
    return b'<c r="%s%d"%s>%s</c>' % (column_letters(column).encode(), row, kind, element)


def _replaced(cell: SheetCell, value: CellValue) -> bytes:
    """A cell with another value."""
    kind, element = _type_and_value(value)
    attributes, content = _OLD_TYPE.sub(b"", cell.attributes), cell.content
    if b"<v" in content or b"<is" in content:
        content = _OLD_VALUE.sub(b"", content)
    formula = _FORMULA.search(content) if b"<f" in content else None
    end = formula.end() if formula else 0
    return b"<c%s%s>%s%s%s</c>" % (attributes, kind, content[:end], element, content[end:])


def _type_and_value(value: CellValue) -> tuple[bytes, bytes]:
    """The attribute with a cell's type, and the element with its value."""
    if isinstance(value, bool):
        return b' t="b"', b"<v>%d</v>" % value
    if isinstance(value, CellError):
        code = value.code if value.code in _ERRORS else "#VALUE!"
        return b' t="e"', b"<v>%s</v>" % code.encode()
    if isinstance(value, str):
        # Without the attribute readers may strip spaces at the ends.
        space = b' xml:space="preserve"' if value != value.strip() else b""
        return b' t="str"', b"<v%s>%s</v>" % (space, escape(escaped(value)).encode())
    number = repr(value + 0.0)  # which turns -0 into 0
    return b"", b"<v>%s</v>" % number.removesuffix(".0").encode()
