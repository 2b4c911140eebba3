"""How many cells of a range differ in each way, with the first and the worst of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from xlgpt2.diff.cell_kinds import Position
from xlgpt2.diff.differences import CellChange, CellDifference, CellPair, LargestDifference

#: The positions of a cell in the old workbook and in the new one.
PositionPair = tuple[Position, Position]


@dataclass
class _Count:
    """The cells that differ in one way; `largest` is the largest difference between numbers."""

    cells: int
    first: PositionPair
    largest: float = 0.0
    largest_at: PositionPair | None = None


@dataclass
class Tally:
    """The differences counted in one range so far."""

    counts: dict[CellChange, _Count] = field(default_factory=dict)
    compared: dict[CellChange, int] = field(default_factory=dict)
    agreeing: int = 0

    def differ(self, change: CellChange, first: PositionPair, cells: int = 1) -> _Count:
        """Count cells that differ."""
        count = self.counts.setdefault(change, _Count(0, first))
        count.cells += cells
        count.first = min(count.first, first)
        return count

    def differ_by(
        self, first: PositionPair, cells: int, largest: float, largest_at: PositionPair
    ) -> None:
        """Count numbers that differ, with the largest difference between them."""
        count = self.differ(CellChange.NUMBERS, first, cells)
        if largest > count.largest:
            count.largest, count.largest_at = largest, largest_at

    def compare(self, change: CellChange, cells: int, differing: int) -> None:
        """Count compared cells of one kind: formulas with formulas, numbers with numbers."""
        self.compared[change] = self.compared.get(change, 0) + cells
        self.agreeing += cells - differing

    def differences(
        self, tab: str, name: str, size: int, pair: Callable[[CellChange, PositionPair], CellPair]
    ) -> Iterator[CellDifference]:
        """The differences; `pair` gives the contents of two cells."""
        for change in CellChange:
            if change in self.counts:
                count = self.counts[change]
                at = count.largest_at
                yield CellDifference(
                    change,
                    tab,
                    name,
                    size,
                    count.cells,
                    self.compared.get(change, count.cells),
                    pair(change, count.first),
                    None if at is None else LargestDifference(count.largest, pair(change, at)),
                )
