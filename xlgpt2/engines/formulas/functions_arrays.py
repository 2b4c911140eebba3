"""Functions of arrays of plain numbers for `formulas`, vectorized by numpy.

The operations are the same, on the same numbers. If a text, blank, truth value, error or number
that a cell can't hold is among arguments or results, the original function is called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from formulas.functions import Array
from numpy.typing import NDArray

from xlgpt2.engines.formulas.grid import Function, Value

#: The functions of numpy. Truth values count as numbers in arithmetic.
ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "EXP": np.exp,
    "TANH": np.tanh,
    "SQRT": np.sqrt,
    "LN": np.log,
    "ABS": np.abs,
}
#: Truth values are compared with numbers by the original function.
COMPARISONS: Mapping[str, Callable[..., Any]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

_Numbers = NDArray[Any] | float


def vectorized(original: Function, ufunc: Callable[..., Any], truth: bool = True) -> Function:
    """A function that calls `ufunc` for arrays of numbers and, with `truth`, of truth values."""

    @functools.wraps(original)
    def function(*arguments: Value) -> Value:
        # Only the original function knows that 0^0 is an error.
        single = None if ufunc is np.power else _single_numbers(arguments, truth)
        numbers = _plain(arguments, truth) if single is None else single
        if numbers is None:
            return original(*arguments)
        with np.errstate(all="ignore"):
            result = np.asarray(ufunc(*numbers))
        if not np.isfinite(result).all():
            return original(*arguments)
        if single is not None:
            of_cells = any(isinstance(argument, np.ndarray) for argument in arguments)
            result = np.array([[result.item()]] if of_cells else result.item(), dtype=object)
        return result.view(Array)

    return function


def vectorized_if(original: Function) -> Function:
    """IF with an array of conditions and numbers in both branches."""

    @functools.wraps(original)
    def function(*arguments: Value) -> Value:
        if len(arguments) == 3:
            condition = _numbers(arguments[0], truth=True)
            plain = _plain(arguments[1:], truth=False, condition=condition)
            if condition is not None and plain is not None:
                return np.where(np.asarray(condition), plain[0], plain[1]).view(Array)
        return original(*arguments)

    return function


def _plain(
    arguments: Sequence[Value], truth: bool, condition: _Numbers | None = None
) -> list[_Numbers] | None:
    """The arguments as numbers, if all are numbers and one is an array that fits the others.

    `condition` is an additional argument as numbers.
    """
    converted = [_numbers(argument, truth) for argument in arguments]
    numbers = [array for array in converted if array is not None]
    operands = numbers if condition is None else [*numbers, condition]
    if len(numbers) < len(converted) or all(np.size(array) == 1 for array in operands):
        return None
    try:
        np.broadcast(*operands)
    except ValueError:  # the original function returns the right error
        return None
    return numbers


def _single_numbers(arguments: Sequence[Value], truth: bool) -> list[float] | None:
    """The arguments as numbers, if each is a single number or the only cell of an array."""
    numbers: list[float] = []
    for argument in arguments:
        value = argument
        if isinstance(argument, np.ndarray):
            if argument.size != 1 or argument.ndim != 2:
                return None
            value = argument.item()
        if type(value) not in (float, int) and not (truth and type(value) is bool):
            return None
        numbers.append(float(value))
    return numbers


def _numbers(argument: Value, truth: bool) -> _Numbers | None:
    """An argument as numbers, or None if it has other values."""
    if isinstance(argument, np.ndarray):
        if argument.dtype == np.float64:
            return argument
        if argument.dtype == np.bool_ and truth:
            return argument.astype(np.float64)
        if argument.size != 1:
            return None
        argument = argument.item()
    return float(argument) if type(argument) in (float, int) else None
