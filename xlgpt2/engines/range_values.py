"""Values of ranges: which to read, and plain values as a grid of cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NO_AREAS
from xlgpt2.errors import WorkbookError


def as_cells(values: Cells, truth_values: bool = False) -> Cells:
    """A grid as float64 if all of it is numbers, and as objects otherwise.

    Without `truth_values`, TRUE becomes 1 and FALSE 0.
    """
    if values.dtype == np.float64:
        return values
    # Checked by type, since numpy would convert the text "12" into a number.
    kinds = set(map(type, values.ravel().tolist()))
    if bool in kinds and not truth_values:
        return as_cells(_as_numbers(values))
    return values.astype(np.float64) if kinds <= {float, int} else values


_as_numbers = np.frompyfunc(lambda value: float(value) if isinstance(value, bool) else value, 1, 1)


def areas_to_read(
    areas: Mapping[str, Area],
    names: Collection[str] | None,
    path: Path,
    extra_areas: Mapping[str, Area] = NO_AREAS,
) -> dict[str, Area]:
    """All of `areas`, or only those in `names`, and the extra ones.

    Raises WorkbookError for an unknown name.
    """
    for name in names or ():
        if name not in areas:
            raise unknown_range_error(name, areas, path)
    selected = set(areas if names is None else names)
    return {**{name: areas[name] for name in areas if name in selected}, **extra_areas}


def unknown_range_error(name: str, areas: Mapping[str, Area], path: Path) -> WorkbookError:
    """The error for a name that the workbook does not have."""
    close = get_close_matches(name, areas, n=3) or sorted(areas)[:3]
    return WorkbookError(
        f"workbook {path.name}: expected a range named {name!r}, got none",
        f"use one of its names, such as {', '.join(close)}",
    )
