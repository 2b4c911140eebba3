"""Records: what a workbook stores about each tensor, so that its tab Check can detect a change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from xlgpt2.cells.values import Cells, column, to_15_digits
from xlgpt2.checkpoint.cell_tensors import CellTensor

Kind = Literal["name", "count", "sum", "sum_of_squares"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def recorded(kind: str, names: Sequence[str], tensors: Mapping[str, CellTensor]) -> Cells:
    """One record of each of some tensors, [len(names), 1]; `kind` is one of `KINDS`.

    Names may be those of anything; they are returned as they are.

    Sums are those of the checkpoint's own numbers, in the chosen precision. A cell holds the
    shortest decimal that identifies a float32, with a relative error of up to 6e-8. They are exact
    sums, rounded once, to what every program keeps in a file.
    """
    if kind == "name":
        return column(names)
    if kind == "count":
        return column([math.prod(tensors[name].shape) for name in names])
    sums = [tensors[name].sums for name in names]
    return column(
        [to_15_digits(entry.numbers if kind == "sum" else entry.squares) for entry in sums]
    )
