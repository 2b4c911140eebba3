"""Verdicts on exercises, and on formulas of the reader's own."""

from __future__ import annotations

from xlgpt2.cells.values import CellValue

RIGHT, ALMOST, NOT_YET = "right", "almost", "not yet"

#: How far a number may be from the right one, as a share of it, to be right or almost right.
_CLOSE, _NEAR = 1e-6, 0.1


def verdict(right: bool, almost: bool = False) -> str:
    """The verdict on an exercise."""
    return RIGHT if right else ALMOST if almost else NOT_YET


def own_verdict(own: CellValue, value: float) -> str:
    """The verdict on the value of a reader's formula; only numbers can be right."""
    if isinstance(own, (str, bool)) or not isinstance(own, (int, float)):
        return NOT_YET
    distance = abs(own - value)
    return verdict(distance <= _CLOSE * abs(value), distance <= _NEAR * abs(value))
