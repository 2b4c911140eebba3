"""The Gnumeric engine: its converter recalculates a copy of the workbook, whose values are read."""

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
from xlgpt2.engines.engine import NOTHING_ELSE, Computed
from xlgpt2.engines.inputs import Typed, part_of_array, typed
from xlgpt2.engines.one_by_one import read_one_by_one
from xlgpt2.engines.process_limits import limited, most_seconds
from xlgpt2.engines.range_values import as_cells
from xlgpt2.engines.requirements import require_installed, without_addresses
from xlgpt2.engines.temporary_folder import check_room, room_for
from xlgpt2.errors import EngineFailedError, PromptError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.bulk_numbers import lacks_addresses
from xlgpt2.xlsx.reading.cached_values import (
    read_cached_values,
    read_texts_with,
)
from xlgpt2.xlsx.reading.formulas import Place, check_sheets

#: Gnumeric's converter, which has no window.
_PROGRAM = "ssconvert"

#: Seconds for computing, beside those for opening the file.
ANSWER_S = 3600.0

#: A character that it loses in what it writes.
_LOST = "\x7f"

#: What it writes: ISO 29500, with 17 digits of every number.
_XLSX = "Gnumeric_Excel:xlsx2"


class GnumericEngine:
    """Recalculates workbooks in Gnumeric; satisfies `Engine`."""

    name = "gnumeric"
    how_to_install = "apt install gnumeric"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the program, or None where it is missing."""
        if shutil.which(_PROGRAM) is None:
            return None
        said = subprocess.run([_PROGRAM, "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
        return found[0] if found else None

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
        yield from read_one_by_one(self, workbook, inputs, names, also)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[Computed]:
        """The workbook after a full recalculation with these inputs, see `Engine.computed`."""
        contents = read_contents(workbook)
        blocks = typed(inputs, contents.areas, workbook)
        installed = require_installed(self, "Gnumeric")
        if lacks_addresses(workbook, contents):
            raise without_addresses(workbook, "Gnumeric")
        check_sheets(workbook, contents)
        with room_for("Gnumeric"), tempfile.TemporaryDirectory(prefix="xlgpt2-") as name:
            folder = Path(name)
            typed_file = _typed_over(workbook, blocks, folder)
            found = read_cached_values(_recalculated(typed_file, folder, contents.unpacked))
        lost = read_texts_with(workbook, _LOST)
        sheets = {sheet: {**found[sheet], **lost.get(sheet, {})} for sheet in found}
        yield Computed(
            self.name,
            installed,
            lambda area: as_cells(_read(sheets[area.sheet], area), truth_values=True),
        )


def _typed_over(workbook: Path, blocks: Sequence[Typed], folder: Path) -> Path:
    """The workbook, or a copy of it with values typed over its own.

    Raises PromptError where an array formula would be replaced in part, or for a character that
    no cell can hold.
    """
    if not blocks:
        return workbook
    book = openpyxl.load_workbook(workbook)
    for block in blocks:
        sheet = book[block.area.sheet]
        for array in _arrays(sheet.array_formulae.values(), block.area):
            if not block.area.contains(array):
                raise part_of_array(block.area, array)
        for i, row in enumerate(block.rows):
            for j, value in enumerate(row):
                cell = sheet.cell(block.area.row + i, block.area.column + j)
                try:
                    cell.value = None if value == "" else value
                except IllegalCharacterError as error:
                    raise PromptError(
                        f"range {block.name}: expected a text without control characters, "
                        f"got {value!r}",
                        "leave them out, or take another engine with --engine",
                    ) from error
                if isinstance(value, str) and value:
                    cell.data_type = "s"  # also where it looks like a formula or an error
    copy = folder / "typed.xlsx"
    book.save(copy)
    return copy


def _arrays(references: Iterable[str], area: Area) -> Iterator[Area]:
    """The array formulas of several cells that an area on their sheet meets."""
    for reference in references:
        array = Area.parse(f"{quoted(area.sheet)}!{reference}")
        if array.shape != (1, 1) and array.overlaps(area):
            yield array


def _recalculated(workbook: Path, folder: Path, unpacked: int) -> Path:
    """What Gnumeric writes after it has computed a workbook; raises EngineFailedError."""
    written = folder / "computed.xlsx"
    command = [_PROGRAM, "--recalc", "-T", _XLSX, str(workbook), str(written)]
    allowed_s = ANSWER_S + most_seconds(unpacked)
    try:
        ran = subprocess.run(
            limited(command, unpacked),
            capture_output=True,
            text=True,
            check=False,
            timeout=allowed_s,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineFailedError(
            f"Gnumeric: expected a recalculated file within {allowed_s:g} s, got none",
            "take another engine with --engine",
        ) from error
    if ran.returncode or not written.exists():
        check_room(folder)
        said = (ran.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EngineFailedError(
            f"Gnumeric: expected a recalculated file, got none; its last words: {said}",
            WORKBOOK_HINT,
        )
    return written


def _read(sheet: Mapping[Place, CellValue], area: Area) -> Cells:
    """One range's values; an empty cell holds an empty text."""
    values = np.empty(area.shape, dtype=object)
    for i in range(area.rows):
        for j in range(area.columns):
            values[i, j] = sheet.get((area.row - 1 + i, area.column - 1 + j), "")
    return values
