"""Comparison: how two rectangles of cells differ, and which of their cells is the worst."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import CellError, Cells
from xlgpt2.stages.templates import Tolerance


class Outcome(Enum):
    """How a comparison ended, from what says least against a workbook to the worst."""

    UNCHECKED = "not in the reference"
    MATCH = "match"
    LABEL = "another label"
    OVER_TOLERANCE = "over tolerance"
    ABSENT = "absent value"
    SPREADSHEET_ERROR = "spreadsheet error"
    UNLIKE = "another formula"
    PREFIX = "another prefix"
    MARK = "another array mark"
    MOVED = "other cells"
    LOCAL_NAME = "a name of one tab"
    SETTING = "calculation setting"
    MISSING_FUNCTION = "engine lacks a function"
    ENGINE_FAILED = "engine failed"

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the workbook."""
        return self in {Outcome.MATCH, Outcome.LABEL, Outcome.UNCHECKED}

    @property
    def weight(self) -> int:
        """Its place in the order from best to worst."""
        return list(Outcome).index(self)


@dataclass(frozen=True)
class Difference:
    """One cell: where it is, what the reference has there and what the engine gave."""

    outcome: Outcome
    address: str
    expected: str
    got: str
    absolute: float = 0.0
    relative: float = 0.0

    @property
    def severity(self) -> tuple[int, float]:
        """Orders differences from best to worst."""
        return self.outcome.weight, self.relative


def worst(expected: Cells, got: Cells, tolerance: Tolerance) -> tuple[tuple[int, int], Difference]:
    """The worst cell of a range and where it is inside it."""
    if expected.dtype == np.float64 and got.dtype == np.float64:
        if np.array_equal(expected, got):  # weights: many, and all they should be
            return (0, 0), difference(expected[0, 0], got[0, 0], tolerance)
        distance = np.abs(got - expected)
        # A NaN would hide from a maximum; it is as far off as can be.
        distance = np.where(np.isnan(distance), np.inf, distance)
        relative = distance / np.maximum(np.abs(expected), _floor(tolerance))
        flat = int(np.argmax(relative))
        i, j = divmod(flat, expected.shape[1])
        return (i, j), difference(expected[i, j], got[i, j], tolerance)
    cells = [
        ((i, j), difference(expected[i, j], got[i, j], tolerance))
        for i, j in unequal(expected, got)
    ]
    if not cells:
        return (0, 0), difference(expected[0, 0], got[0, 0], tolerance)
    return max(cells, key=lambda cell: cell[1].severity)


def unequal(expected: Cells, got: Cells) -> list[tuple[int, int]]:
    """The cells that are not the same in both, whatever the tolerance."""
    return [(int(i), int(j)) for i, j in np.argwhere(np.not_equal(expected, got, dtype=object))]


def _floor(tolerance: Tolerance) -> float:
    """Numbers smaller than this are measured against it: near zero nothing but noise is left."""
    if tolerance.relative == 0 or tolerance.absolute == 0:
        return 1e-300  # nothing but the number itself; not 0, which can't be divided by
    return tolerance.absolute / tolerance.relative


def difference(expected: object, got: object, tolerance: Tolerance) -> Difference:
    """How one cell compares."""
    if isinstance(expected, CellError) and isinstance(got, CellError):
        return Difference(Outcome.MATCH, "", expected.code, got.code)  # each engine has its own
    if isinstance(got, CellError):
        # A control in which an error stands counts as that text: not what should be there.
        told = "no error" if expected == got.code else shown(expected)
        return Difference(Outcome.SPREADSHEET_ERROR, "", told, got.code)
    if isinstance(expected, (str, CellError)) or isinstance(got, str):
        if expected == got:
            return Difference(Outcome.MATCH, "", shown(expected), shown(got))
        outcome = Outcome.ABSENT if got == "" else Outcome.OVER_TOLERANCE
        return Difference(
            outcome, "", shown(expected), shown(got), absolute=math.inf, relative=math.inf
        )
    wanted, found = float(expected), float(got)  # type: ignore[arg-type]  # numbers by now
    absolute = abs(found - wanted)
    if math.isnan(absolute):
        absolute = math.inf
    relative = absolute / max(abs(wanted), _floor(tolerance))
    over = relative > tolerance.relative
    outcome = Outcome.OVER_TOLERANCE if over else Outcome.MATCH
    told, seen = shown(wanted), shown(found)
    if told == seen and wanted != found:  # they differ after the digits that are usually shown
        told, seen = repr(wanted), repr(found)
    return Difference(outcome, "", told, seen, absolute, relative)


def shown(value: object) -> str:
    """A cell's value as a report shows it."""
    if isinstance(value, str):
        return f'"{value}"' if value else "nothing"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def wrong(expected: Cells, got: Cells, tolerance: Tolerance) -> NDArray[np.bool_]:
    """Which cells differ; all of them where there are more or fewer than expected."""
    if got.shape != expected.shape:
        return np.ones(expected.shape, bool)
    mask = np.zeros(expected.shape, bool)
    for i, j in unequal(expected, got):
        mask[i, j] = not difference(expected[i, j], got[i, j], tolerance).outcome.good
    return mask
