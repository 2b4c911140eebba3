"""A sheet's XML as bytes: its rows, streamed, and their cells.

A sheet of weights has hundreds of megabytes; a tree of it would not fit into memory.
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
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT

ROW_END = b"</row>"

_CHUNK = 1 << 22

#: Bytes of a row: more than if every cell had a formula of the greatest length.
_LONGEST_ROW = 200_000_000

# None of the attributes of rows and cells holds a ">" (ECMA-376 part 1, 18.3.1.73 and 18.3.1.4).
_ROW = re.compile(rb"<row\b([^>]*?)(/?)>")
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?([A-Z]+\d+)"')
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_ADDRESS = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)\d+["']""")


@dataclass(frozen=True)
class SheetRow:
    """A row: its number, counted from 1, its start tag, and the text up to its end tag."""

    number: int
    tag: bytes
    text: bytes

    def xml(self) -> bytes:
        """The row as it is in the file."""
        return self.tag if self.tag.endswith(b"/>") else self.tag + self.text + ROW_END


class SheetCell(NamedTuple):
    """A cell: its column, from 1, its attributes and content, and its position in the row's text.

    A cell that is not `addressed` follows the one before it. A tuple, because there are millions of
    cells, and creating one is several times as fast as creating an object.
    """

    column: int
    addressed: bool
    attributes: bytes
    content: bytes
    start: int
    end: int


def contains_any(source: IO[bytes], markers: Collection[bytes]) -> bool:
    """Whether a sheet's XML contains one of some markers."""
    longest = max(map(len, markers))
    tail = b""
    while chunk := source.read(_CHUNK):
        if any(marker in tail + chunk for marker in markers):
            return True
        tail = chunk[-longest:]
    return False


def split_after_rows(source: IO[bytes], where: str) -> Iterator[bytes]:
    """The text of a sheet, split after every row.

    Raises WorkbookError, which starts with `where`, for a row that is too long for memory.
    """
    tail = b""
    while chunk := source.read(_CHUNK):
        *rows, tail = (tail + chunk).split(ROW_END)
        if len(tail) > _LONGEST_ROW:
            raise WorkbookError(
                f"{where}: expected rows of at most {_LONGEST_ROW:,} bytes, got a longer one",
                WORKBOOK_HINT,
            )
        for row in rows:
            yield row + ROW_END
    yield tail


def rows(source: IO[bytes], where: str) -> Iterator[SheetRow | bytes]:
    """The rows of a sheet and, as bytes, the text before, between and after them.

    Raises what `split_after_rows` does.
    """
    number = 0
    for text in split_after_rows(source, where):
        position = 0
        for tag in _ROW.finditer(text):
            if tag.start() > position:
                yield text[position : tag.start()]
            match = _NUMBER.search(tag[1])
            number = int(match[1]) if match else number + 1
            if tag[2]:
                yield SheetRow(number, tag[0], b"")
                position = tag.end()
            else:
                yield SheetRow(number, tag[0], text[tag.end() : -len(ROW_END)])
                position = len(text)
                break
        if position < len(text):
            yield text[position:]


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
    """The start of a sheet, its <dimension> extended to a row and a column."""
    match = _DIMENSION.search(head)
    if match is None:
        return head
    used_row, used_column = row_and_column(match[1].decode())
    if row <= used_row and column <= used_column:
        return head
    last = f"{column_letters(max(column, used_column))}{max(row, used_row)}"
    return head[: match.start()] + f'<dimension ref="A1:{last}"'.encode() + head[match.end() :]
