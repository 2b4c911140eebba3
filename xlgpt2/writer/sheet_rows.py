"""Rows of a sheet as XML: cells that openpyxl wrote, and blocks, in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.address import column_number
from xlgpt2.writer.blocks import (
    Block,
    Chunk,
    Piece,
    WeightBlock,
)
from xlgpt2.xlsx.packing.deflate import NUMBERS_LEVEL, WHOLE_NUMBERS_LEVEL

#: Cells per part: about 5 MB of XML.
_CELLS_A_PART = 250_000

_ROW = re.compile(rb'<row([^>]*?) r="(\d+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"(?:[^>]*?/>|.*?</c>)', re.DOTALL)
_SPANS = re.compile(rb' spans="[^"]*"')


@dataclass(frozen=True)
class WrittenRow:
    """A row as openpyxl wrote it: its attributes, and its cells by column."""

    attributes: bytes
    cells: tuple[Piece, ...]


@dataclass(frozen=True, eq=False)
class RowsPart:
    """All that is needed to write rows `first` to `last` of a sheet."""

    first: int
    last: int
    written: Mapping[int, WrittenRow]
    blocks: tuple[Block, ...]

    @property
    def cells(self) -> int:
        """The number of cells in the blocks."""
        return sum(block.rows * block.columns for block in self.blocks)

    @property
    def level(self) -> int | None:
        """The compression level of isal for weights; None for formulas and texts."""
        weights = [block for block in self.blocks if isinstance(block, WeightBlock)]
        if not weights:
            return None
        whole = all(block.tensor.scales is not None for block in weights)
        return WHOLE_NUMBERS_LEVEL if whole else NUMBERS_LEVEL

    def xml(self) -> bytes:
        """The rows as XML."""
        blocks = sorted(self.blocks, key=lambda block: block.column)
        lines = [(block, iter(block.lines())) for block in blocks]
        text: list[Chunk] = []
        for row in range(self.first, self.last + 1):
            block_pieces = [
                (block.column, next(line))
                for block, line in lines
                if block.row <= row < block.row + block.rows
            ]
            written = self.written.get(row)
            if written is None and not block_pieces:
                continue
            text.append(b'<row r="%d"%s>' % (row, written.attributes if written else b""))
            pieces = block_pieces
            if written is not None:
                pieces = sorted([*written.cells, *block_pieces], key=_column)
            for _, chunks in pieces:
                text += chunks
            text.append(b"</row>")
        return b"".join(text)


def _column(piece: Piece) -> int:
    return piece[0]


def written_rows(sheet_data: bytes) -> dict[int, WrittenRow]:
    """The rows between <sheetData> and </sheetData> as openpyxl wrote them."""
    rows = {}
    for before, number, after, cells in _ROW.findall(sheet_data):
        pieces = tuple(
            (column_number(match[1].decode()), (match[0],)) for match in _CELL.finditer(cells)
        )
        # spans is optional, and would have to include the blocks' columns.
        rows[int(number)] = WrittenRow(_SPANS.sub(b"", before + after), pieces)
    return rows


def parts(written: Mapping[int, WrittenRow], blocks: Sequence[Block]) -> Iterator[RowsPart]:
    """The rows of a sheet in parts of about the same number of cells."""
    for first, last in cuts(written, blocks):
        yield part(first, last, written, blocks)


def part(
    first: int, last: int, written: Mapping[int, WrittenRow], blocks: Sequence[Block]
) -> RowsPart:
    """Rows `first` to `last` of a sheet."""
    rows = {row: written[row] for row in range(first, last + 1) if row in written}
    return RowsPart(first, last, rows, tuple(_crossing(blocks, first, last)))


def cuts(touched: Collection[int], blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """The first and last row of every part.

    Rows with cells of openpyxl are in other parts than those with blocks only, which can be written
    before openpyxl has finished.
    """
    last = max([*touched, *(block.row + block.rows - 1 for block in blocks)], default=0)
    change = np.zeros(last + 2, dtype=np.int64)
    for block in blocks:
        change[block.row] += block.columns
        change[block.row + block.rows] -= block.columns
    cells = np.cumsum(np.cumsum(change))  # in all rows up to this one
    is_touched = np.zeros(last + 2, dtype=bool)
    is_touched[list(touched)] = True
    # The last row of each run of touched rows, and of other rows.
    ends = [*np.flatnonzero(is_touched[1:last] != is_touched[2 : last + 1]) + 1, last]
    rows: list[tuple[int, int]] = []
    first = 1
    for end in map(int, ends):
        while first <= end:
            most = cells[first - 1] + _CELLS_A_PART
            stop = int(np.searchsorted(cells, most, side="right")) - 1
            rows.append((first, min(max(stop, first), end)))
            first = rows[-1][1] + 1
    return rows


def _crossing(blocks: Sequence[Block], first: int, last: int) -> Iterator[Block]:
    """The parts of the blocks in rows `first` to `last`."""
    for block in blocks:
        start, stop = max(first - block.row, 0), min(last + 1 - block.row, block.rows)
        if stop > start:
            yield block.part(start, stop)
