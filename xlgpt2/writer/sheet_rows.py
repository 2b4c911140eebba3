"""Rows of a sheet as XML: what openpyxl wrote of them and the blocks that cross them, in order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.address import column_number
from xlgpt2.writer.blocks import (
    Bit,
    Block,
    Piece,
    WeightBlock,
)
from xlgpt2.xlsx.packing.deflate import NUMBERS_LEVEL, WHOLE_NUMBERS_LEVEL

#: Cells that are written at a time: some 5 MB of XML.
_CELLS_A_PART = 250_000

_ROW = re.compile(rb'<row([^>]*?) r="(\d+)"([^>]*?)(?:/>|>(.*?)</row>)', re.DOTALL)
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
    def level(self) -> int | None:
        """The level of isal for weights; None for formulas and texts."""
        weights = [block for block in self.blocks if isinstance(block, WeightBlock)]
        if not weights:
            return None
        whole = all(block.tensor.scales is not None for block in weights)
        return WHOLE_NUMBERS_LEVEL if whole else NUMBERS_LEVEL

    def xml(self) -> bytes:
        """The rows as the file holds them."""
        blocks = sorted(self.blocks, key=lambda block: block.column)
        lines = [(block, iter(block.lines())) for block in blocks]
        text: list[Bit] = []
        for row in range(self.first, self.last + 1):
            here = [
                (block.column, next(line))
                for block, line in lines
                if block.row <= row < block.row + block.rows
            ]
            written = self.written.get(row)
            if written is None and not here:
                continue
            text.append(b'<row r="%d"%s>' % (row, written.attributes if written else b""))
            pieces = here if written is None else sorted([*written.cells, *here], key=_column)
            for _, bits in pieces:
                text += bits
            text.append(b"</row>")
        return b"".join(text)


def _column(piece: Piece) -> int:
    return piece[0]


def written_rows(sheet_data: bytes) -> dict[int, WrittenRow]:
    """The rows between <sheetData> and </sheetData> as openpyxl wrote them."""
    rows = {}
    for before, number, after, cells in _ROW.findall(sheet_data):
        found = tuple(
            (column_number(match[1].decode()), (match[0],)) for match in _CELL.finditer(cells)
        )
        # spans is optional and would have to count the blocks' columns too.
        rows[int(number)] = WrittenRow(_SPANS.sub(b"", before + after), found)
    return rows


def parts(written: Mapping[int, WrittenRow], blocks: Sequence[Block]) -> Iterator[RowsPart]:
    """The rows of a sheet in parts of about the same number of cells, from the first row down."""
    for first, last in cuts(written, blocks):
        yield part(first, last, written, blocks)


def part(
    first: int, last: int, written: Mapping[int, WrittenRow], blocks: Sequence[Block]
) -> RowsPart:
    """Rows first to last of a sheet."""
    rows = {row: written[row] for row in range(first, last + 1) if row in written}
    return RowsPart(first, last, rows, tuple(_crossing(blocks, first, last)))


def cuts(touched: Collection[int], blocks: Sequence[Block]) -> list[tuple[int, int]]:
    """First and last row of every part.

    Rows that openpyxl touched are in other parts than those that have nothing but blocks, which
    can be written before openpyxl has done its work.
    """
    last = max([*touched, *(block.row + block.rows - 1 for block in blocks)], default=0)
    change = np.zeros(last + 2, dtype=np.int64)
    for block in blocks:
        change[block.row] += block.columns
        change[block.row + block.rows] -= block.columns
    cells = np.cumsum(np.cumsum(change))  # in all rows up to this one
    is_touched = np.zeros(last + 2, dtype=bool)
    is_touched[list(touched)] = True
    # Where a run of touched rows, or of others, ends.
    ends = [*np.flatnonzero(is_touched[1:last] != is_touched[2 : last + 1]) + 1, last]
    found: list[tuple[int, int]] = []
    first = 1
    for end in map(int, ends):
        while first <= end:
            most = cells[first - 1] + _CELLS_A_PART
            stop = int(np.searchsorted(cells, most, side="right")) - 1
            found.append((first, min(max(stop, first), end)))
            first = found[-1][1] + 1
    return found


def _crossing(blocks: Sequence[Block], first: int, last: int) -> Iterator[Block]:
    """What of each block lies in rows first to last."""
    for block in blocks:
        start, stop = max(first - block.row, 0), min(last + 1 - block.row, block.rows)
        if stop > start:
            yield block.part(start, stop)
