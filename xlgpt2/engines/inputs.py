"""The cells that a set of inputs overrides, checked before any engine gets them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs
from xlgpt2.cells.values import (
    MOST_CHARACTERS,
    unpaired_surrogate,
    utf16_length,
)
from xlgpt2.engines.range_values import unknown_range_error
from xlgpt2.errors import PromptError


@dataclass(frozen=True)
class Override:
    """A rectangle of values and the cells that they override; "" leaves its cell empty."""

    name: str
    area: Area
    rows: tuple[tuple[float | str, ...], ...]


def overrides_of(inputs: Inputs, areas: Mapping[str, Area], path: Path) -> list[Override]:
    """The values and cells of a set of inputs.

    Raises WorkbookError for a name that the workbook does not have, and PromptError for values
    that don't fit their range.
    """
    overrides = []
    for name, rows in inputs.items():
        if name not in areas:
            raise unknown_range_error(name, areas, path)
        override = _override(name, areas[name], rows)
        if override is not None:
            overrides.append(override)
    return overrides


def partial_array_error(cell: Area, array: Area) -> PromptError:
    """The error for overriding only some cells of an array formula."""
    return PromptError(
        f"cell {cell.absolute}: expected values for all cells of {array.absolute}, which one "
        "array formula fills, got values for only some",
        "pass a value, or an empty text, for every cell of the array",
    )


def _override(name: str, area: Area, rows: list[list[float | str]]) -> Override | None:
    """The values for one range, or None if there are none."""
    height, width = len(rows), max(map(len, rows), default=0)
    if not width:
        return None
    if any(len(row) != width for row in rows):
        raise PromptError(
            f"range {name}: expected rows of equal length, got several lengths",
            "pad shorter rows with '', which leaves a cell empty",
        )
    if height > area.rows or width > area.columns:
        raise PromptError(
            f"range {name}: expected at most [{area.rows}, {area.columns}] values, "
            f"got [{height}, {width}]",
            "pass fewer rows or columns",
        )
    overridden = Area(area.sheet, area.row, area.column, height, width)
    values = tuple(tuple(_value(name, value) for value in row) for row in rows)
    return Override(name, overridden, values)


def _value(name: str, value: float | str) -> float | str:
    """A value for a cell; raises PromptError if no cell can hold it."""
    if isinstance(value, str):
        if utf16_length(value) > MOST_CHARACTERS:
            raise PromptError(
                f"range {name}: expected at most {MOST_CHARACTERS:,} characters in a cell, "
                f"got {utf16_length(value):,}",
                "pass a shorter text",
            )
        if (surrogate := unpaired_surrogate(value)) is not None:
            raise PromptError(
                f"range {name}: expected valid Unicode, got an unpaired surrogate, {surrogate!r}",
                "pass text in the encoding of the terminal, such as UTF-8",
            )
        return value
    number = float(value)
    if not math.isfinite(number):
        raise PromptError(
            f"range {name}: expected a number that a cell can hold, got {number}",
            "pass a finite number",
        )
    return number
