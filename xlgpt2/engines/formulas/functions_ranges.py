"""Functions over ranges for `formulas`: texts in a range, also those like "12", are no numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from formulas.functions import Array
from formulas.tokens.operand import Error, XlError
from numpy.typing import NDArray

from xlgpt2.engines.formulas.grid import (
    EMPTY,
    NUMBER_ERROR,
    VALUE_ERROR,
    Function,
    Value,
)

DIVISION_ERROR = Error.errors["#DIV/0!"]

Numbers = NDArray[np.float64]


class FoundError(Exception):
    """An error value among the arguments, or one that they give rise to."""

    def __init__(self, value: XlError) -> None:
        super().__init__(str(value))
        self.value = value


def is_number(value: Value) -> bool:
    """Whether a cell with this value counts as a number."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def elements(argument: Value) -> list[Value]:
    """The values of an argument, row by row, as plain Python values."""
    values: list[Value] = np.asarray(argument, dtype=object).ravel().tolist()
    return values


def numbers(arguments: Iterable[Value], errors_count: bool = True) -> Numbers:
    """The numbers among the arguments of SUM and its like.

    In a range only numbers count. A text or a truth value that is an argument itself must be a
    number. Raises FoundError for an error value, unless `errors_count` is off.
    """
    found: list[Numbers] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray) and argument.dtype == np.float64:
            found.append(argument.ravel())
            continue
        values = elements(argument)
        # A range of one cell arrives as a plain array; what a formula computed as one of theirs.
        if len(values) == 1 and (isinstance(argument, Array) or not np.ndim(argument)):
            values = [_direct(values[0], errors_count)]
        if errors_count:
            raise_error(values)
        found.append(np.array([v for v in values if is_number(v)], dtype=np.float64))
    return found[0] if len(found) == 1 else np.concatenate([*found, np.empty(0)])


def raise_error(values: Iterable[Value]) -> None:
    """Raise FoundError for the first error value, if there is one."""
    for value in values:
        if isinstance(value, XlError):
            raise FoundError(value)


def _direct(value: Value, errors_count: bool) -> Value:
    """A value that is itself an argument, as a number where it is one."""
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, str) and not isinstance(value, XlError) and value is not EMPTY:
        try:
            return float(value)
        except ValueError:
            return VALUE_ERROR if errors_count else value
    return value


def _aggregate(compute: Callable[[Numbers], Value], of_none: Value) -> Function:
    """A function of all numbers in its arguments, with its value where there are none."""

    def function(*arguments: Value) -> Value:
        try:
            found = numbers(arguments)
        except FoundError as error:
            return error.value
        return _finite(compute(found)) if found.size else of_none

    return function


def _finite(number: Value) -> Value:
    return float(number) if math.isfinite(number) else NUMBER_ERROR


def count(*arguments: Value) -> float:
    """COUNT: how many numbers there are; error values don't matter."""
    return float(numbers(arguments, errors_count=False).size)


def sum_product(*arguments: Value) -> Value:
    """SUMPRODUCT: what is no number counts as 0; theirs reads texts as numbers."""
    if len({np.shape(np.atleast_2d(argument)) for argument in arguments}) > 1:
        return VALUE_ERROR
    try:
        factors = [_with_zeros(argument) for argument in arguments]
    except FoundError as error:
        return error.value
    return _finite(np.prod(factors, axis=0).sum())


def _with_zeros(argument: Value) -> Numbers:
    """The numbers of an argument, and 0 for everything else."""
    if isinstance(argument, np.ndarray) and argument.dtype == np.float64:
        return argument.ravel()
    values = elements(argument)
    raise_error(values)
    return np.array([v if is_number(v) else 0.0 for v in values], dtype=np.float64)


SUM = _aggregate(np.sum, 0.0)
SUM_OF_SQUARES = _aggregate(lambda found: np.dot(found, found), 0.0)
MIN = _aggregate(np.min, 0.0)
MAX = _aggregate(np.max, 0.0)
AVERAGE = _aggregate(np.mean, DIVISION_ERROR)
VARP = _aggregate(np.var, DIVISION_ERROR)
