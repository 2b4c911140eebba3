"""An opened workbook: its sheets and names, and the formulas of each sheet on first use."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.xlsx.package import Contents, open_package, read_contents
from xlgpt2.xlsx.reading.bulk_numbers import rest_of_sheet
from xlgpt2.xlsx.reading.formulas import FileFormula, SheetFormulas, read_formulas
from xlgpt2.xlsx.reading.plain_cells import without_plain_cells


class Workbook:
    """An .xlsx file that is opened once, and then passed on in place of its path.

    `contents` are read when it is opened. A sheet's formulas are read and checked on first use, and
    kept. The limits to its cells hold for all sheets together.
    """

    def __init__(self, path: Path, contents: Contents) -> None:
        self.path, self.contents = path, contents
        self._formulas: dict[str, SheetFormulas] = {}
        self._cells: dict[str, int] = {}  # of each sheet that was read

    @property
    def areas(self) -> Mapping[str, Area]:
        """The named ranges."""
        return self.contents.areas

    def package(self) -> AbstractContextManager[zipfile.ZipFile]:
        """A context with the open package; entering it raises WorkbookError."""
        return open_package(self.path)

    def formulas(self, sheet: str, package: zipfile.ZipFile | None = None) -> SheetFormulas:
        """The formulas of a sheet, read from an open package if given, even without bulk numbers.

        Raises what `read_formulas` does.
        """
        if sheet not in self._formulas:
            with self.package() if package is None else nullcontext(package) as opened:
                self._read(sheet, opened)
        return self._formulas[sheet]

    def all_formulas(self) -> Iterator[FileFormula]:
        """The formulas of all sheets; raises what `read_formulas` does."""
        for sheet in self.contents.sheets:
            yield from self.formulas(sheet).formulas

    def check(self, names: Collection[str] | None = None, largest: int | None = None) -> None:
        """Raise WorkbookError, as `read_formulas` does, if other programs may not get the file.

        Only the sheets in `names` are checked if given, and no parts of more than `largest` bytes,
        such as those with millions of weights: checking them takes as long as opening them.
        """
        with self.package() as package:
            for sheet, part in self.contents.sheets.items():
                size = package.getinfo(part).file_size
                if (names is None or sheet in names) and (largest is None or size <= largest):
                    self.formulas(sheet, package)

    def add_cells(self, sheet: str, constants: int) -> None:
        """Count the cells of a sheet that take memory beside its formulas."""
        self._cells[sheet] = constants + _size(self.formulas(sheet))

    def _read(self, sheet: str, package: zipfile.ZipFile) -> None:
        most_cells = max(0, self.contents.most_cells - sum(self._cells.values()))
        with closing(rest_of_sheet(package, self.contents.sheets[sheet], sheet)) as rows:
            self._formulas[sheet] = read_formulas(without_plain_cells(rows), sheet, most_cells)
        self._cells[sheet] = _size(self._formulas[sheet])


def open_workbook(path: Path) -> Workbook:
    """The workbook in a file; raises what `read_contents` does."""
    return Workbook(path, read_contents(path))


def _size(sheet: SheetFormulas) -> int:
    """The cells that formulas fill, and their characters."""
    return sum(entry.area.rows * entry.area.columns + len(entry.text) for entry in sheet.formulas)
