"""Differences: what two workbooks do not have in common, as values that can be printed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.reading.workbook_file import Other

#: What one cell holds; None for nothing.
Content = float | Other | FileFormula | None


class TabChange(Enum):
    """What can be said of a tab as a whole."""

    ONLY_OLD = "only in the old workbook"
    ONLY_NEW = "only in the new workbook"
    RENAMED = "renamed"
    REORDERED = "in another order"


@dataclass(frozen=True)
class TabDifference:
    """A tab of the old workbook and of the new one, "" where there is none.

    Of tabs in another order, the first that is not where it was.
    """

    change: TabChange
    old: str
    new: str


class NameChange(Enum):
    """What can be said of a named range apart from its cells."""

    ONLY_OLD = "only in the old workbook"
    ONLY_NEW = "only in the new workbook"
    RESIZED = "of another size"
    MOVED = "moved with its cells"
    REPOINTED = "moved off its cells"
    REDEFINED = "with another meaning"


@dataclass(frozen=True)
class NameDifference:
    """A named range and its cells in each workbook, None where it has none.

    A name that is no range has no tab; it is there with what it stands for.
    """

    change: NameChange
    tab: str
    name: str
    old: Area | str | None
    new: Area | str | None


class CellChange(Enum):
    """How cells differ that stand at the same place, or in the same place of the same range."""

    FORMULAS = "another formula"
    NUMBERS = "another number"
    CONSTANTS = "another constant"  # texts, truth values, errors
    PASTED = "a constant for a formula"
    COMPUTED = "a formula for a constant"
    EMPTIED = "empty now"
    FILLED = "was empty"
    MOVED = "moved"


@dataclass(frozen=True)
class Pair:
    """A cell in both workbooks: addresses without the tab, and what they hold.

    Where it has something in it in one workbook only, the other address is "".
    """

    old_address: str
    new_address: str
    old: Content
    new: Content


@dataclass(frozen=True)
class Largest:
    """The largest difference of two numbers, and where it is."""

    difference: float
    pair: Pair


@dataclass(frozen=True)
class CellDifference:
    """The cells of a range that differ in one way; `range` is "" for those outside all ranges.

    `size` is how many cells the range has in the old workbook. `compared` says among how many these
    are: formulas among formulas, numbers among numbers and constants among constants.
    """

    change: CellChange
    tab: str
    range: str
    size: int
    count: int
    compared: int
    first: Pair
    largest: Largest | None = None


@dataclass(frozen=True)
class SettingDifference:
    """A setting that makes other results of the same formulas, for a tab or, where "", for all."""

    tab: str
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class WorkbookDifference:
    """Two workbooks side by side; differences are in the order of the old one's tabs.

    `tab_names` are the tabs of the old workbook and those that only the new one has.
    """

    old: Path
    new: Path
    same_bytes: bool
    tab_names: tuple[str, ...]
    tabs: tuple[TabDifference, ...] = ()
    names: tuple[NameDifference, ...] = ()
    cells: tuple[CellDifference, ...] = ()
    settings: tuple[SettingDifference, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return not (self.tabs or self.names or self.cells or self.settings)


@dataclass(frozen=True)
class FolderDifference:
    """The folders of two split models: their workbooks by name, in the order of the data."""

    old: Path
    new: Path
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    workbooks: tuple[WorkbookDifference, ...]

    @property
    def same(self) -> bool:
        """Whether all their workbooks say the same."""
        return not (self.only_old or self.only_new) and all(w.same for w in self.workbooks)
