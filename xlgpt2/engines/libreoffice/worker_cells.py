"""Cells of LibreOffice, for its worker: values, errors and addresses.

Part of the program worker.py: standard library and UNO's objects only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from com.sun.star.beans import PropertyValue
from com.sun.star.sheet.FillDirection import TO_BOTTOM, TO_RIGHT

FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA

#: An object of LibreOffice, whose interface is known at run time only.
Uno = Any

#: Values of cells, row by row.
Rows = list[list[Any]]


def properties(**values: object) -> tuple[Any, ...]:
    """Named values as UNO's properties."""
    items = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name, item.Value = name, value
        items.append(item)
    return tuple(items)


def changes(cells: Uno, before: Rows | None, data: Rows) -> Iterator[tuple[Uno, Rows]]:
    """The rows in which data differs from the data `before`, or all if there was none.

    LibreOffice computes everything again that depends on an entered cell, even with the same value.
    """
    if before is None:
        yield cells, data
        return
    last = len(data[0]) - 1
    for i, line in enumerate(data):
        if line != before[i]:
            yield cells.getCellRangeByPosition(0, i, last, i), [line]


def put(cells: Uno, data: Sequence[Sequence[Any]]) -> None:
    """Put values into cells: texts stay texts, even "123" and "=x"; "" leaves its cell empty."""
    cells.setDataArray(tuple(tuple(line) for line in data))
    for i, line in enumerate(cells.getDataArray()):
        for j, actual in enumerate(line):
            text = data[i][j]
            # LibreOffice 26.8 returns a line feed that its own formulas don't see.
            if isinstance(text, str) and (actual != text or "\n" in text):
                cells.getCellByPosition(j, i).setFormula(as_formula(text))


def as_formula(text: str) -> str:
    """A formula whose result is this text.

    LibreOffice changes some entered texts: a carriage return becomes a line feed, a tab beside a
    line feed becomes U+0001, and 26.8 drops line feeds. It does not change results of formulas.
    """
    parts = []
    for part in re.split("([\\r\\n\\t])", text):
        if part in ("\r", "\n", "\t"):
            parts.append(f"UNICHAR({ord(part)})")
        else:
            # The length of texts in formulas is limited.
            pieces = [part[i : i + 200] for i in range(0, len(part), 200)]
            parts += ['"{}"'.format(piece.replace('"', '""')) for piece in pieces]
    return "=" + "&".join(parts)


def box_of_errors(values: Sequence[Sequence[Any]]) -> list[int] | None:
    """The bounding box of the errors in a rectangle, as row, column, rows, columns; or None.

    LibreOffice returns None for each error.
    """
    rows = [i for i, line in enumerate(values) if None in line]
    if not rows:
        return None
    columns = [j for i in rows for j, value in enumerate(values[i]) if value is None]
    first = min(columns)
    return [rows[0], first, rows[-1] - rows[0] + 1, max(columns) - first + 1]


def error_codes(first: Uno, cells: Uno, rows: int, columns: int) -> Sequence[Sequence[float]]:
    """LibreOffice's error codes of the cells from `first` on, computed in spare `cells`.

    Reading them one by one takes a millisecond for each.
    """
    sheet, address = first.AbsoluteName.rsplit(".", 1)
    relative = sheet + "." + address.replace("$", "")  # so that it can be filled down and right
    cells.getCellByPosition(0, 0).setFormula(f"=IF(ISERROR({relative});ERRORTYPE({relative});0)")
    if rows > 1:
        cells.getCellRangeByPosition(0, 0, 0, rows - 1).fillAuto(TO_BOTTOM, 1)
    if columns > 1:
        cells.fillAuto(TO_RIGHT, 1)
    codes: Sequence[Sequence[float]] = cells.getDataArray()
    cells.clearContents(FORMULA_CELLS)
    return codes


def each(ranges: Uno) -> Iterator[Any]:
    """The cells of a collection of cell ranges, one by one."""
    cells = ranges.Cells.createEnumeration()
    while cells.hasMoreElements():
        yield cells.nextElement()


def place(address: Uno) -> list[int]:
    """A cell range address as row, column, rows, columns."""
    return [
        address.StartRow,
        address.StartColumn,
        address.EndRow - address.StartRow + 1,
        address.EndColumn - address.StartColumn + 1,
    ]


def contains(outer: Uno, inner: Uno) -> bool:
    """Whether one cell range address lies within another."""
    return bool(
        outer.Sheet == inner.Sheet
        and outer.StartRow <= inner.StartRow
        and inner.EndRow <= outer.EndRow
        and outer.StartColumn <= inner.StartColumn
        and inner.EndColumn <= outer.EndColumn
    )
