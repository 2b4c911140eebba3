"""The Formulon engine, which stands in for Excel on small workbooks.

Its authors compare it bit for bit with results of Excel 365 on a Mac. It runs as WebAssembly, in
two gigabytes of memory, and takes longer to open a workbook than to compute it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells, CellValue
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook, package_version
from xlgpt2.engines.inputs import Override, overrides_of
from xlgpt2.engines.one_by_one import read_one_by_one
from xlgpt2.engines.overridden import cells_by_sheet, overridden_arrays, row_columns
from xlgpt2.engines.range_values import as_cells
from xlgpt2.engines.requirements import missing_addresses_error, require_installed
from xlgpt2.errors import EngineFailedError, UnsuitableFileError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.bulk_numbers import lacks_addresses
from xlgpt2.xlsx.reading.cached_values import read_cached_values
from xlgpt2.xlsx.reading.formulas import Place
from xlgpt2.xlsx.reading.workbook import Workbook, open_workbook

if TYPE_CHECKING:
    from formulon import Workbook as OpenBook
    from formulon.workbook import ExcelProfileId

#: Unpacked bytes of a file. The shipped model has 12 million with 16 tokens and 4 new ones, and 23
#: million with 32 and 16, for which Formulon runs out of memory.
MOST_UNPACKED = 14_000_000

#: Excel on Windows in American English; Formulon has other profiles.
PROFILE: Final = "win-365-en_US"


class FormulonEngine:
    """Recalculates small workbooks in Formulon; satisfies `Engine`."""

    name = "formulon"
    how_to_install = "pip install formulon==0.18.0"
    counts_utf16 = True

    def __init__(self, profile: ExcelProfileId = PROFILE) -> None:
        self.profile = profile

    def version(self) -> str | None:
        """The version of the package, or None if it is not installed."""
        return package_version("formulon")

    def recalculate(
        self,
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Iterator[Readings]:
        """Readings of the named ranges after a full recalculation, one for each of `inputs`.

        Raises what `Engine.recalculate` does.
        """
        yield from read_one_by_one(self, workbook, inputs, names, extra_areas)

    @contextmanager
    def computed(self, workbook: Workbook, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        overrides = overrides_of(inputs, workbook.areas, workbook.path)
        version = require_installed(self, "Formulon")
        unpacked = workbook.contents.unpacked
        if unpacked > MOST_UNPACKED:
            raise UnsuitableFileError(
                f"workbook {workbook.path.name}: expected at most {MOST_UNPACKED:,} bytes "
                f"uncompressed (the limit of Formulon's memory), got {unpacked:,}",
                "build a smaller workbook: --capacity 8 --new-tokens 2",
            )
        if lacks_addresses(workbook.path, workbook.contents):
            raise missing_addresses_error(workbook.path, "Formulon")
        workbook.check()
        book = self._opened(workbook.path)
        try:
            _apply(book, overrides, workbook)
            values = _computed(book)
            numbers = _sheets(book)
            yield ComputedWorkbook(
                self.name,
                version,
                lambda area: as_cells(
                    _read(book, numbers[area.sheet], values[area.sheet], area), truth_values=True
                ),
            )
        finally:
            book.close()

    def _opened(self, path: Path) -> OpenBook:
        from formulon import FormulonError  # noqa: PLC0415 (an optional package)
        from formulon import Workbook as OpenBook  # noqa: PLC0415 (an optional package)

        try:
            book = OpenBook.load(path.read_bytes())
        except FormulonError as error:
            raise WorkbookError(
                f"workbook {path}: expected a file that Formulon can open, got {error}",
                WORKBOOK_HINT,
            ) from error
        book.set_excel_profile_id(self.profile)
        return book


def _apply(book: OpenBook, overrides: Sequence[Override], workbook: Workbook) -> None:
    """Override values of the file; raises PromptError for a part of an array formula."""
    numbers = _sheets(book)
    for sheet, cells in cells_by_sheet(overrides).items():
        number = numbers[sheet]
        for array in overridden_arrays(workbook.formulas(sheet), cells):
            for row, column in row_columns(array):
                book.set_blank(number, row - 1, column - 1)
        for (row, column), value in cells.items():
            if value == "":
                book.set_blank(number, row - 1, column - 1)
            elif isinstance(value, str):
                book.set_text(number, row - 1, column - 1, value)
            else:
                book.set_number(number, row - 1, column - 1, value)


def _computed(book: OpenBook) -> Mapping[str, Mapping[Place, CellValue]]:
    """The values of cells in a recalculated and saved copy; raises EngineFailedError.

    Reading one cell after the other takes ten times as long.
    """
    from formulon import FormulonError  # noqa: PLC0415 (an optional package)

    try:
        book.recalc()
        saved = book.save()
    except FormulonError as error:
        raise EngineFailedError(
            f"Formulon: expected results, got {error}", "use another engine with --engine"
        ) from error
    with tempfile.TemporaryDirectory(prefix="xlgpt2-") as folder:
        path = Path(folder) / "computed.xlsx"
        path.write_bytes(saved)
        return read_cached_values(open_workbook(path))


def _sheets(book: OpenBook) -> dict[str, int]:
    return {book.sheet_name(number): number for number in range(book.sheet_count())}


def _read(book: OpenBook, sheet: int, saved: Mapping[Place, CellValue], area: Area) -> Cells:
    """The values of a rectangle; that of an empty cell is an empty text.

    Texts are read one by one, since the saved file writes control characters differently.
    """
    values = np.empty(area.shape, dtype=object)
    for i in range(area.rows):
        for j in range(area.columns):
            row, column = area.row - 1 + i, area.column - 1 + j
            value = saved.get((row, column), "")
            if isinstance(value, str) and value:
                value = book.get_value(sheet, row, column).text or ""
            values[i, j] = value
    return values
