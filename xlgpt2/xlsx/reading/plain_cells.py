"""Rows without their plain cells: what is left of them for a search for formulas and errors.

An XML parser takes microseconds for each cell, and most cells are numbers, shared strings or blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from xlgpt2.cells.address import MOST_COLUMNS, column_letters

_ROW = re.compile(rb'<row r="([1-9]\d{0,6})"')
_ADDRESS = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')

#: A blank cell, a number or the index of a shared string, as our writer and most programs write it.
_PLAIN = re.compile(
    rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d{1,6}")?(?: t="[ns]")?'
    rb"(?:/>|><v>[-+.0-9Ee]{1,40}</v></c>)(?=<c )"
)

#: Most rows of a table have cells in the same columns.
_MOST_KINDS_OF_ROWS = 1000


def without_plain_cells(rows: Iterable[bytes]) -> Iterator[bytes]:
    """The text of each row without its plain cells but the last one, which says how wide it is.

    A row stays as it is unless all of its cells have an address and are in order.
    """
    for text in rows:
        yield _PLAIN.sub(b"", text) if _is_in_order(text) else text


def _is_in_order(text: bytes) -> bool:
    """Whether a text is a row of cells with addresses, in order from left to right."""
    row = _ROW.search(text)
    if row is None or text.count(b"<row") != 1 or b"<!" in text or b"<?" in text:
        return False
    cells = _ADDRESS.findall(text)
    if not cells or len(cells) != text.count(b"<c"):
        return False
    letters, rows = zip(*cells, strict=True)
    return set(rows) == {row[1]} and _are_in_order(letters)


@lru_cache(_MOST_KINDS_OF_ROWS)
def _are_in_order(letters: tuple[bytes, ...]) -> bool:
    """Whether some columns are in order from left to right."""
    columns = _columns()
    places = [columns.get(column, 0) for column in letters]
    return all(left < right for left, right in pairwise([0, *places]))


@cache
def _columns() -> dict[bytes, int]:
    """The number of every column, from 1, by its letters."""
    return {column_letters(n).encode(): n for n in range(1, MOST_COLUMNS + 1)}
