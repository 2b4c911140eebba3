"""Baking: cached values, computed by an engine and written into a workbook's formula cells.

Programs that can't compute then show numbers. Nothing here depends on the reference, and engines
ignore cached values: they always recalculate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.cells.readings import Inputs
from xlgpt2.engines import get_engine
from xlgpt2.errors import WorkbookError
from xlgpt2.files import atomic_write, reporting_write_errors
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.caching.package import write_cached_values
from xlgpt2.xlsx.reading.workbook import Workbook, open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells


@dataclass(frozen=True)
class BakeSummary:
    """The numbers of formulas and cells with cached values, and the file."""

    path: Path
    engine: str
    formulas: int
    values: int
    bytes: int
    seconds: float


def bake(
    file: Path, engine: str = "formulas", output: Path | None = None, progress: Progress = silent
) -> BakeSummary:
    """Write a workbook with an engine's results as cached values, over `file` or to `output`.

    Nothing else changes. Raises XlGpt2Error, and then leaves an existing file as it was.
    """
    started = time.perf_counter()
    if file.is_dir():
        raise WorkbookError(
            f"workbook {file}: expected a file, got a folder",
            "bake the workbooks of a split model one by one: each is computed from the values "
            "on its own tab Input",
        )
    workbook = open_workbook(file)
    path = output or file
    sheets = {part: sheet for sheet, part in workbook.contents.sheets.items()}
    progress(Step(f"recalculating in {engine}"))
    with (
        atomic_write(path) as temporary,
        get_engine(engine).computed(workbook, _own_prompt(workbook)) as computed,
        workbook.package() as source,
        reporting_write_errors(path),
    ):
        counts = write_cached_values(source, temporary, sheets, computed.read, progress)
    return BakeSummary(
        path,
        f"{computed.engine} {computed.version}",
        counts.formulas,
        counts.values,
        path.stat().st_size,
        time.perf_counter() - started,
    )


def _own_prompt(workbook: Workbook) -> Inputs:
    """The file's prompt, to override itself, if it contains a tab character.

    LibreOffice changes a tab in a text of several lines when it loads a file, but not when an
    engine enters it. A prompt from a formula is left alone: its cached value may be anything.
    """
    area = workbook.areas.get("prompt")
    if area is None:
        return {}
    formulas = workbook.formulas(area.sheet).formulas
    if any(formula.area.overlaps(area) for formula in formulas):
        return {}
    (prompt,) = read_single_cells(workbook, [area])
    return {"prompt": [[prompt]]} if isinstance(prompt, str) and "\t" in prompt else {}
