"""Differences between two rectangles of cells, and the worst of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import CellError, Cells
from xlgpt2.stages.templates import Tolerance


class Outcome(Enum):
    """The outcome of a comparison, from best to worst."""

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
        """Whether the workbook is not at fault."""
        return self in {Outcome.MATCH, Outcome.LABEL, Outcome.UNCHECKED}

    @property
    def weight(self) -> int:
        """The position in the order from best to worst."""
        return list(Outcome).index(self)


@dataclass(frozen=True)
class Difference:
    """One cell: its address, the reference's value and the engine's."""

    outcome: Outcome
    address: str
    expected: str
    got: str
    absolute: float = 0.0
    relative: float = 0.0

    @property
    def severity(self) -> tuple[int, float]:
        """A sort key from best to worst."""
        return self.outcome.weight, self.relative


def worst_cell(
    expected: Cells, got: Cells, tolerance: Tolerance
) -> tuple[tuple[int, int], Difference]:
    """The worst cell of a range, by its row and column inside it."""
    if expected.dtype == np.float64 and got.dtype == np.float64:
        if np.array_equal(expected, got):  # the usual case for weights, of which there are many
            return (0, 0), difference(expected[0, 0], got[0, 0], tolerance)
        distance = np.abs(got - expected)
        # argmax could miss a NaN, which counts as infinitely far off.
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
    """The cells that are not equal, without any tolerance."""
    return [(int(i), int(j)) for i, j in np.argwhere(np.not_equal(expected, got, dtype=object))]


def _floor(tolerance: Tolerance) -> float:
    """The least denominator of a relative error: near zero only rounding noise is left."""
    if tolerance.relative == 0 or tolerance.absolute == 0:
        return 1e-300  # relative to the number itself; not 0, which can't be divided by
    return tolerance.absolute / tolerance.relative


def difference(expected: object, got: object, tolerance: Tolerance) -> Difference:
    """The comparison of one cell."""
    if isinstance(expected, CellError) and isinstance(got, CellError):
        return Difference(Outcome.MATCH, "", expected.code, got.code)  # codes vary by engine
    if isinstance(got, CellError):
        # The trace has an error in a control as its text, which is not what should be there.
        expected_text = "no error" if expected == got.code else display_text(expected)
        return Difference(Outcome.SPREADSHEET_ERROR, "", expected_text, got.code)
    if isinstance(expected, (str, CellError)) or isinstance(got, str):
        if expected == got:
            return Difference(Outcome.MATCH, "", display_text(expected), display_text(got))
        outcome = Outcome.ABSENT if got == "" else Outcome.OVER_TOLERANCE
        return Difference(
            outcome,
            "",
            display_text(expected),
            display_text(got),
            absolute=math.inf,
            relative=math.inf,
        )
    expected_number, number = float(expected), float(got)  # type: ignore[arg-type]  # numbers by now
    absolute = abs(number - expected_number)
    if math.isnan(absolute):
        absolute = math.inf
    relative = absolute / max(abs(expected_number), _floor(tolerance))
    over = relative > tolerance.relative
    outcome = Outcome.OVER_TOLERANCE if over else Outcome.MATCH
    expected_text, text = display_text(expected_number), display_text(number)
    if expected_text == text and expected_number != number:  # they differ only in later digits
        expected_text, text = repr(expected_number), repr(number)
    return Difference(outcome, "", expected_text, text, absolute, relative)


def display_text(value: object) -> str:
    """A cell's value as text for a report."""
    if isinstance(value, str):
        return f'"{value}"' if value else "nothing"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def difference_mask(expected: Cells, got: Cells, tolerance: Tolerance) -> NDArray[np.bool_]:
    """A mask of the cells that differ; all of them if the shapes do."""
    if got.shape != expected.shape:
        return np.ones(expected.shape, bool)
    mask = np.zeros(expected.shape, bool)
    for i, j in unequal(expected, got):
        mask[i, j] = not difference(expected[i, j], got[i, j], tolerance).outcome.good
    return mask
