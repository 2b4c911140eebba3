"""The CellRune engine: recalculates a workbook in this process with CellRune, written in Rust."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from xlgpt2.cells.address import Area, column_letters
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError, Cells
from xlgpt2.engines.engine import NOTHING_ELSE, Computed, package_version
from xlgpt2.engines.inputs import Typed, typed
from xlgpt2.engines.overridden import (
    SheetFormulas,
    by_sheet,
    places,
)
from xlgpt2.engines.range_values import as_cells, chosen
from xlgpt2.engines.requirements import require_installed
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import Contents, read_contents
from xlgpt2.xlsx.reading.formulas import check_sheets

if TYPE_CHECKING:
    from cellrune import RangeValue, Workbook

#: Cells that are asked for at once; it refuses to give many more.
_CELLS_AT_ONCE = 50_000

#: Cells and bytes for which CellRune has limits that real models reach.
_MOST_READ = (
    *("max_archive_bytes", "max_entry_uncompressed_bytes", "max_total_uncompressed_bytes"),
    *("max_compression_ratio", "max_sheets", "max_cells_per_sheet", "max_total_cells"),
    *("max_shared_strings", "max_total_shared_string_bytes", "max_total_cell_text_bytes"),
    *("max_defined_names", "max_total_formula_bytes", "max_merged_ranges"),
)

#: What it may compute with: more than any memory holds, so that memory is the limit.
_MOST_COMPUTED: Any = dict.fromkeys(
    ("max_dependency_edges", "max_reference_areas", "max_array_cells"), 2**40
)

#: What other engines call the reason for which CellRune has no result.
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
        """The version of the package, or None where it is missing."""
        return package_version("cellrune")

    def recalculate(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Iterator[Readings]:
        """What every named range holds after a full recalculation, once for each of `inputs`.

        Raises what `Engine.recalculate` says.
        """
        contents = read_contents(workbook)
        wanted = chosen(contents.areas, names, workbook, also)
        installed = require_installed(self, "CellRune")
        file = _File(workbook, contents)
        for one in inputs:
            book = file.typed_over(typed(one, contents.areas, workbook))
            start = time.perf_counter()
            file.calculate(book)
            seconds = time.perf_counter() - start
            values = {name: as_cells(_read(book, area)) for name, area in wanted.items()}
            book.close()
            yield Readings(self.name, installed, values, {**contents.areas, **also}, seconds)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[Computed]:
        """The workbook after a full recalculation; raises what `Engine.computed` says."""
        contents = read_contents(workbook)
        installed = require_installed(self, "CellRune")
        file = _File(workbook, contents)
        book = file.typed_over(typed(inputs, contents.areas, workbook))
        file.calculate(book)

        def read(area: Area) -> Cells:
            return as_cells(_read(book, area), truth_values=True)

        yield Computed(self.name, installed, read)
        book.close()


class _File:
    """A workbook's file, which is opened anew for each set of inputs: that takes a second."""

    def __init__(self, path: Path, contents: Contents) -> None:
        check_sheets(path, contents)
        self._path, self._formulas = path, SheetFormulas(path, contents)
        # Of nothing has a file more than bytes.
        most = contents.unpacked + path.stat().st_size
        self._limits: Any = dict.fromkeys(_MOST_READ, most)

    def typed_over(self, blocks: Sequence[Typed]) -> Workbook:
        """The workbook of the file with values typed over its own, and nothing computed.

        Raises PromptError where an array formula would be replaced in part.
        """
        book = self._opened()
        for sheet, typed_here in by_sheet(blocks).items():
            for array in self._formulas.replaced(sheet, typed_here):
                for row, column in places(array):
                    book.clear_cell(sheet, f"{column_letters(column)}{row}")
        for block in blocks:
            rows = [[_written(value) for value in row] for row in block.rows]
            for first, part in _parts(block.area):
                start = part.local.partition(":")[0]
                book.write_values(part.sheet, start, rows[first : first + part.rows])
        return book

    def calculate(self, book: Workbook) -> None:
        """Compute every formula from what cells hold; raises EngineFailedError."""
        import cellrune  # noqa: PLC0415 (an optional package)

        try:
            book.calculate(calculation_limits=_MOST_COMPUTED)
        except cellrune.CellRuneError as error:
            raise EngineFailedError(
                f"CellRune: expected results, got {error}", "take another engine with --engine"
            ) from error

    def _opened(self) -> Workbook:
        import cellrune  # noqa: PLC0415 (an optional package)

        try:
            return cellrune.Workbook.open_path(str(self._path), read_limits=self._limits)
        except cellrune.CellRuneError as error:
            raise WorkbookError(
                f"workbook {self._path}: expected a file that CellRune opens, got {error}",
                WORKBOOK_HINT,
            ) from error


def _parts(area: Area) -> Iterator[tuple[int, Area]]:
    """An area in parts of so many rows as CellRune takes at once, each after its first row's."""
    step = max(1, _CELLS_AT_ONCE // area.columns)
    for first in range(0, area.rows, step):
        rows = min(step, area.rows - first)
        yield first, Area(area.sheet, area.row + first, area.column, rows, area.columns)


def _read(book: Workbook, area: Area) -> Cells:
    """The values of a rectangle, with its errors in their places."""
    values = np.empty(area.shape, dtype=object)
    for first, part in _parts(area):
        start, _, end = part.local.partition(":")
        for i, row in enumerate(book.read_values(area.sheet, start, end or start), first):
            values[i, :] = [_value(cell) for cell in row]
    return values


def _written(value: float | str) -> Any:  # noqa: ANN401 - a dictionary of one of its kinds
    """A value as CellRune takes it; "" leaves its cell empty."""
    if value == "":
        return {"kind": "blank"}
    return {"kind": "text" if isinstance(value, str) else "number", "value": value}


def _value(found: RangeValue) -> float | str | bool | CellError:
    """What a cell holds; an empty cell holds an empty text."""
    if found["kind"] == "blank":
        return ""
    if found["kind"] == "error":
        return CellError(found["value"])
    if found["kind"] == "unavailable":
        return CellError(_REASONS.get(found["code"], "#N/A"))
    if found["kind"] == "unsupported":
        return CellError("#N/A")
    return found["value"]
