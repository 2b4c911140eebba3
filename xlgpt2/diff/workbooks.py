"""Two workbooks side by side, a tab at a time: what differs in what their cells hold."""

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
    doubtful,
    name_differences,
    redefined,
    tab_differences,
    tab_pairs,
)
from xlgpt2.diff.ranges import Sides
from xlgpt2.diff.settings import setting_differences
from xlgpt2.diff.tabs import compare_tab
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.package import Contents, read_contents
from xlgpt2.xlsx.reading.calculation_settings import CalculationSetting, read_calculation_settings
from xlgpt2.xlsx.reading.other_names import read_other_names
from xlgpt2.xlsx.reading.workbook_file import read_sheets

_CHUNK = 1 << 20


def diff_workbooks(old: Path, new: Path, progress: Progress = silent) -> WorkbookDifference:
    """What differs between two workbooks; raises WorkbookError where one can't be read.

    Formulas, constants, named ranges and settings that give other results count. Formats, charts,
    links and the results that a file has for its formulas don't.
    """
    books = _Books(old, new, read_contents(old), read_contents(new))
    contents = books.old_contents, books.new_contents
    pairs = tab_pairs(*contents)
    fresh = [tab for tab in books.new_contents.sheets if tab not in pairs.values()]
    tab_names = (*books.old_contents.sheets, *fresh)
    if _same_bytes(old, new):
        return WorkbookDifference(old, new, True, tab_names)
    fixed = {tab for tab in doubtful(*contents, pairs) if books.kept_cells(tab, pairs, progress)}
    alignment = align(*contents, pairs, fixed)
    return WorkbookDifference(
        old,
        new,
        False,
        tab_names,
        tuple(tab_differences(*contents, pairs)),
        (
            *redefined(read_other_names(old), read_other_names(new)),
            *name_differences(*contents, pairs, fixed),
        ),
        tuple(books.compare(alignment, progress)),
        tuple(setting_differences(books.settings(old), books.settings(new), pairs)),
    )


@dataclass(frozen=True)
class _Books:
    """Two workbooks, of which no more than one tab is in memory."""

    old: Path
    new: Path
    old_contents: Contents
    new_contents: Contents

    def compare(self, alignment: Alignment, progress: Progress) -> Iterator[CellDifference]:
        """What differs in the cells of every tab that both have."""
        meaning = Meaning(alignment)
        for tab in alignment.tabs.values():
            progress(Step(tab.old))
            old, new = self._read(tab.old, tab.new)
            yield from compare_tab(Sides(old, new, meaning), tab)

    def settings(self, path: Path) -> tuple[CalculationSetting, ...]:
        """Those of one of the workbooks that give other results than usual."""
        contents = self.old_contents if path == self.old else self.new_contents
        return read_calculation_settings(path, contents).computing

    def kept_cells(self, tab: str, pairs: Mapping[str, str], progress: Progress) -> bool:
        """Whether cells of a tab stayed where they were when names moved: less differs then."""
        progress(Step(tab))
        old, new = self._read(tab, pairs[tab])

        def differing(fixed: Collection[str]) -> int:
            alignment = align(self.old_contents, self.new_contents, pairs, fixed)
            sides = Sides(old, new, Meaning(alignment))
            return sum(entry.count for entry in compare_tab(sides, alignment.tabs[tab]))

        return differing([tab]) < differing([])

    def _read(self, old: str, new: str) -> tuple[SheetCells, SheetCells]:
        (here,) = read_sheets(self.old, self.old_contents, [old])
        (there,) = read_sheets(self.new, self.new_contents, [new])
        return SheetCells(here), SheetCells(there)


def _same_bytes(old: Path, new: Path) -> bool:
    """Whether two files are the same, byte for byte."""
    if old.stat().st_size != new.stat().st_size:
        return False
    with old.open("rb") as one, new.open("rb") as other:
        while chunk := one.read(_CHUNK):
            if chunk != other.read(_CHUNK):
                return False
    return True
