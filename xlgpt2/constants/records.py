"""Records: what a workbook keeps of each tensor, so that its Check tab can see a change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, column, to_15_digits
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.checkpoint.tensors import chunks

Kind = Literal["name", "count", "sum", "sum_of_squares"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Powers of two: the smallest unit that sums are cut at, and what stands above the largest sums.
_SMALLEST_UNIT, _LARGEST_ROOM = -1022, 1020

#: Numbers that are added at a time: so few stay in a core's cache.
_AT_ONCE = 8192


def recorded(kind: str, names: Sequence[str], tensors: Mapping[str, CellTensor]) -> Cells:
    """One record of each of some tensors, [len(names), 1]; `kind` is one of `KINDS`.

    Names may be those of anything: they are given back.

    Sums are those of the checkpoint's own numbers, rounded as was asked for. A cell holds the
    shortest decimal that names a float32, which is up to 6e-8 of the number off. They are exact
    sums, rounded once, to what every program keeps in a file.
    """
    if kind == "name":
        return column(names)
    if kind == "count":
        return column([math.prod(tensors[name].shape) for name in names])
    power = 1 if kind == "sum" else 2
    return column([_sum(tensors[name], power) for name in names])


def _sum(tensor: CellTensor, power: int) -> float:
    """The sum of a tensor's numbers, or of their squares, some rows at a time."""
    sums: list[float] = []
    for start, part in chunks(tensor.tensor):
        rows = tensor.rows(start, start + len(part)).ravel()
        for first in range(0, rows.size, _AT_ONCE):
            numbers = rows[first : first + _AT_ONCE].astype(np.float64)
            sums += exact_parts(numbers if power == 1 else np.square(numbers))
    return to_15_digits(math.fsum(sums))


def exact_parts(numbers: NDArray[np.float64]) -> list[float]:
    """A few numbers with exactly the sum of many finite ones.

    Each is the sum of the leading bits of all that is left. These are whole multiples of one power
    of two, so few that float64 adds them without rounding, in any order. What an ordinary sum gives
    in its last digit depends on the order, and so on the version of numpy.
    """
    found: list[float] = []
    left = numbers
    while largest := float(np.abs(left).max(initial=0.0)):
        # All that is left adds up to less than `room`, so that so many bits stand before its end.
        room = math.frexp(largest)[1] + left.size.bit_length()
        unit = room - 52
        # At the far ends of float64 there are no powers of two for this; fsum takes longer.
        if unit < _SMALLEST_UNIT or room >= _LARGEST_ROOM:
            return [*found, *left.tolist()]
        shift = math.ldexp(1.5, unit + 52)
        leading = (left + shift) - shift
        found.append(float(leading.sum()))
        left = left - leading
    return found
