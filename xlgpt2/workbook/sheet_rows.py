"""Rows of a sheet as XML: what openpyxl wrote of them and the blocks that cross them, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells import column_number
from xlgpt2.workbook.blocks import BlankBlock, Block, Piece, WeightBlock

#: Cells that are written at a time: some 8 MB of XML.
_CELLS_A_PART = 400_000

_ROW = re.compile(rb'<row r="(\d+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"(?:[^>]*?/>|.*?</c>)', re.DOTALL)
_SPANS = re.compile(rb' spans="[^"]*"')


@dataclass(frozen=True)
class WrittenRow:
    """A row as openpyxl wrote it: the attributes of the row, and its cells by column."""

    attributes: bytes
    cells: tuple[Piece, ...]


@dataclass(frozen=True, eq=False)
class RowsPart:
    """Rows `first` to `last` of a sheet, all that is needed to write them."""

    first: int
    last: int
    written: Mapping[int, WrittenRow]
    blocks: tuple[Block, ...]

    @property
    def cells(self) -> int:
        """How many cells the blocks have."""
        return sum(block.rows * block.columns for block in self.blocks)

    @property
    def is_numbers(self) -> bool:
        """Whether weights are among them."""
        return any(isinstance(block, WeightBlock) for block in self.blocks)

    def xml(self) -> bytes:
        """The rows as the file holds them."""
        pieces: dict[int, list[Piece]] = {
            row: list(written.cells) for row, written in self.written.items()
        }
        for block in self.blocks:
            if isinstance(block, BlankBlock):
                for row in range(block.row, block.row + block.rows):
                    known = self.written.get(row)
                    taken = [column for column, _ in known.cells] if known else []
                    pieces.setdefault(row, []).extend(block.around(row, taken))
            else:
                for row, found in enumerate(block.pieces(), start=block.row):
                    pieces.setdefault(row, []).extend(found)
        text: list[bytes] = []
        for row in sorted(pieces):
            attributes = self.written[row].attributes if row in self.written else b""
            text.append(b'<row r="%d"%s>' % (row, attributes))
            text += [piece for _, piece in sorted(pieces[row])]
            text.append(b"</row>")
        return b"".join(text)


def written_rows(sheet_data: bytes) -> dict[int, WrittenRow]:
    """The rows between <sheetData> and </sheetData> as openpyxl wrote them."""
    rows = {}
    for number, attributes, cells in _ROW.findall(sheet_data):
        found = tuple(
            (column_number(match[1].decode()), match[0]) for match in _CELL.finditer(cells)
        )
        # spans is optional and would have to count the blocks' columns too.
        rows[int(number)] = WrittenRow(_SPANS.sub(b"", attributes), found)
    return rows


def parts(written: Mapping[int, WrittenRow], blocks: Sequence[Block]) -> Iterator[RowsPart]:
    """The rows of a sheet in parts of about the same number of cells, from the first row down."""
    last = max([*written, *(block.row + block.rows - 1 for block in blocks)], default=0)
    change = np.zeros(last + 2, dtype=np.int64)
    for block in blocks:
        change[block.row] += block.columns
        change[block.row + block.rows] -= block.columns
    cells = np.cumsum(np.cumsum(change))  # in all rows up to this one
    first = 1
    while first <= last:
        stop = int(np.searchsorted(cells, cells[first - 1] + _CELLS_A_PART, side="right"))
        end = min(max(stop - 1, first), last)
        yield RowsPart(
            first,
            end,
            {row: written[row] for row in range(first, end + 1) if row in written},
            tuple(_crossing(blocks, first, end)),
        )
        first = end + 1


def _crossing(blocks: Sequence[Block], first: int, last: int) -> Iterator[Block]:
    """What of each block lies in rows first to last."""
    for block in blocks:
        start, stop = max(first - block.row, 0), min(last + 1 - block.row, block.rows)
        if stop > start:
            yield block.part(start, stop)
