"""The IronCalc engine: recalculates a workbook in-process with IronCalc, written in Rust."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import CellError, Cells, CellValue
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook, package_version
from xlgpt2.engines.inputs import Override, overrides_of
from xlgpt2.engines.overridden import (
    RowColumn,
    cells_by_sheet,
    overridden_arrays,
    row_columns,
)
from xlgpt2.engines.range_values import areas_to_read, as_cells
from xlgpt2.engines.requirements import missing_addresses_error, require_installed
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.bulk_numbers import lacks_addresses
from xlgpt2.xlsx.reading.workbook import Workbook

if TYPE_CHECKING:
    from ironcalc import Model

#: Our workbooks don't change any more after the second pass.
MOST_PASSES = 20


class IronCalcEngine:
    """Recalculates workbooks in IronCalc; satisfies `Engine`."""

    name = "ironcalc"
    how_to_install = "pip install ironcalc"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the package, or None if it is not installed."""
        return package_version("ironcalc")

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
        version = require_installed(self, "IronCalc")
        loaded = _LoadedWorkbook(workbook)
        for input_set in inputs:
            model = loaded.overridden(overrides_of(input_set, workbook.areas, workbook.path))
            start = time.perf_counter()
            _evaluate(model)
            seconds = time.perf_counter() - start
            values = {n: as_cells(loaded.read(model, area)) for n, area in areas.items()}
            yield Readings(self.name, version, values, {**workbook.areas, **extra_areas}, seconds)

    @contextmanager
    def computed(self, workbook: Workbook, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        version = require_installed(self, "IronCalc")
        loaded = _LoadedWorkbook(workbook)
        model = loaded.overridden(overrides_of(inputs, workbook.areas, workbook.path))
        _evaluate(model)

        def read(area: Area) -> Cells:
            return as_cells(loaded.read(model, area), truth_values=True)

        yield ComputedWorkbook(self.name, version, read)


class _LoadedWorkbook:
    """A workbook that IronCalc has loaded, without inputs and not computed yet."""

    def __init__(self, workbook: Workbook) -> None:
        import ironcalc  # noqa: PLC0415 (an optional package)

        workbook.check()
        self.workbook, path = workbook, workbook.path
        try:
            with _running():
                model = ironcalc.load_from_xlsx(str(path))
        except ironcalc.WorkbookError as error:
            if lacks_addresses(path, workbook.contents):
                raise missing_addresses_error(path, "IronCalc") from error
            raise WorkbookError(
                f"workbook {path}: expected a file that IronCalc can open, got {error}",
                WORKBOOK_HINT,
            ) from error
        sheets = model.get_worksheets_properties()
        self.numbers = {sheet["name"]: number for number, sheet in enumerate(sheets)}
        self.content = model.to_bytes()

    def overridden(self, overrides: Sequence[Override]) -> Model:
        """A copy of the workbook with overridden values.

        Raises PromptError if only a part of an array formula would be overridden.
        """
        import ironcalc  # noqa: PLC0415 (an optional package)

        model = ironcalc.load_from_bytes(self.content)
        for sheet, cells in cells_by_sheet(overrides).items():
            number = self.numbers[sheet]
            for array in overridden_arrays(self.workbook.formulas(sheet), cells):
                first, *_, last = row_columns(array)
                model.range_clear_contents(number, *first, *last)
            for cell, value in cells.items():
                _put(model, number, cell, value)
        return model

    def read(self, model: Model, area: Area) -> Cells:
        """The values of a rectangle, including errors."""
        number = self.numbers[area.sheet]
        values = np.empty(area.rows * area.columns, dtype=object)
        values[:] = [_value(model, number, cell) for cell in row_columns(area)]
        return values.reshape(area.shape)


def _evaluate(model: Model) -> None:
    """Compute the workbook until another pass over all formulas changes nothing.

    One pass is not enough: a formula that is computed before the array formula that it reads
    finds empty cells. A fixed point depends on the formulas alone, since no formula needs its own
    result. Raises EngineFailedError if none is reached.
    """
    before = b""
    with _running():
        for _ in range(MOST_PASSES):
            model.evaluate()
            after = model.to_bytes()
            if after == before:
                return
            before = after
    raise EngineFailedError(
        "IronCalc: expected results that converge, got different ones in each of "
        f"{MOST_PASSES} passes",
        "remove volatile functions such as RAND",
    )


def _put(model: Model, sheet: int, cell: RowColumn, value: float | str) -> None:
    """Put a value into a cell: texts stay texts, even "123" and "=x"; "" leaves it empty."""
    if value == "":
        model.clear_cell_contents(sheet, *cell)
    elif isinstance(value, str):
        model.update_cell_with_text(sheet, *cell, value)
    else:
        model.update_cell_with_number(sheet, *cell, value)


def _value(model: Model, sheet: int, cell: RowColumn) -> CellValue:
    """The value of a cell; that of an empty cell is an empty text."""
    value = model.get_cell_value(sheet, *cell)
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return float(value)
    return CellError(value) if value[:1] == "#" and _is_error(model, sheet, cell) else value


def _is_error(model: Model, sheet: int, cell: RowColumn) -> bool:
    """Whether a cell has an error, which IronCalc returns as a text, and not just such a text."""
    from ironcalc import CellType  # noqa: PLC0415 (an optional package)

    return model.get_cell_type(sheet, *cell) == CellType.ErrorValue


@contextmanager
def _running() -> Iterator[None]:
    """Suppress IronCalc's output, and turn a panic into an EngineFailedError.

    It prints to the process's standard output directly, and not through Python's.
    """
    sys.stdout.flush()
    stdout = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), 1)
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a class that can't be imported
            raise
        raise EngineFailedError(
            f"IronCalc: expected results, got {error}", "use another engine with --engine"
        ) from error
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
