"""The differences between two workbooks, which are read one tab at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.diff.alignment import Alignment
from xlgpt2.diff.cell_kinds import SheetCells
from xlgpt2.diff.differences import CellDifference, WorkbookDifference
from xlgpt2.diff.meaning import Meaning
from xlgpt2.diff.pairing import (
    align,
    name_differences,
    redefined,
    tab_differences,
    tab_pairs,
    tabs_with_few_moves,
)
from xlgpt2.diff.ranges import Sides
from xlgpt2.diff.settings import setting_differences
from xlgpt2.diff.tabs import compare_tab
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.reading.calculation_settings import CalculationSetting, read_calculation_settings
from xlgpt2.xlsx.reading.other_names import read_other_names
from xlgpt2.xlsx.reading.workbook import Workbook, open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_sheets

_CHUNK = 1 << 20


def diff_workbooks(old: Path, new: Path, progress: Progress = silent) -> WorkbookDifference:
    """The differences between two workbooks; raises WorkbookError if one can't be read.

    Formulas, constants, named ranges and settings that change results count. Formats, charts,
    links and cached values don't.
    """
    books = _Workbooks(open_workbook(old), open_workbook(new))
    contents = books.old.contents, books.new.contents
    pairs = tab_pairs(*contents)
    added = [tab for tab in books.new.contents.sheets if tab not in pairs.values()]
    tab_names = (*books.old.contents.sheets, *added)
    if _same_bytes(old, new):
        return WorkbookDifference(old, new, True, tab_names)
    fixed = {
        tab
        for tab in tabs_with_few_moves(*contents, pairs)
        if books.cells_stayed(tab, pairs, progress)
    }
    alignment = align(*contents, pairs, fixed)
    return WorkbookDifference(
        old,
        new,
        False,
        tab_names,
        tuple(tab_differences(*contents, pairs)),
        (
            *redefined(read_other_names(books.old), read_other_names(books.new)),
            *name_differences(*contents, pairs, fixed),
        ),
        tuple(books.compare(alignment, progress)),
        tuple(setting_differences(_settings(books.old), _settings(books.new), pairs)),
    )


@dataclass(frozen=True)
class _Workbooks:
    """Two workbooks, with one tab of each in memory at a time."""

    old: Workbook
    new: Workbook

    def compare(self, alignment: Alignment, progress: Progress) -> Iterator[CellDifference]:
        """The differences in the cells of the tabs that both have."""
        meaning = Meaning(alignment)
        for tab in alignment.tabs.values():
            progress(Step(tab.old))
            old, new = self._read(tab.old, tab.new)
            yield from compare_tab(Sides(old, new, meaning), tab)

    def cells_stayed(self, tab: str, pairs: Mapping[str, str], progress: Progress) -> bool:
        """Whether the cells of a tab stayed when names moved: fewer cells differ that way."""
        progress(Step(tab))
        old, new = self._read(tab, pairs[tab])

        def differing(fixed: Collection[str]) -> int:
            alignment = align(self.old.contents, self.new.contents, pairs, fixed)
            sides = Sides(old, new, Meaning(alignment))
            return sum(entry.count for entry in compare_tab(sides, alignment.tabs[tab]))

        return differing([tab]) < differing([])

    def _read(self, old: str, new: str) -> tuple[SheetCells, SheetCells]:
        (old_sheet,) = read_sheets(self.old, [old])
        (new_sheet,) = read_sheets(self.new, [new])
        return SheetCells(old_sheet), SheetCells(new_sheet)


def _settings(workbook: Workbook) -> tuple[CalculationSetting, ...]:
    """The settings of a workbook that change its results."""
    return read_calculation_settings(workbook).computing


def _same_bytes(old: Path, new: Path) -> bool:
    """Whether two files are byte for byte the same."""
    if old.stat().st_size != new.stat().st_size:
        return False
    with old.open("rb") as old_file, new.open("rb") as new_file:
        while chunk := old_file.read(_CHUNK):
            if chunk != new_file.read(_CHUNK):
                return False
    return True
