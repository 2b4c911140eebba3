"""The IronCalc engine: recalculates a workbook in this process with IronCalc, written in Rust."""

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
from xlgpt2.cells.values import CellError, Cells
from xlgpt2.engines.engine import NOTHING_ELSE, Computed, package_version
from xlgpt2.engines.inputs import Typed, typed
from xlgpt2.engines.overridden import (
    Place,
    SheetFormulas,
    by_sheet,
    places,
)
from xlgpt2.engines.range_values import as_cells, chosen
from xlgpt2.engines.requirements import require_installed, without_addresses
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import Contents, read_contents
from xlgpt2.xlsx.reading.bulk_numbers import lacks_addresses
from xlgpt2.xlsx.reading.formulas import check_sheets

if TYPE_CHECKING:
    from ironcalc import Model

#: A workbook of ours gives after the second pass over it what it gives after the third.
MOST_PASSES = 20


class IronCalcEngine:
    """Recalculates workbooks in IronCalc; satisfies `Engine`."""

    name = "ironcalc"
    how_to_install = "pip install ironcalc"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the package, or None where it is missing."""
        return package_version("ironcalc")

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
        installed = require_installed(self, "IronCalc")
        opened = _Opened(workbook, contents)
        for one in inputs:
            model = opened.typed_over(typed(one, contents.areas, workbook))
            start = time.perf_counter()
            _evaluate(model)
            seconds = time.perf_counter() - start
            values = {n: as_cells(opened.read(model, area)) for n, area in wanted.items()}
            yield Readings(self.name, installed, values, {**contents.areas, **also}, seconds)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[Computed]:
        """The workbook after a full recalculation; raises what `Engine.computed` says."""
        contents = read_contents(workbook)
        installed = require_installed(self, "IronCalc")
        opened = _Opened(workbook, contents)
        model = opened.typed_over(typed(inputs, contents.areas, workbook))
        _evaluate(model)

        def read(area: Area) -> Cells:
            return as_cells(opened.read(model, area), truth_values=True)

        yield Computed(self.name, installed, read)


class _Opened:
    """A workbook as IronCalc has read it, with nothing typed over it and nothing computed."""

    def __init__(self, path: Path, contents: Contents) -> None:
        import ironcalc  # noqa: PLC0415 (an optional package)

        check_sheets(path, contents)
        self.formulas = SheetFormulas(path, contents)
        try:
            with _running():
                model = ironcalc.load_from_xlsx(str(path))
        except ironcalc.WorkbookError as error:
            if lacks_addresses(path, contents):
                raise without_addresses(path, "IronCalc") from error
            raise WorkbookError(
                f"workbook {path}: expected a file that IronCalc opens, got {error}", WORKBOOK_HINT
            ) from error
        sheets = model.get_worksheets_properties()
        self.numbers = {sheet["name"]: number for number, sheet in enumerate(sheets)}
        self.content = model.to_bytes()

    def typed_over(self, blocks: Sequence[Typed]) -> Model:
        """The workbook of the file with values typed over its own.

        Raises PromptError where an array formula would be replaced in part.
        """
        import ironcalc  # noqa: PLC0415 (an optional package)

        model = ironcalc.load_from_bytes(self.content)
        for sheet, typed_here in by_sheet(blocks).items():
            number = self.numbers[sheet]
            for array in self.formulas.replaced(sheet, typed_here):
                first, *_, last = places(array)
                model.range_clear_contents(number, *first, *last)
            for place, value in typed_here.items():
                _put(model, number, place, value)
        return model

    def read(self, model: Model, area: Area) -> Cells:
        """The values of a rectangle, with its errors in their places."""
        number = self.numbers[area.sheet]
        values = np.empty(area.rows * area.columns, dtype=object)
        values[:] = [_value(model, number, place) for place in places(area)]
        return values.reshape(area.shape)


def _evaluate(model: Model) -> None:
    """Compute the workbook until another pass over all of its formulas changes nothing.

    One pass is not enough: a formula that is computed before the array formula that it reads
    finds empty cells. What a pass leaves as it was follows from the formulas alone, for no
    formula needs its own result. Raises EngineFailedError where nothing settles.
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
        f"IronCalc: expected results that stay, got others in each of {MOST_PASSES} passes",
        "leave out functions that give something else each time, such as RAND",
    )


def _put(model: Model, sheet: int, place: Place, value: float | str) -> None:
    """Type one value: a text stays a text, also "123" and "=x"; "" leaves its cell empty."""
    if value == "":
        model.clear_cell_contents(sheet, *place)
    elif isinstance(value, str):
        model.update_cell_with_text(sheet, *place, value)
    else:
        model.update_cell_with_number(sheet, *place, value)


def _value(model: Model, sheet: int, place: Place) -> float | str | bool | CellError:
    """What a cell holds; an empty cell holds an empty text."""
    value = model.get_cell_value(sheet, *place)
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return float(value)
    return CellError(value) if value[:1] == "#" and _is_error(model, sheet, place) else value


def _is_error(model: Model, sheet: int, place: Place) -> bool:
    """Whether a cell holds an error, which IronCalc gives as a text, and not such a text."""
    from ironcalc import CellType  # noqa: PLC0415 (an optional package)

    return model.get_cell_type(sheet, *place) == CellType.ErrorValue


@contextmanager
def _running() -> Iterator[None]:
    """IronCalc at work: what it prints of cells is kept back, and a panic is an EngineFailedError.

    It prints to the process's own standard output, behind the back of Python's.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a class that can't be imported
            raise
        raise EngineFailedError(
            f"IronCalc: expected results, got {error}", "take another engine with --engine"
        ) from error
    finally:
        os.dup2(kept, 1)
        os.close(kept)
