"""A sheet's XML as bytes: its rows, streamed, and what stands in one of them.

A sheet of weights is hundreds of megabytes long; parsed, it would fit into no memory.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO, NamedTuple

from xlgpt2.cells.address import (
    column_letters,
    column_number,
    row_and_column,
)
from xlgpt2.errors import WorkbookError

ROW_END = b"</row>"

_CHUNK = 1 << 22

#: Bytes of a row: more than formulas of full length in all of its cells.
_LONGEST_ROW = 200_000_000

# None of the attributes of rows and cells holds a ">" (ECMA-376 part 1, 18.3.1.73 and 18.3.1.4).
_ROW = re.compile(rb"<row\b([^>]*?)(/?)>")
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+\d+)"')
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)\d+["']""")


@dataclass(frozen=True)
class SheetRow:
    """A row: its number, counted from 1, the tag that opens it, and the text up to its end."""

    number: int
    tag: bytes
    text: bytes

    def xml(self) -> bytes:
        """The row as the file has it."""
        return self.tag if self.tag.endswith(b"/>") else self.tag + self.text + ROW_END


class SheetCell(NamedTuple):
    """A cell: its column, from 1, its attributes and content, and where it is in its row's text.

    `addressed` says whether it has an address of its own; if not, it stands right of the one
    before it. There are millions of them, and a tuple is made several times as fast as a class.
    """

    column: int
    addressed: bool
    attributes: bytes
    content: bytes
    start: int
    end: int


def has_any(source: IO[bytes], signs: Collection[bytes]) -> bool:
    """Whether a sheet's XML has one of some signs anywhere."""
    longest = max(map(len, signs))
    tail = b""
    while chunk := source.read(_CHUNK):
        if any(sign in tail + chunk for sign in signs):
            return True
        tail = chunk[-longest:]
    return False


def cut_behind_rows(source: IO[bytes], where: str) -> Iterator[bytes]:
    """The text of a sheet, cut behind every row; what follows the last one comes last.

    Raises WorkbookError, which says `where`, for a row that would fill the memory.
    """
    tail = b""
    while chunk := source.read(_CHUNK):
        *rows, tail = (tail + chunk).split(ROW_END)
        if len(tail) > _LONGEST_ROW:
            raise WorkbookError(
                f"{where}: expected rows of at most {_LONGEST_ROW:,} bytes, got a longer one",
                "give a workbook that xlgpt2 build wrote",
            )
        for row in rows:
            yield row + ROW_END
    yield tail


def rows(source: IO[bytes], where: str) -> Iterator[SheetRow | bytes]:
    """The rows of a sheet, and as bytes what stands between them, before and after them.

    Raises what `cut_behind_rows` does.
    """
    number = 0
    for text in cut_behind_rows(source, where):
        place = 0
        for tag in _ROW.finditer(text):
            if tag.start() > place:
                yield text[place : tag.start()]
            found = _NUMBER.search(tag[1])
            number = int(found[1]) if found else number + 1
            if tag[2]:
                yield SheetRow(number, tag[0], b"")
                place = tag.end()
            else:
                yield SheetRow(number, tag[0], text[tag.end() : -len(ROW_END)])
                place = len(text)
                break
        if place < len(text):
            yield text[place:]


def cells(row: SheetRow) -> Iterator[SheetCell]:
    """The cells of a row."""
    column = 0
    for match in _CELL.finditer(row.text):
        attributes, content = match.groups()
        address = _ADDRESS.search(attributes)
        column = _column(address[1]) if address else column + 1
        yield SheetCell(
            column, address is not None, attributes, content or b"", match.start(), match.end()
        )


@cache
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


def with_dimension(head: bytes, row: int, column: int) -> bytes:
    """The start of a sheet, in which cells up to a row and a column count as used too."""
    found = _DIMENSION.search(head)
    if found is None:
        return head
    used_row, used_column = row_and_column(found[1].decode())
    if row <= used_row and column <= used_column:
        return head
    last = f"{column_letters(max(column, used_column))}{max(row, used_row)}"
    return head[: found.start()] + f'<dimension ref="A1:{last}"'.encode() + head[found.end() :]
