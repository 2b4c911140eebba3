"""The tally: how many cells of a range differ in each way, which is the first, which the worst."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from xlgpt2.diff.differences import CellChange, CellDifference, Largest, Pair
from xlgpt2.xlsx.reading.formulas import Place

#: The places of a cell in the old workbook and in the new one.
Places = tuple[Place, Place]


@dataclass
class _Found:
    """What was found of one change; of an increase `largest_at` is where it is largest."""

    count: int
    first: Places
    largest: float = 0.0
    largest_at: Places | None = None


@dataclass
class Tally:
    """What was found in one range so far."""

    found: dict[CellChange, _Found] = field(default_factory=dict)
    compared: dict[CellChange, int] = field(default_factory=dict)
    agreeing: int = 0

    def differ(self, change: CellChange, places: Places, count: int = 1) -> _Found:
        """Counts cells that differ, of which the first is given."""
        found = self.found.setdefault(change, _Found(0, places))
        found.count += count
        found.first = min(found.first, places)
        return found

    def differ_by(self, places: Places, count: int, largest: float, largest_at: Places) -> None:
        """Counts numbers that differ, with the largest difference among them."""
        found = self.differ(CellChange.NUMBERS, places, count)
        if largest > found.largest:
            found.largest, found.largest_at = largest, largest_at

    def compare(self, change: CellChange, cells: int, differing: int) -> None:
        """Counts cells that were compared with each other, formulas with formulas and so on."""
        self.compared[change] = self.compared.get(change, 0) + cells
        self.agreeing += cells - differing

    def differences(
        self, tab: str, name: str, size: int, pair: Callable[[CellChange, Places], Pair]
    ) -> Iterator[CellDifference]:
        """What was found; `pair` says what two cells hold."""
        for change in CellChange:
            if change in self.found:
                found = self.found[change]
                at = found.largest_at
                yield CellDifference(
                    change,
                    tab,
                    name,
                    size,
                    found.count,
                    self.compared.get(change, found.count),
                    pair(change, found.first),
                    None if at is None else Largest(found.largest, pair(change, at)),
                )
