"""Records: what a workbook stores about each tensor, so that its tab Check can detect a change."""

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

# Exponents of two: of the smallest unit that numbers are split at, and of a bound of their sums.
_SMALLEST_UNIT, _LARGEST_ROOM = -1022, 1020

#: Numbers that are added at a time, few enough for a core's cache.
_AT_ONCE = 8192


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
    """A few numbers whose sum is exactly that of many finite ones.

    Each is the sum of the leading bits of the rest. These are multiples of one power of two, so few
    that float64 adds them without rounding, in any order. The last digit of an ordinary sum depends
    on the order, and so on the version of numpy.
    """
    parts: list[float] = []
    rest = numbers
    while largest := float(np.abs(rest).max(initial=0.0)):
        # The rest adds up to less than 2**room, so float64 adds multiples of 2**unit exactly.
        room = math.frexp(largest)[1] + rest.size.bit_length()
        unit = room - 52
        # Near the limits of float64 there are no such powers of two; fsum alone takes longer.
        if unit < _SMALLEST_UNIT or room >= _LARGEST_ROOM:
            return [*parts, *rest.tolist()]
        shift = math.ldexp(1.5, unit + 52)
        leading = (rest + shift) - shift
        parts.append(float(leading.sum()))
        rest = rest - leading
    return parts
