"""The CellRune engine: recalculates a workbook in-process with CellRune, written in Rust."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from xlgpt2.cells.address import Area, column_letters
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError, Cells, CellValue
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook, package_version
from xlgpt2.engines.inputs import Override, overrides_of
from xlgpt2.engines.overridden import cells_by_sheet, overridden_arrays, row_columns
from xlgpt2.engines.range_values import areas_to_read, as_cells
from xlgpt2.engines.requirements import require_installed
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.workbook import Workbook

if TYPE_CHECKING:
    from cellrune import RangeValue
    from cellrune import Workbook as OpenBook

#: Cells that are read or written at once; CellRune rejects many more.
_CELLS_AT_ONCE = 50_000

#: The limits of CellRune that real models exceed.
_MOST_READ = (
    *("max_archive_bytes", "max_entry_uncompressed_bytes", "max_total_uncompressed_bytes"),
    *("max_compression_ratio", "max_sheets", "max_cells_per_sheet", "max_total_cells"),
    *("max_shared_strings", "max_total_shared_string_bytes", "max_total_cell_text_bytes"),
    *("max_defined_names", "max_total_formula_bytes", "max_merged_ranges"),
)

#: Its limits for computing: more than fits into any memory, so that memory is the limit.
_MOST_COMPUTED: Any = dict.fromkeys(
    ("max_dependency_edges", "max_reference_areas", "max_array_cells"), 2**40
)

#: The errors of other engines for CellRune's reasons not to compute a cell.
_REASONS = {
    "calculation.unsupported_name": "#NAME?",
    "calculation.unsupported_function": "#NAME?",
    "calculation.circular_reference": "#CIRC!",
}


class CellRuneEngine:
    """Recalculates workbooks in CellRune; satisfies `Engine`."""

    name = "cellrune"
    how_to_install = "pip install cellrune==0.2.0"
    counts_utf16 = True

    def version(self) -> str | None:
        """The version of the package, or None if it is not installed."""
        return package_version("cellrune")

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
        areas = areas_to_read(workbook.areas, names, workbook.path, extra_areas)
        version = require_installed(self, "CellRune")
        file = _File(workbook)
        for input_set in inputs:
            book = file.overridden(overrides_of(input_set, workbook.areas, workbook.path))
            start = time.perf_counter()
            file.calculate(book)
            seconds = time.perf_counter() - start
            values = {name: as_cells(_read(book, area)) for name, area in areas.items()}
            book.close()
            yield Readings(self.name, version, values, {**workbook.areas, **extra_areas}, seconds)

    @contextmanager
    def computed(self, workbook: Workbook, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        version = require_installed(self, "CellRune")
        file = _File(workbook)
        book = file.overridden(overrides_of(inputs, workbook.areas, workbook.path))
        file.calculate(book)

        def read(area: Area) -> Cells:
            return as_cells(_read(book, area), truth_values=True)

        yield ComputedWorkbook(self.name, version, read)
        book.close()


class _File:
    """A workbook's file, which is opened again for each set of inputs: that takes a second."""

    def __init__(self, workbook: Workbook) -> None:
        workbook.check()
        self._workbook = workbook
        # A file can't have more of anything than it has bytes.
        limit = workbook.contents.unpacked + workbook.path.stat().st_size
        self._limits: Any = dict.fromkeys(_MOST_READ, limit)

    def overridden(self, overrides: Sequence[Override]) -> OpenBook:
        """The workbook with overridden values, not computed yet.

        Raises PromptError if only a part of an array formula would be overridden.
        """
        book = self._opened()
        for sheet, cells in cells_by_sheet(overrides).items():
            for array in overridden_arrays(self._workbook.formulas(sheet), cells):
                for row, column in row_columns(array):
                    book.clear_cell(sheet, f"{column_letters(column)}{row}")
        for override in overrides:
            rows = [[_cellrune_value(value) for value in row] for row in override.rows]
            for first, part in _parts(override.area):
                start = part.local.partition(":")[0]
                book.write_values(part.sheet, start, rows[first : first + part.rows])
        return book

    def calculate(self, book: OpenBook) -> None:
        """Compute every formula; raises EngineFailedError."""
        import cellrune  # noqa: PLC0415 (an optional package)

        try:
            book.calculate(calculation_limits=_MOST_COMPUTED)
        except cellrune.CellRuneError as error:
            raise EngineFailedError(
                f"CellRune: expected results, got {error}", "use another engine with --engine"
            ) from error

    def _opened(self) -> OpenBook:
        import cellrune  # noqa: PLC0415 (an optional package)

        try:
            return cellrune.Workbook.open_path(str(self._workbook.path), read_limits=self._limits)
        except cellrune.CellRuneError as error:
            raise WorkbookError(
                f"workbook {self._workbook.path}: expected a file that CellRune can open, "
                f"got {error}",
                WORKBOOK_HINT,
            ) from error


def _parts(area: Area) -> Iterator[tuple[int, Area]]:
    """An area in parts of as many rows as CellRune takes at once, with their row offsets."""
    step = max(1, _CELLS_AT_ONCE // area.columns)
    for first in range(0, area.rows, step):
        rows = min(step, area.rows - first)
        yield first, Area(area.sheet, area.row + first, area.column, rows, area.columns)


def _read(book: OpenBook, area: Area) -> Cells:
    """The values of a rectangle, including errors."""
    values = np.empty(area.shape, dtype=object)
    for first, part in _parts(area):
        start, _, end = part.local.partition(":")
        for i, row in enumerate(book.read_values(area.sheet, start, end or start), first):
            values[i, :] = [_value(cell) for cell in row]
    return values


def _cellrune_value(value: float | str) -> Any:  # noqa: ANN401 - a dictionary
    """A value in CellRune's form; "" leaves its cell empty."""
    if value == "":
        return {"kind": "blank"}
    return {"kind": "text" if isinstance(value, str) else "number", "value": value}


def _value(cell: RangeValue) -> CellValue:
    """The value of a cell; that of an empty cell is an empty text."""
    if cell["kind"] == "blank":
        return ""
    if cell["kind"] == "error":
        return CellError(cell["value"])
    if cell["kind"] == "unavailable":
        return CellError(_REASONS.get(cell["code"], "#N/A"))
    if cell["kind"] == "unsupported":
        return CellError("#N/A")
    return cell["value"]
