"""Exact sums: of a tensor's numbers and of their squares, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Exponents of two: of the smallest unit that numbers are split at, and of a bound of their sums.
_SMALLEST_UNIT, _LARGEST_ROOM = -1022, 1020

#: Bounds of the exponent of the largest number, far from those of float64 also for squares.
_LEAST_TOP, _LARGEST_TOP = -400, 400

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
            parts = _parts_of_both(flat[first : first + _AT_ONCE].astype(np.float64))
            numbers += parts[0]
            squares += parts[1]
    return Sums(math.fsum(numbers), math.fsum(squares))


def _parts_of_both(numbers: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """A few numbers whose sum is exactly that of many, and a few for the sum of their squares.

    Each number is split into its leading bits and the next ones, so few that float64 adds them and
    their products without rounding, in any order. Numbers with more bits, few among weights, are
    added in another way, since these passes are faster than those of `exact_parts`.
    """
    largest = float(max(numbers.max(initial=0.0), -numbers.min(initial=0.0)))
    top = math.frexp(largest)[1]  # all are less than 2**top
    bits = (52 - numbers.size.bit_length()) // 2
    if not _LEAST_TOP < top < _LARGEST_TOP:
        return exact_parts(numbers), exact_parts(np.square(numbers))
    leading = _rounded(numbers, top - bits)
    rest = numbers - leading
    second = _rounded(rest, top - 2 * bits)
    longer = rest != second
    parts: list[float] = []
    squares: list[float] = []
    if longer.any():
        parts += exact_parts(numbers[longer])
        squares += exact_parts(np.square(numbers[longer]))
        leading[longer] = second[longer] = 0
    parts += [float(leading.sum()), float(second.sum())]
    squares += [float(leading @ leading), 2 * float(leading @ second), float(second @ second)]
    return parts, squares


def _rounded(numbers: NDArray[np.float64], unit: int) -> NDArray[np.float64]:
    """Numbers rounded to multiples of 2**unit, of which they have at most 51 bits."""
    shift = math.ldexp(1.5, unit + 52)
    return (numbers + shift) - shift


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
        leading = _rounded(rest, unit)
        parts.append(float(leading.sum()))
        rest = rest - leading
    return parts
