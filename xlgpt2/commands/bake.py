"""Baking: what an engine computed from a workbook's formulas, stored in their cells.

Programs that can't compute then show numbers. Nothing here knows the reference, and engines take
no notice of what is stored: a file's results are always computed anew.
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
from xlgpt2.xlsx.package import (
    Contents,
    open_package,
    read_contents,
)
from xlgpt2.xlsx.reading.formulas import read_formulas
from xlgpt2.xlsx.reading.workbook_file import read_single_cells


@dataclass(frozen=True)
class Baked:
    """What was stored: the results of so many formulas, in so many cells."""

    path: Path
    engine: str
    formulas: int
    values: int
    bytes: int
    seconds: float


def bake(
    file: Path, engine: str = "formulas", output: Path | None = None, progress: Progress = silent
) -> Baked:
    """A workbook with the results that an engine computed, in place of `file` or at `output`.

    All but the results stays as it is. Raises XlGpt2Error, and then leaves the file that is there.
    """
    started = time.perf_counter()
    if file.is_dir():
        raise WorkbookError(
            f"workbook {file}: expected a file, got a folder",
            "bake the workbooks of a split model one by one: "
            "each is computed from what stands on its own tab Input",
        )
    contents = read_contents(file)
    path = output or file
    sheets = {part: sheet for sheet, part in contents.sheets.items()}
    progress(Step(f"recalculating in {engine}"))
    with (
        atomic_write(path) as made,
        get_engine(engine).computed(file, _own_prompt(file, contents)) as results,
        open_package(file) as source,
        reporting_write_errors(path),
    ):
        stored = write_cached_values(source, made, sheets, results.read, progress)
    return Baked(
        path,
        f"{results.engine} {results.version}",
        stored.formulas,
        stored.values,
        path.stat().st_size,
        time.perf_counter() - started,
    )


def _own_prompt(file: Path, contents: Contents) -> Inputs:
    """The prompt that stands in the file, to be typed over itself, if it has a tab.

    LibreOffice changes a tab in a text of several lines when it loads it, and not when an engine
    types it. What a formula gives is not typed: the file may say anything of it.
    """
    area = contents.areas.get("prompt")
    if area is None:
        return {}
    with open_package(file) as package:
        formulas, _errors = read_formulas(
            package, contents.sheets[area.sheet], area.sheet, contents.most_cells
        )
    if any(formula.area.overlaps(area) for formula in formulas):
        return {}
    (prompt,) = read_single_cells(file, [area])
    return {"prompt": [[prompt]]} if isinstance(prompt, str) and "\t" in prompt else {}
