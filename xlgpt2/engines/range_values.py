"""What an engine hands back: rows of plain values as a grid of cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NOTHING_ELSE
from xlgpt2.errors import WorkbookError


def as_cells(values: Cells, truth_values: bool = False) -> Cells:
    """A grid as float64 where all of it is numbers, as objects otherwise.

    Where `truth_values` are not wanted, TRUE becomes 1 and FALSE 0.
    """
    if values.dtype == np.float64:
        return values
    # By type and not by trying to convert: numpy would read the text "12" as a number.
    kinds = set(map(type, values.ravel().tolist()))
    if bool in kinds and not truth_values:
        return as_cells(_as_numbers(values))
    return values.astype(np.float64) if kinds <= {float, int} else values


_as_numbers = np.frompyfunc(lambda value: float(value) if isinstance(value, bool) else value, 1, 1)


def chosen(
    areas: Mapping[str, Area],
    names: Collection[str] | None,
    path: Path,
    also: Mapping[str, Area] = NOTHING_ELSE,
) -> dict[str, Area]:
    """The areas to read: all or those of `names`, and others.

    Raises WorkbookError for a name not there.
    """
    for name in names or ():
        if name not in areas:
            raise no_such_range(name, areas, path)
    wanted = set(areas if names is None else names)
    return {**{name: areas[name] for name in areas if name in wanted}, **also}


def no_such_range(name: str, areas: Mapping[str, Area], path: Path) -> WorkbookError:
    """The error for a name that the workbook does not have."""
    close = get_close_matches(name, areas, n=3) or sorted(areas)[:3]
    return WorkbookError(
        f"workbook {path.name}: expected a range named {name!r}, got none",
        f"give one of its names, such as {', '.join(close)}",
    )
