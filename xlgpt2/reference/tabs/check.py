"""The tab Check: sums of what a workbook holds now, beside those that were recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import CellError, Cells, column, single
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.constants.records import recorded

#: The lines at the top of the tab, and what stands over them.
CHECKS = ("weights", "attention", "probability", "errors", "line_break")
ALL_PASS = "All checks pass"

#: A letter, a line break and a letter: what a program must find that keeps line breaks.
LINE_BREAK_LENGTH = 3

#: How far sums of shares may be from 1, and sums of squares from their record, of which a share.
ALLOWED, ALLOWED_SQUARES = 1e-9, 4e-7

#: A number, or the error that stands in its place.
_Number = float | CellError


def check_trace(
    tensors: Mapping[str, CellTensor],
    held: Mapping[str, Cells],
    heads: Sequence[str],
    tabs_wrong: float = 0,
) -> dict[str, Cells]:
    """The ranges of the tab Check, where a workbook holds these weights and activations.

    `tensors` are what was recorded, `heads` the ranges of attention, `tabs_wrong` is how many
    tabs have errors. Shapes:
    [weights, 1] weight_*, [heads of all blocks, 1] head_*, [1, 1] the others.
    """
    records = {kind: recorded(kind, list(tensors), tensors) for kind in _RECORDS}
    weights = [_numbers(held[name]) for name in tensors]
    sums = {
        "count": [float(numbers.size) for numbers in weights],
        "sum": [float(numbers.sum()) for numbers in weights],
        "sum_of_squares": [float(np.square(numbers).sum()) for numbers in weights],
    }
    results = [
        _as_recorded(*(float(records[kind][i, 0]) for kind in _RECORDS), *now)
        for i, now in enumerate(zip(*sums.values(), strict=True))
    ]
    deviations = [_deviation(held[name], held["active"]) for name in heads]
    errors = [one for one in deviations if isinstance(one, CellError)]
    furthest = errors[0] if errors else max(one for one in deviations if isinstance(one, float))
    total = _from_one(held["probabilities"]) if held["wanted"][0, 0] == 1 else 0.0
    weights_wrong = results.count("not ok")
    breaks = len(str(held["line_break_text"][0, 0]))
    passed = (
        *(not weights_wrong, _allowed(furthest), _allowed(total), not tabs_wrong),
        breaks == LINE_BREAK_LENGTH,
    )
    failed = passed.count(False)
    return {
        **{f"weight_recorded_{kind}": cells for kind, cells in records.items()},
        **{f"weight_{kind}": column(numbers) for kind, numbers in sums.items()},
        "weight_result": column(results),
        "head_deviation": _column(deviations),
        "head_result": column([_said(_allowed(one)) for one in deviations]),
        "weights_wrong": single(float(weights_wrong)),
        "attention_deviation": _column([furthest]),
        "probability_deviation": _column([total]),
        "line_break_length": single(float(breaks)),
        "tabs_wrong": single(float(tabs_wrong)),
        **{f"{name}_check": single(_said(ok)) for name, ok in zip(CHECKS, passed, strict=True)},
        "check_verdict": single(f"{failed} of 5 checks fail: see below" if failed else ALL_PASS),
        "prompt_check": single("Not as built: see Check" if failed else ALL_PASS),
    }


_RECORDS = ("count", "sum", "sum_of_squares")


def allowance(count: float, squares: float) -> float:
    """How far a sum of so many numbers may be from the recorded one.

    The first part is for decimals that name a float32, the second for adding them one by one.
    """
    return 2e-7 * math.sqrt(squares) + 1e-12 * math.sqrt(count * squares)


def _as_recorded(*numbers: float) -> str:
    """Whether what is there now is what was recorded; first the records, then what is there."""
    count, total, squares, count_now, total_now, squares_now = numbers
    return _said(
        count_now == count
        and abs(total_now - total) <= allowance(count, squares)
        and abs(squares_now - squares) <= ALLOWED_SQUARES * squares
    )


def _said(ok: bool) -> str:
    return "ok" if ok else "not ok"


def _allowed(deviation: _Number) -> bool:
    return isinstance(deviation, float) and deviation <= ALLOWED


def _numbers(cells: Cells) -> NDArray[np.float64]:
    """The numbers in a range; blanks and texts are none."""
    if cells.dtype == np.float64:
        return cells
    found = [value for value in cells.ravel().tolist() if isinstance(value, float)]
    return np.array(found, dtype=np.float64)


def _error(cells: Cells) -> CellError | None:
    """The first error in a range."""
    values = cells.ravel().tolist() if cells.dtype == object else []
    return next((value for value in values if isinstance(value, CellError)), None)


def _deviation(softmax: Cells, active: Cells) -> _Number:
    """How far the sum of an active row of attention [N, N] is from 1, or of another from 0."""
    if (error := _error(softmax)) is not None:
        return error
    numbers = np.where(softmax == "", 0, softmax).astype(np.float64)
    return float(np.abs(numbers @ active.astype(np.float64) - active).max())


def _from_one(probabilities: Cells) -> _Number:
    error = _error(probabilities)
    return abs(float(_numbers(probabilities).sum()) - 1) if error is None else error


def _column(values: Sequence[_Number]) -> Cells:
    """Numbers and errors, one under the other."""
    cells = np.empty((len(values), 1), dtype=object)
    cells[:, 0] = values
    return cells if any(isinstance(v, CellError) for v in values) else cells.astype(np.float64)
