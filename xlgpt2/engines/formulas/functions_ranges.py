"""Functions of ranges for `formulas`: texts in a range, even "12", are not numbers."""

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
    """An error value among the arguments, or caused by them."""

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
    """The numbers among the arguments of SUM and similar functions.

    In a range only numbers count. A text or a truth value that is an argument itself is converted
    into a number. Raises FoundError for an error value, unless `errors_count` is False.
    """
    arrays: list[Numbers] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray) and argument.dtype == np.float64:
            arrays.append(argument.ravel())
            continue
        values = elements(argument)
        # A range of one cell is a plain array; the result of a formula is an Array of `formulas`.
        if len(values) == 1 and (isinstance(argument, Array) or not np.ndim(argument)):
            values = [_direct(values[0], errors_count)]
        if errors_count:
            raise_error(values)
        arrays.append(np.array([v for v in values if is_number(v)], dtype=np.float64))
    return arrays[0] if len(arrays) == 1 else np.concatenate([*arrays, np.empty(0)])


def raise_error(values: Iterable[Value]) -> None:
    """Raise FoundError if one of the values is an error."""
    for value in values:
        if isinstance(value, XlError):
            raise FoundError(value)


def _direct(value: Value, errors_count: bool) -> Value:
    """A value that is an argument itself, converted into a number if possible."""
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, str) and not isinstance(value, XlError) and value is not EMPTY:
        try:
            return float(value)
        except ValueError:
            return VALUE_ERROR if errors_count else value
    return value


def _aggregate(compute: Callable[[Numbers], Value], of_none: Value) -> Function:
    """A function of all numbers in its arguments, which is `of_none` if there are none."""

    def function(*arguments: Value) -> Value:
        try:
            array = numbers(arguments)
        except FoundError as error:
            return error.value
        return _finite(compute(array)) if array.size else of_none

    return function


def _finite(number: Value) -> Value:
    return float(number) if math.isfinite(number) else NUMBER_ERROR


def count(*arguments: Value) -> float:
    """COUNT: the number of numbers; error values are ignored."""
    return float(numbers(arguments, errors_count=False).size)


def sum_product(*arguments: Value) -> Value:
    """SUMPRODUCT: other values count as 0; `formulas` reads texts as numbers."""
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
SUM_OF_SQUARES = _aggregate(lambda array: np.dot(array, array), 0.0)
MIN = _aggregate(np.min, 0.0)
MAX = _aggregate(np.max, 0.0)
AVERAGE = _aggregate(np.mean, DIVISION_ERROR)
VARP = _aggregate(np.var, DIVISION_ERROR)
