"""Arrays of plain numbers for `formulas`, computed in one go where its own functions go one by one.

The operations are the same, on the same numbers; where a text, a blank, a truth value, an error or
a number that a cell can't hold is among arguments or results, theirs decide what it means.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from formulas.functions import Array
from numpy.typing import NDArray

from xlgpt2.engines.formulas.grid import Function, Value

#: What numpy calls them. Truth values count as numbers in arithmetic.
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
#: Of truth values and numbers theirs knows which is greater.
COMPARISONS: Mapping[str, Callable[..., Any]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

_Numbers = NDArray[Any] | float


def at_once(theirs: Function, ours: Callable[..., Any], truth: bool = True) -> Function:
    """A function that takes numpy's way for arrays of numbers, and with `truth` of truth values."""

    @functools.wraps(theirs)
    def function(*arguments: Value) -> Value:
        plain = _plain(arguments, truth)
        if plain is not None:
            with np.errstate(all="ignore"):
                result = np.asarray(ours(*plain))
            if np.isfinite(result).all():
                return result.view(Array)
        return theirs(*arguments)

    return function


def choice_after(theirs: Function) -> Function:
    """IF of an array of conditions, between numbers."""

    @functools.wraps(theirs)
    def function(*arguments: Value) -> Value:
        if len(arguments) == 3:
            condition = _numbers(arguments[0], truth=True)
            plain = _plain(arguments[1:], truth=False, more=condition)
            if condition is not None and plain is not None:
                return np.where(np.asarray(condition), plain[0], plain[1]).view(Array)
        return theirs(*arguments)

    return function


def _plain(
    arguments: Sequence[Value], truth: bool, more: _Numbers | None = None
) -> list[_Numbers] | None:
    """The arguments as numbers, if all of them are and one is an array that fits the others.

    `more` is another one that has been read already.
    """
    found = [_numbers(argument, truth) for argument in arguments]
    numbers = [one for one in found if one is not None]
    together = numbers if more is None else [*numbers, more]
    if len(numbers) < len(found) or all(np.size(one) == 1 for one in together):
        return None
    try:
        np.broadcast(*together)
    except ValueError:  # theirs knows which error that is
        return None
    return numbers


def _numbers(argument: Value, truth: bool) -> _Numbers | None:
    """An argument as numbers; None where something else is among them."""
    if isinstance(argument, np.ndarray):
        if argument.dtype == np.float64:
            return argument
        if argument.dtype == np.bool_ and truth:
            return argument.astype(np.float64)
        if argument.size != 1:
            return None
        argument = argument.item()
    return float(argument) if type(argument) in (float, int) else None
