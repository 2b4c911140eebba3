"""The blocks of a sheet; rows without cells of openpyxl are packed early by other processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from xlgpt2.writer.blocks import Block, WeightBlock
from xlgpt2.writer.sheet_rows import (
    WrittenRow,
    cuts,
    part,
)
from xlgpt2.xlsx.packing.deflate import Part
from xlgpt2.xlsx.packing.packer import Packer, Promise


class SheetBlocks:
    """The blocks of a sheet, and the parts of its rows that are being packed already."""

    def __init__(self, blocks: Sequence[Block], touched: Set[int], packer: Packer) -> None:
        """`touched` are the rows with cells of openpyxl, which writes them later."""
        self.blocks = blocks
        self._cuts = cuts(touched, blocks)
        self._promised: dict[int, Part | Promise] = {}
        for first, last in self._cuts:
            if self.has_weights and first not in touched:  # then no row of the part is
                self._promised[first] = packer.promise(part(first, last, {}, blocks))

    @property
    def has_weights(self) -> bool:
        """Whether other processes are worthwhile."""
        return any(isinstance(block, WeightBlock) for block in self.blocks)

    @property
    def cells(self) -> int:
        """The number of cells in the blocks."""
        return sum(block.rows * block.columns for block in self.blocks)

    def parts(self, written: Mapping[int, WrittenRow]) -> Iterator[Part | Promise]:
        """All rows in order, including those that openpyxl wrote."""
        for first, last in self._cuts:
            promised = self._promised.get(first)
            yield part(first, last, written, self.blocks) if promised is None else promised
