"""The tab Check: sums of what the workbook holds now, beside those that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.columns import column, single
from xlgpt2.records import recorded


def check_trace(
    tensors: Mapping[str, CellTensor],
    weight_cells: Mapping[str, Cells],
    activations: Mapping[str, Cells],
    blocks: Sequence[int],
    heads: int,
) -> dict[str, Cells]:
    """The ranges of the tab Check for a workbook in which nothing is wrong.

    Shapes: [weights, 1] weight_*, [heads of all blocks, 1] head_*, [1, 1] the others.
    """
    names = list(tensors)
    cells = [weight_cells[name] for name in names]
    active = activations["active"]
    deviations = [
        _deviation(activations[f"h_{block}_attn_softmax_{head}"], active)
        for block in blocks
        for head in range(heads)
    ]
    wanted = activations["wanted"][0, 0] == 1
    total = float(activations["probabilities"].sum())
    return {
        "weight_count": column([float(numbers.size) for numbers in cells]),
        "weight_sum": column([float(numbers.sum()) for numbers in cells]),
        "weight_sum_of_squares": column([float(np.square(numbers).sum()) for numbers in cells]),
        "weight_recorded_count": recorded("count", names, tensors),
        "weight_recorded_sum": recorded("sum", names, tensors),
        "weight_recorded_sum_of_squares": recorded("sum_of_squares", names, tensors),
        "weight_result": column(["ok"] * len(names)),
        "head_deviation": column(deviations),
        "head_result": column(["ok"] * len(deviations)),
        "weights_wrong": single(0.0),
        "attention_deviation": single(max(deviations)),
        "probability_deviation": single(abs(total - 1) if wanted else 0.0),
        "tabs_wrong": single(0.0),
        **{f"{name}_check": single("ok") for name in CHECKS},
        "check_verdict": single(ALL_PASS),
        "prompt_check": single(ALL_PASS),
    }


#: The lines at the top of the tab, and what stands over them.
CHECKS = ("weights", "attention", "probability", "errors")
ALL_PASS = "All checks pass"


def _deviation(softmax: Cells, active: Cells) -> float:
    """How far the sum of an active row of attention [N, N] is from 1, or of another from 0."""
    numbers = np.where(softmax == "", 0, softmax).astype(np.float64)
    return float(np.abs(numbers @ active.astype(np.float64) - active).max())
