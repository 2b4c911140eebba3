"""The Gnumeric engine: Gnumeric's converter recalculates a copy of the workbook."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import IllegalCharacterError

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells, CellValue
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook
from xlgpt2.engines.inputs import Override, overrides_of, partial_array_error
from xlgpt2.engines.one_by_one import read_one_by_one
from xlgpt2.engines.process_limits import most_seconds, with_memory_limit
from xlgpt2.engines.range_values import as_cells
from xlgpt2.engines.requirements import missing_addresses_error, require_installed
from xlgpt2.engines.temporary_folder import check_room, room_for
from xlgpt2.errors import EngineFailedError, PromptError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.bulk_numbers import lacks_addresses
from xlgpt2.xlsx.reading.cached_values import (
    read_cached_values,
    read_texts_with,
)
from xlgpt2.xlsx.reading.formulas import Place
from xlgpt2.xlsx.reading.workbook import Workbook, open_workbook

#: Gnumeric's converter, which has no window.
_PROGRAM = "ssconvert"

#: Seconds for computing, in addition to those for opening the file.
ANSWER_S = 3600.0

#: A character that it drops from the files it writes.
_DROPPED = "\x7f"

#: The format to write: ISO 29500, with 17 digits of every number.
_XLSX = "Gnumeric_Excel:xlsx2"


class GnumericEngine:
    """Recalculates workbooks in Gnumeric; satisfies `Engine`."""

    name = "gnumeric"
    how_to_install = "apt install gnumeric"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the program, or None if it is not installed."""
        if shutil.which(_PROGRAM) is None:
            return None
        output = subprocess.run(
            [_PROGRAM, "--version"], capture_output=True, text=True, check=False
        )
        match = re.search(r"\d+(\.\d+)+", output.stdout + output.stderr)
        return match[0] if match else None

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
        version = require_installed(self, "Gnumeric")
        if lacks_addresses(workbook.path, workbook.contents):
            raise missing_addresses_error(workbook.path, "Gnumeric")
        workbook.check()
        with room_for("Gnumeric"), tempfile.TemporaryDirectory(prefix="xlgpt2-") as name:
            folder = Path(name)
            with_inputs = _overridden(workbook.path, overrides, folder)
            recalculated = _recalculated(with_inputs, folder, workbook.contents.unpacked)
            computed = read_cached_values(open_workbook(recalculated))
        texts = read_texts_with(workbook, _DROPPED)
        sheets = {sheet: {**computed[sheet], **texts.get(sheet, {})} for sheet in computed}
        yield ComputedWorkbook(
            self.name,
            version,
            lambda area: as_cells(_read(sheets[area.sheet], area), truth_values=True),
        )


def _overridden(path: Path, overrides: Sequence[Override], folder: Path) -> Path:
    """The workbook, or a copy of it with overridden values.

    Raises PromptError if only a part of an array formula would be overridden, and for a character
    that no cell can hold.
    """
    if not overrides:
        return path
    book = openpyxl.load_workbook(path)
    for override in overrides:
        sheet = book[override.area.sheet]
        for array in _arrays(sheet.array_formulae.values(), override.area):
            if not override.area.contains(array):
                raise partial_array_error(override.area, array)
        for i, row in enumerate(override.rows):
            for j, value in enumerate(row):
                cell = sheet.cell(override.area.row + i, override.area.column + j)
                try:
                    cell.value = None if value == "" else value
                except IllegalCharacterError as error:
                    raise PromptError(
                        f"range {override.name}: expected text without control characters, got "
                        f"{value!r}",
                        "remove them, or use another engine with --engine",
                    ) from error
                if isinstance(value, str) and value:
                    cell.data_type = "s"  # even if it looks like a formula or an error
    copy = folder / "typed.xlsx"
    book.save(copy)
    return copy


def _arrays(references: Iterable[str], area: Area) -> Iterator[Area]:
    """The array formulas of several cells that overlap an area on their sheet."""
    for reference in references:
        array = Area.parse(f"{quoted(area.sheet)}!{reference}")
        if array.shape != (1, 1) and array.overlaps(area):
            yield array


def _recalculated(path: Path, folder: Path, unpacked: int) -> Path:
    """The file that Gnumeric writes after recalculating; raises EngineFailedError."""
    target = folder / "computed.xlsx"
    command = [_PROGRAM, "--recalc", "-T", _XLSX, str(path), str(target)]
    allowed_s = ANSWER_S + most_seconds(unpacked)
    try:
        process = subprocess.run(
            with_memory_limit(command, unpacked),
            capture_output=True,
            text=True,
            check=False,
            timeout=allowed_s,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineFailedError(
            f"Gnumeric: expected a recalculated file within {allowed_s:g} s, got none",
            "use another engine with --engine",
        ) from error
    if process.returncode or not target.exists():
        check_room(folder)
        last_line = (process.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EngineFailedError(
            f"Gnumeric: expected a recalculated file, got none; last output: {last_line}",
            WORKBOOK_HINT,
        )
    return target


def _read(sheet: Mapping[Place, CellValue], area: Area) -> Cells:
    """The values of a rectangle; that of an empty cell is an empty text."""
    values = np.empty(area.shape, dtype=object)
    for i in range(area.rows):
        for j in range(area.columns):
            values[i, j] = sheet.get((area.row - 1 + i, area.column - 1 + j), "")
    return values
