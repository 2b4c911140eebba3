"""Single constant cells of a file, without reading the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlgpt2.cells import Area
from xlgpt2.engines.package import read_contents
from xlgpt2.engines.sheet_formulas import check_sheets
from xlgpt2.engines.workbook_file import cells_of, open_cells


def read_single_cells(path: Path, areas: Sequence[Area]) -> list[str | float]:
    """The texts and numbers of some cells; raises WorkbookError where the file can't be read."""
    names = {area.sheet for area in areas}
    check_sheets(path, read_contents(path), names)
    with open_cells(path) as workbook:
        sheets = {
            name: cells_of(workbook, name, path).to_python(skip_empty_area=False) for name in names
        }
    found: list[str | float] = []
    for area in areas:
        rows = sheets[area.sheet]
        line = rows[area.row - 1] if area.row <= len(rows) else []
        value = line[area.column - 1] if area.column <= len(line) else ""
        found.append(value if isinstance(value, (str, float)) else str(value))
    return found
