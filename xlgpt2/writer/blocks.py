"""Blocks: rectangles of cells that are too many for openpyxl, and what each row of them says.

A block can be cut into rows and sent to another process, where its numbers are read and written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import orjson

from xlgpt2.cells.address import column_letters
from xlgpt2.checkpoint.cell_tensors import CellTensor

#: XML in bits that follow each other: they are joined once, when the whole part is there.
Bit = bytes | memoryview
Bits = tuple[Bit, ...]

#: A piece of a row and the column that it starts in.
Piece = tuple[int, Bits]


@dataclass(frozen=True, eq=False)
class _Block:
    """Where a block's first cell is, counted from 1, and which style of the file it has."""

    row: int
    column: int
    style: int


@dataclass(frozen=True, eq=False)
class WeightBlock(_Block):
    """Numbers that are read from a checkpoint when they are written.

    A compact one gives the address of a row's first cell only, and no style: in large workbooks
    the other addresses and styles would make the file half as large again. ECMA-376 part 1,
    18.3.1.4 has both attributes optional; a cell without address stands right of the one before.
    """

    tensor: CellTensor
    compact: bool

    @property
    def rows(self) -> int:
        """How many rows of cells."""
        return self.tensor.shape[0]

    @property
    def columns(self) -> int:
        """How many columns of cells."""
        return self.tensor.shape[1]

    def part(self, start: int, stop: int) -> WeightBlock:
        """Some of its rows."""
        return replace(self, row=self.row + start, tensor=self.tensor.part(start, stop))

    def lines(self) -> Iterator[Bits]:
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
    """Constants that are in memory; `cells` has the attributes and content of every cell.

    A compact one gives the address of a row's first cell only.
    """

    cells: Sequence[Sequence[bytes]]
    compact: bool

    @property
    def rows(self) -> int:
        """How many rows of cells."""
        return len(self.cells)

    @property
    def columns(self) -> int:
        """How many columns of cells."""
        return len(self.cells[0])

    def part(self, start: int, stop: int) -> TableBlock:
        """Some of its rows."""
        return replace(self, row=self.row + start, cells=self.cells[start:stop])

    def lines(self) -> Iterator[Bits]:
        """The cells of each row, from the first one down."""
        letters = [_letters(self.column + j) for j in range(self.columns)]
        style = b' s="%d"' % self.style
        for row, cells in enumerate(self.cells, start=self.row):
            if self.compact:
                yield b'<c r="%s%d"' % (letters[0], row), style, (b"<c" + style).join(cells)
                continue
            yield tuple(
                b'<c r="%s%d"%s%s' % (column, row, style, cell)
                for column, cell in zip(letters, cells, strict=True)
            )


@dataclass(frozen=True, eq=False)
class FormulaBlock(_Block):
    """Formulas of a range: of each row the columns that have one, and what their cells hold.

    If `filled`, the cells between them, such as those that array formulas fill, have the style too.
    """

    columns: int
    cells: Sequence[Sequence[tuple[int, bytes]]]
    filled: bool
    compact: bool

    @property
    def rows(self) -> int:
        """How many rows of cells."""
        return len(self.cells)

    def part(self, start: int, stop: int) -> FormulaBlock:
        """Some of its rows."""
        return replace(self, row=self.row + start, cells=self.cells[start:stop])

    def lines(self) -> Iterator[Bits]:
        """The cells of each row, from the first one down."""
        style = b' s="%d"' % self.style
        end = self.column + self.columns
        for row, found in enumerate(self.cells, start=self.row):
            bits: list[Bit] = []
            start = self.column
            for column, content in found:
                if self.filled and column > start:
                    bits.append(_blank_run(row, start, column, style, self.compact))
                bits.append(b'<c r="%s%d"%s%s' % (_letters(column), row, style, content))
                start = column + 1
            if self.filled and start < end:
                bits.append(_blank_run(row, start, end, style, self.compact))
            yield tuple(bits)


def _blank_run(row: int, start: int, stop: int, style: bytes, compact: bool) -> bytes:
    """Cells of a row with a style and nothing in them, from a column up to another."""
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
