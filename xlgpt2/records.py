"""Records: what a workbook keeps of each tensor, so that its Check tab can see a change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.checkpoint.tensors import chunks
from xlgpt2.columns import column

Kind = Literal["name", "count", "sum", "sum_of_squares"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def recorded(kind: str, names: Sequence[str], tensors: Mapping[str, CellTensor]) -> Cells:
    """One record of each of some tensors, [len(names), 1]; `kind` is one of `KINDS`.

    Names may be those of anything: they are given back.

    Sums are those of the checkpoint's own numbers, rounded as was asked for. A cell holds the
    shortest decimal that names a float32, which is up to 6e-8 of the number off.
    """
    if kind == "name":
        return column(names)
    if kind == "count":
        return column([math.prod(tensors[name].shape) for name in names])
    power = 1 if kind == "sum" else 2
    return column([_sum(tensors[name], power) for name in names])


def _sum(tensor: CellTensor, power: int) -> float:
    """The sum of a tensor's numbers, or of their squares, some rows at a time."""
    sums = []
    for start, part in chunks(tensor.tensor):
        numbers = tensor.rows(start, start + len(part)).astype(np.float64).ravel()
        sums.append(float((numbers if power == 1 else np.square(numbers)).sum()))
    return math.fsum(sums)
