"""Exact sums: of a tensor's numbers and of their squares, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Exponents of two: of the smallest unit that numbers are split at, and of a bound of their sums.
_SMALLEST_UNIT, _LARGEST_ROOM = -1022, 1020

#: Numbers that are added at a time, few enough for a core's cache.
_AT_ONCE = 8192


@dataclass(frozen=True)
class Sums:
    """The sum of some numbers and that of their squares, each rounded once."""

    numbers: float
    squares: float


def exact_sums(chunks: Iterable[NDArray[np.float32] | NDArray[np.float64]]) -> Sums:
    """The sums of all numbers in some arrays, which are read once."""
    numbers: list[float] = []
    squares: list[float] = []
    for chunk in chunks:
        flat = chunk.ravel()
        for first in range(0, flat.size, _AT_ONCE):
            part = flat[first : first + _AT_ONCE].astype(np.float64)
            numbers += exact_parts(part)
            squares += exact_parts(np.square(part))
    return Sums(math.fsum(numbers), math.fsum(squares))


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
