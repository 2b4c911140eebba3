"""The rows, or the columns, of a range in two workbooks: which of them correspond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]

#: The index of a row or column without a counterpart; far outside every sheet.
MISSING = -(1 << 40)


@dataclass(frozen=True)
class Zone:
    """Old rows and new rows that correspond one by one, up to the shorter length."""

    old: range
    new: range

    @property
    def length(self) -> int:
        """The number of rows that have a counterpart."""
        return min(len(self.old), len(self.new))


@dataclass(frozen=True)
class Axis:
    """The zones of a range's rows, or of its columns; together they cover the range."""

    zones: tuple[Zone, ...]

    def counterpart(self, index: int) -> int:
        """The new row of an old one, counted from 0, or MISSING.

        Rows above the range keep their distance from its first row, rows below from its last.
        """
        if index < 0:
            return index
        for zone in self.zones:
            if index < zone.old.stop:
                offset = index - zone.old.start
                return zone.new.start + offset if offset < zone.length else MISSING
        return index - self.zones[-1].old.stop + self.zones[-1].new.stop

    def counterparts(self, indices: Indices) -> Indices:
        """The same for many rows."""
        last = self.zones[-1]
        new = np.where(indices < 0, indices, indices - last.old.stop + last.new.stop)
        for zone in self.zones:
            inside = (indices >= zone.old.start) & (indices < zone.old.stop)
            offsets = indices - zone.old.start
            in_zone = np.where(offsets < zone.length, zone.new.start + offsets, MISSING)
            new = np.where(inside, in_zone, new)
        return new

    def same(self, old: int, new: int) -> bool:
        """Whether references to two rows can mean the same: both correspond or end a zone."""
        return self.counterpart(old) == new or any(
            (zone.old.stop - 1, zone.new.stop - 1) == (old, new) for zone in self.zones
        )

    def swapped(self) -> Axis:
        """The same axis, seen from the new workbook."""
        return Axis(tuple(Zone(zone.new, zone.old) for zone in self.zones))


def plain_axis(old: int, new: int) -> Axis:
    """One zone: `old` rows and `new` rows that correspond from the first on."""
    return Axis((Zone(range(old), range(new)),))


def split_axis(old: tuple[int, int], new: tuple[int, int]) -> Axis:
    """Two zones, with their numbers of rows in the old workbook and in the new one."""
    (top, bottom), (new_top, new_bottom) = old, new
    return Axis(
        (
            Zone(range(top), range(new_top)),
            Zone(range(top, top + bottom), range(new_top, new_top + new_bottom)),
        )
    )
