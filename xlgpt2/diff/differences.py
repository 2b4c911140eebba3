"""The differences between two workbooks, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.reading.workbook_file import Other

#: The content of one cell; None for a blank one.
Content = float | Other | FileFormula | None


class TabChange(Enum):
    """A change of a tab as a whole."""

    ONLY_OLD = "only in the old workbook"
    ONLY_NEW = "only in the new workbook"
    RENAMED = "renamed"
    REORDERED = "reordered"


@dataclass(frozen=True)
class TabDifference:
    """A tab's name in the old workbook and in the new one, "" where it has no such tab.

    For reordered tabs: the first old tab whose place another tab takes, and that tab.
    """

    change: TabChange
    old: str
    new: str


class NameChange(Enum):
    """A change of a named range apart from its cells."""

    ONLY_OLD = "only in the old workbook"
    ONLY_NEW = "only in the new workbook"
    RESIZED = "resized"
    MOVED = "moved with its cells"
    REPOINTED = "moved without its cells"
    REDEFINED = "redefined"


@dataclass(frozen=True)
class NameDifference:
    """A named range and its area in each workbook, None where it has none.

    A name that is not a range has no tab, and its definitions in place of areas.
    """

    change: NameChange
    tab: str
    name: str
    old: Area | str | None
    new: Area | str | None


class CellChange(Enum):
    """How cells differ at the same address, or at the same position in the same range."""

    FORMULAS = "different formula"
    NUMBERS = "different number"
    CONSTANTS = "different constant"  # texts, truth values, errors
    PASTED = "formula replaced by a constant"
    COMPUTED = "constant replaced by a formula"
    EMPTIED = "now empty"
    FILLED = "previously empty"
    MOVED = "moved"


@dataclass(frozen=True)
class CellPair:
    """A cell in both workbooks: its addresses without the tab, and its contents.

    A cell that is filled in one workbook only has the address "" in the other.
    """

    old_address: str
    new_address: str
    old: Content
    new: Content


@dataclass(frozen=True)
class LargestDifference:
    """The largest difference between two numbers, and their cells."""

    difference: float
    pair: CellPair


@dataclass(frozen=True)
class CellDifference:
    """The cells of a range that differ in one way; `range` is "" for those outside all ranges.

    `size` is the number of cells of the range in the old workbook. `compared` is the number of
    cells compared with a cell of the same kind: formulas, numbers or constants.
    """

    change: CellChange
    tab: str
    range: str
    size: int
    count: int
    compared: int
    first: CellPair
    largest: LargestDifference | None = None


@dataclass(frozen=True)
class SettingDifference:
    """A setting that changes what formulas compute, on a tab or, where that is "", on all."""

    tab: str
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class WorkbookDifference:
    """The differences between two workbooks, in the order of the old one's tabs.

    `tab_names` are the tabs of the old workbook, then those that only the new one has.
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
        """Whether the contents of both are the same."""
        return not (self.tabs or self.names or self.cells or self.settings)


@dataclass(frozen=True)
class FolderDifference:
    """The differences between two split models: workbooks by name, in the order of the data."""

    old: Path
    new: Path
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    workbooks: tuple[WorkbookDifference, ...]

    @property
    def same(self) -> bool:
        """Whether both have the same workbooks with the same contents."""
        return not (self.only_old or self.only_new) and all(w.same for w in self.workbooks)
