"""Blocks: rectangles of cells, and the XML of their rows.

A block can be cut into rows and sent to another process, which reads and writes its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import orjson

from xlgpt2.cells.address import column_letters
from xlgpt2.checkpoint.cell_tensors import CellTensor

#: XML in consecutive chunks, which are joined once, when the whole part is complete.
Chunk = bytes | memoryview
Chunks = tuple[Chunk, ...]


@dataclass(frozen=True, eq=False)
class _Block:
    """The row and column of a block's first cell, from 1, and the number of its style."""

    row: int
    column: int
    style: int


@dataclass(frozen=True, eq=False)
class WeightBlock(_Block):
    """Numbers that are read from a checkpoint when they are written.

    If compact, only a row's first cell has its address, and none has a style: in large workbooks
    the other addresses and styles would make the file half as large again. Both attributes are
    optional (ECMA-376 part 1, 18.3.1.4); a cell without an address follows the one before it.
    """

    tensor: CellTensor
    compact: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.tensor.shape[0]

    @property
    def columns(self) -> int:
        """The number of columns."""
        return self.tensor.shape[1]

    def part(self, start: int, stop: int) -> WeightBlock:
        """Rows `start:stop`."""
        return replace(self, row=self.row + start, tensor=self.tensor.part(start, stop))

    def lines(self) -> Iterator[Chunks]:
        """The cells of each row, from the first one down."""
        letters = [_letters(self.column + j) for j in range(self.columns)]
        for row, numbers in enumerate(self.tensor.rows(0, self.rows), start=self.row):
            text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)  # [0.1,0.2]
            if self.compact:
                cells = memoryview(text.replace(b",", b"</v></c><c><v>"))[1:-1]
                yield b'<c r="%s%d"><v>' % (letters[0], row), cells, b"</v></c>"
                continue
            yield tuple(
                b'<c r="%s%d" s="%d"><v>%s</v></c>' % (column, row, self.style, number)
                for column, number in zip(letters, text[1:-1].split(b","), strict=True)
            )


@dataclass(frozen=True, eq=False)
class TableBlock(_Block):
    """Constants in memory; `cells` has the attributes and content of every cell, row by row.

    If compact, only a row's first cell has its address.
    """

    columns: int
    cells: Sequence[bytes]
    compact: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.cells) // self.columns

    def part(self, start: int, stop: int) -> TableBlock:
        """Rows `start:stop`."""
        cells = self.cells[start * self.columns : stop * self.columns]
        return replace(self, row=self.row + start, cells=cells)

    def lines(self) -> Iterator[Chunks]:
        """The cells of each row, from the first one down."""
        letters = [_letters(self.column + j) for j in range(self.columns)]
        style = b' s="%d"' % self.style
        if self.columns == 1:  # as most tables, some of which have as many rows as the vocabulary
            for row, cell in enumerate(self.cells, start=self.row):
                yield (b'<c r="%s%d"%s%s' % (letters[0], row, style, cell),)
            return
        for i in range(self.rows):
            row, cells = self.row + i, self.cells[i * self.columns : (i + 1) * self.columns]
            if self.compact:
                yield b'<c r="%s%d"' % (letters[0], row), style, (b"<c" + style).join(cells)
                continue
            yield tuple(
                b'<c r="%s%d"%s%s' % (column, row, style, cell)
                for column, cell in zip(letters, cells, strict=True)
            )


@dataclass(frozen=True, eq=False)
class FormulaBlock(_Block):
    """Formulas of a range: for each row, the columns that have one and the content of their cells.

    If `filled`, the cells between them, such as those that array formulas fill, get the style too.
    """

    columns: int
    cells: Sequence[Sequence[tuple[int, bytes]]]
    filled: bool
    compact: bool

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.cells)

    def part(self, start: int, stop: int) -> FormulaBlock:
        """Rows `start:stop`."""
        return replace(self, row=self.row + start, cells=self.cells[start:stop])

    def lines(self) -> Iterator[Chunks]:
        """The cells of each row, from the first one down."""
        style = b' s="%d"' % self.style
        end = self.column + self.columns
        first = b'<c r="%s' % _letters(self.column)
        rest = b'"%s/>' % style + (b"<c%s/>" % style) * (self.columns - 1)
        for row, formulas in enumerate(self.cells, start=self.row):
            if not formulas and self.filled and (self.compact or self.columns == 1):
                yield (b"%s%d%s" % (first, row, rest),)
                continue
            chunks: list[Chunk] = []
            start = self.column
            for column, content in formulas:
                if self.filled and column > start:
                    chunks.append(_blank_run(row, start, column, style, self.compact))
                chunks.append(b'<c r="%s%d"%s%s' % (_letters(column), row, style, content))
                start = column + 1
            if self.filled and start < end:
                chunks.append(_blank_run(row, start, end, style, self.compact))
            yield tuple(chunks)


def _blank_run(row: int, start: int, stop: int, style: bytes, compact: bool) -> bytes:
    """Blank cells of a row with a style, from column `start` up to `stop`, exclusive."""
    if compact:
        first = b'<c r="%s%d"%s/>' % (_letters(start), row, style)
        return first + (b"<c%s/>" % style) * (stop - start - 1)
    return b"".join(
        b'<c r="%s%d"%s/>' % (_letters(column), row, style) for column in range(start, stop)
    )


@cache
def _letters(column: int) -> bytes:
    return column_letters(column).encode()


Block = WeightBlock | TableBlock | FormulaBlock
