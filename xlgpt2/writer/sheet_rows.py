"""The rows of a sheet: single cells and blocks, in order, as XML that is created in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise, product
from operator import itemgetter

import numpy as np

from xlgpt2.cells.address import column_letters
from xlgpt2.writer.blocks import Block, Chunk, Chunks, WeightBlock
from xlgpt2.xlsx.packing.deflate import NUMBERS_LEVEL, WHOLE_NUMBERS_LEVEL

#: Cells per part: about 5 MB of XML.
_CELLS_A_PART = 250_000


@dataclass(frozen=True, eq=False)
class RowsPart:
    """All that is needed to write rows `first` to `last` of a sheet."""

    first: int
    last: int
    single: Mapping[int, Mapping[int, bytes]]  # row -> column -> cell
    heights: Mapping[int, float]
    blocks: tuple[Block, ...]
    folded: frozenset[int] = frozenset()

    @property
    def cells(self) -> int:
        """The number of cells."""
        return _cells(self.single, self.blocks)

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
        for first, last in self._runs():
            here = [
                (block.column, line)
                for block, line in lines
                if block.row <= first < block.row + block.rows
            ]
            if first in self._apart:
                text += self._single_row(first, [(column, next(line)) for column, line in here])
            elif here:
                rows = zip(*(line for _, line in here), strict=False)
                for row, pieces in zip(range(first, last + 1), rows, strict=False):
                    text.append(b'<row r="%d">' % row)
                    for chunks in pieces:
                        text += chunks
                    text.append(b"</row>")
        return b"".join(text)

    @property
    def _apart(self) -> Set[int]:
        """The rows with single cells or a look of their own."""
        return self.single.keys() | self.heights.keys() | self.folded

    def _runs(self) -> Iterator[tuple[int, int]]:
        """The first and last of consecutive rows with the same blocks.

        A row with single cells or a look of its own is a run by itself.
        """
        edges = {self.first, self.last + 1}
        edges.update(edge for row in self._apart for edge in (row, row + 1))
        edges.update(edge for block in self.blocks for edge in (block.row, block.row + block.rows))
        for start, stop in pairwise(sorted(edges)):
            yield start, stop - 1

    def _single_row(self, row: int, pieces: list[tuple[int, Chunks]]) -> Iterator[Chunk]:
        """A row with single cells or a look of its own; `pieces` are those of blocks."""
        height = self.heights.get(row)
        look = b"" if height is None else b' customHeight="1" ht="%g"' % height
        if row in self.folded:
            look += b' hidden="1" outlineLevel="1"'
        pieces += ((column, (cell,)) for column, cell in self.single.get(row, {}).items())
        yield b'<row r="%d"%s>' % (row, look)
        for _, chunks in sorted(pieces, key=itemgetter(0)):
            yield from chunks
        yield b"</row>"


@dataclass(frozen=True)
class SheetRows:
    """All cells of a sheet: single ones, the last in a place replacing those before, and blocks.

    `heights` are those of rows that differ from the rest, in points; `folded` rows are hidden under
    a + at the left edge.
    """

    single: dict[int, dict[int, bytes]] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    folded: set[int] = field(default_factory=set)

    def put(self, row: int, column: int, style: int, content: bytes) -> None:
        """Set a single cell; `content` is its XML after the style."""
        cell = f'<c r="{column_letters(column)}{row}" s="{style}"'.encode() + content
        self.single.setdefault(row, {})[column] = cell

    def is_free(self, row: int, column: int) -> bool:
        """Whether there is no cell in a place."""
        return column not in self.single.get(row, {}) and not any(
            block.row <= row < block.row + block.rows
            and block.column <= column < block.column + block.columns
            for block in self.blocks
        )

    def taken_twice(self) -> tuple[int, int] | None:
        """The row and column of a place with two cells, or None."""
        taken = {(row, column) for row, cells in self.single.items() for column in cells}
        for block in self.blocks:
            rows = range(block.row, block.row + block.rows)
            places = set(product(rows, range(block.column, block.column + block.columns)))
            if taken & places:
                return min(taken & places)
            taken |= places
        return None

    @property
    def cells(self) -> int:
        """The number of cells."""
        return _cells(self.single, self.blocks)

    @property
    def last_row(self) -> int:
        """The last row with a cell or a height."""
        ends = (block.row + block.rows - 1 for block in self.blocks)
        return max([*self.single, *self.heights, *ends], default=1)

    @property
    def last_column(self) -> int:
        """The last column with a cell."""
        ends = (block.column + block.columns - 1 for block in self.blocks)
        return max([*map(max, self.single.values()), *ends], default=1)

    def parts(self) -> Iterator[RowsPart]:
        """The rows in parts of about the same number of cells."""
        for first, last in self._cuts():
            rows = range(first, last + 1)
            single = {row: self.single[row] for row in rows if row in self.single}
            heights = {row: self.heights[row] for row in rows if row in self.heights}
            blocks = tuple(self._crossing(first, last))
            yield RowsPart(first, last, single, heights, blocks, frozenset(self.folded & set(rows)))

    def _cuts(self) -> Iterator[tuple[int, int]]:
        """The first and last row of every part.

        Rows with weights, which are compressed in another way, are in other parts than the rest.
        """
        last = self.last_row
        change = np.zeros(last + 2, dtype=np.int64)
        ends = {last}
        for block in self.blocks:
            change[block.row] += block.columns
            change[block.row + block.rows] -= block.columns
            if isinstance(block, WeightBlock):
                ends |= {block.row - 1, block.row + block.rows - 1}
        cells = np.cumsum(np.cumsum(change))  # in all blocks up to this row
        first = 1
        for end in sorted(ends):
            while first <= end:
                most = cells[first - 1] + _CELLS_A_PART
                stop = int(np.searchsorted(cells, most, side="right")) - 1
                stop = min(max(stop, first), end)
                yield first, stop
                first = stop + 1

    def _crossing(self, first: int, last: int) -> Iterator[Block]:
        """The parts of the blocks in rows `first` to `last`."""
        for block in self.blocks:
            start, stop = max(first - block.row, 0), min(last + 1 - block.row, block.rows)
            if stop > start:
                yield block.part(start, stop)


def _cells(single: Mapping[int, Mapping[int, bytes]], blocks: Sequence[Block]) -> int:
    return sum(map(len, single.values())) + sum(block.rows * block.columns for block in blocks)
