"""Single constant cells of a file, without reading the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import python_calamine

from xlgpt2.cells import Area
from xlgpt2.engines.package import HINT
from xlgpt2.errors import WorkbookError


def read_single_cells(path: Path, areas: Sequence[Area]) -> list[str | float]:
    """The texts and numbers of some cells; raises WorkbookError where the file can't be read."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        sheets = {
            area.sheet: workbook.get_sheet_by_name(area.sheet).to_python(skip_empty_area=False)
            for area in areas
        }
    except (python_calamine.CalamineError, OSError) as error:
        raise WorkbookError(f"can't read the cells of {path}: {error}", HINT) from error
    found: list[str | float] = []
    for area in areas:
        rows = sheets[area.sheet]
        line = rows[area.row - 1] if area.row <= len(rows) else []
        value = line[area.column - 1] if area.column <= len(line) else ""
        found.append(value if isinstance(value, (str, float)) else str(value))
    return found
