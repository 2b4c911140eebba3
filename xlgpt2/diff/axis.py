"""The rows, or the columns, of a range in two workbooks: which of them belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

#: Where a row or column has no counterpart; far outside every sheet.
MISSING = -(1 << 40)


@dataclass(frozen=True)
class Zone:
    """Rows from `old` on and rows from `new` on that correspond one by one, as far as both go."""

    old: range
    new: range

    @property
    def length(self) -> int:
        """How many have a counterpart."""
        return min(len(self.old), len(self.new))


@dataclass(frozen=True)
class Axis:
    """All zones of a range's rows, or of its columns, which together are all of them."""

    zones: tuple[Zone, ...]

    def other(self, index: int) -> int:
        """The new row of an old one, counted from 0, or MISSING.

        Rows above the range keep their distance to its first one, rows below to its last.
        """
        if index < 0:
            return index
        for zone in self.zones:
            if index < zone.old.stop:
                place = index - zone.old.start
                return zone.new.start + place if place < zone.length else MISSING
        return index - self.zones[-1].old.stop + self.zones[-1].new.stop

    def others(self, indices: Indices) -> Indices:
        """The same for many rows."""
        last = self.zones[-1]
        found = np.where(indices < 0, indices, indices - last.old.stop + last.new.stop)
        for zone in self.zones:
            inside = (indices >= zone.old.start) & (indices < zone.old.stop)
            place = indices - zone.old.start
            there = np.where(place < zone.length, zone.new.start + place, MISSING)
            found = np.where(inside, there, found)
        return found

    def same(self, old: int, new: int) -> bool:
        """Whether a formula may mean the same by both: the same row, or the last one of a zone."""
        return self.other(old) == new or any(
            (zone.old.stop - 1, zone.new.stop - 1) == (old, new) for zone in self.zones
        )

    def swapped(self) -> Axis:
        """The same, seen from the new workbook."""
        return Axis(tuple(Zone(zone.new, zone.old) for zone in self.zones))


def plain_axis(old: int, new: int) -> Axis:
    """So many rows and so many, counted from the first one."""
    return Axis((Zone(range(old), range(new)),))


def cut_axis(old: tuple[int, int], new: tuple[int, int]) -> Axis:
    """Two zones, of so many rows each in the old workbook and in the new one."""
    (top, bottom), (new_top, new_bottom) = old, new
    return Axis(
        (
            Zone(range(top), range(new_top)),
            Zone(range(top, top + bottom), range(new_top, new_top + new_bottom)),
        )
    )
