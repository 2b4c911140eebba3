"""The tab Check: sums over a workbook's present contents, compared with recorded sums."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import CellError, Cells, column, single
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.constants.records import recorded

#: The checks at the top of the tab, and the verdict above them if all pass.
CHECKS = ("weights", "attention", "probability", "errors", "line_break")
ALL_PASS = "All checks pass"

#: A letter, a line break and a letter: the text's length in programs that keep line breaks.
LINE_BREAK_LENGTH = 3

#: Absolute tolerance of sums of probabilities, which are 1; relative one of sums of squares.
TOLERANCE, SQUARES_TOLERANCE = 1e-9, 4e-7

#: A number, or the error in its place.
_NumberOrError = float | CellError


def check_trace(
    tensors: Mapping[str, CellTensor],
    ranges: Mapping[str, Cells],
    heads: Sequence[str],
    tabs_wrong: float = 0,
) -> dict[str, Cells]:
    """The ranges of the tab Check for a workbook with these weights and activations.

    `tensors` are the recorded ones, `heads` the ranges of attention, `tabs_wrong` is the number of
    tabs with errors. Shapes:
    [weights, 1] weight_*, [heads of all blocks, 1] head_*, [1, 1] the others.
    """
    records = {kind: recorded(kind, list(tensors), tensors) for kind in _RECORDS}
    weights = [_numbers(ranges[name]) for name in tensors]
    sums = {
        "count": [float(numbers.size) for numbers in weights],
        "sum": [float(numbers.sum()) for numbers in weights],
        "sum_of_squares": [float(np.square(numbers).sum()) for numbers in weights],
    }
    results = [
        _as_recorded(*(float(records[kind][i, 0]) for kind in _RECORDS), *current)
        for i, current in enumerate(zip(*sums.values(), strict=True))
    ]
    deviations = [_attention_deviation(ranges[name], ranges["active"]) for name in heads]
    errors = [deviation for deviation in deviations if isinstance(deviation, CellError)]
    attention = errors[0] if errors else max(d for d in deviations if isinstance(d, float))
    probability = (
        _probability_deviation(ranges["probabilities"]) if ranges["wanted"][0, 0] == 1 else 0.0
    )
    weights_wrong = results.count("not ok")
    breaks = len(str(ranges["line_break_text"][0, 0]))
    passed = (
        *(not weights_wrong, _tolerable(attention), _tolerable(probability), not tabs_wrong),
        breaks == LINE_BREAK_LENGTH,
    )
    failed = passed.count(False)
    return {
        **{f"weight_recorded_{kind}": cells for kind, cells in records.items()},
        **{f"weight_{kind}": column(numbers) for kind, numbers in sums.items()},
        "weight_result": column(results),
        "head_deviation": _column(deviations),
        "head_result": column([_ok(_tolerable(deviation)) for deviation in deviations]),
        "weights_wrong": single(float(weights_wrong)),
        "attention_deviation": _column([attention]),
        "probability_deviation": _column([probability]),
        "line_break_length": single(float(breaks)),
        "tabs_wrong": single(float(tabs_wrong)),
        **{f"{name}_check": single(_ok(ok)) for name, ok in zip(CHECKS, passed, strict=True)},
        "check_verdict": single(f"{failed} of 5 checks fail: see below" if failed else ALL_PASS),
        "prompt_check": single(_on_prompt(failed, ranges["check"][0, 0])),
    }


def _on_prompt(failed: int, check: object) -> str:
    """The verdict on the tab Prompt: of the checks if the control *check* is 1."""
    if check != 1:
        return "Off: type 1 next to check"
    return "Not as built: see Check" if failed else ALL_PASS


_RECORDS = ("count", "sum", "sum_of_squares")


def sum_tolerance(count: float, squares: float) -> float:
    """The tolerance of a sum of `count` numbers with this sum of squares.

    The first term is for decimals that stand for a float32, the second for sequential addition.
    """
    return 2e-7 * math.sqrt(squares) + 1e-12 * math.sqrt(count * squares)


def _as_recorded(*numbers: float) -> str:
    """Whether count, sum and sum of squares as recorded agree with the present ones after them."""
    count, total, squares, count_now, total_now, squares_now = numbers
    return _ok(
        count_now == count
        and abs(total_now - total) <= sum_tolerance(count, squares)
        and abs(squares_now - squares) <= SQUARES_TOLERANCE * squares
    )


def _ok(ok: bool) -> str:
    return "ok" if ok else "not ok"


def _tolerable(deviation: _NumberOrError) -> bool:
    return isinstance(deviation, float) and deviation <= TOLERANCE


def _numbers(cells: Cells) -> NDArray[np.float64]:
    """The numbers in a range, without blanks and texts."""
    if cells.dtype == np.float64:
        return cells
    numbers = [value for value in cells.ravel().tolist() if isinstance(value, float)]
    return np.array(numbers, dtype=np.float64)


def _error(cells: Cells) -> CellError | None:
    """The first error in a range, or None."""
    values = cells.ravel().tolist() if cells.dtype == object else []
    return next((value for value in values if isinstance(value, CellError)), None)


def _attention_deviation(softmax: Cells, active: Cells) -> _NumberOrError:
    """The largest distance of a row's sum [N, N] from 1 if the row is active, else from 0."""
    if (error := _error(softmax)) is not None:
        return error
    numbers = np.where(softmax == "", 0, softmax).astype(np.float64)
    return float(np.abs(numbers @ active.astype(np.float64) - active).max())


def _probability_deviation(probabilities: Cells) -> _NumberOrError:
    error = _error(probabilities)
    return abs(float(_numbers(probabilities).sum()) - 1) if error is None else error


def _column(values: Sequence[_NumberOrError]) -> Cells:
    """Numbers and errors as a column."""
    cells = np.empty((len(values), 1), dtype=object)
    cells[:, 0] = values
    return cells if any(isinstance(v, CellError) for v in values) else cells.astype(np.float64)
