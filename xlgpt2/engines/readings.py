"""What an engine hands back: rows of plain values as a grid of cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from xlgpt2.cells import Area, Cells
from xlgpt2.errors import WorkbookError


def as_cells(values: Cells) -> Cells:
    """A grid as float64 where all of it is numbers, as objects otherwise."""
    if values.dtype == np.float64:
        return values
    # By type and not by trying to convert: numpy would read the text "12" as a number.
    kinds = set(map(type, values.ravel().tolist()))
    return values.astype(np.float64) if kinds <= {float, int} else values


def chosen(areas: Mapping[str, Area], names: Collection[str] | None, path: Path) -> dict[str, Area]:
    """The areas to read: all, or those of `names`; raises WorkbookError for a name not there."""
    if names is None:
        return dict(areas)
    for name in names:
        if name not in areas:
            raise no_such_range(name, areas, path)
    return {name: areas[name] for name in areas if name in set(names)}


def no_such_range(name: str, areas: Mapping[str, Area], path: Path) -> WorkbookError:
    """The error for a name that the workbook does not have."""
    close = get_close_matches(name, areas, n=3) or sorted(areas)[:3]
    return WorkbookError(
        f"workbook {path.name}: expected a range named {name!r}, got none",
        f"give one of its names, such as {', '.join(close)}",
    )
