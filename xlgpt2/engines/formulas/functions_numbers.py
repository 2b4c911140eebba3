"""Functions of numbers for `formulas`, for which its own have errors."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

import numpy as np
from formulas.functions import wrap_ufunc
from formulas.tokens.operand import Error

from xlgpt2.engines.formulas.functions_ranges import is_number
from xlgpt2.engines.formulas.grid import NUMBER_ERROR, Value

DIVISION_ERROR = Error.errors["#DIV/0!"]

#: A float has fewer significant digits than the first, and none as far from the decimal point as
#: the second.
_MOST_DIGITS, _FARTHEST = 20, 400


def _power(base: float, exponent: float) -> Value:
    """The operator ^: `formulas` turns a whole array into an error, or returns a complex number."""
    try:
        result = base**exponent
    except ZeroDivisionError:
        return DIVISION_ERROR
    except OverflowError:
        return NUMBER_ERROR
    return NUMBER_ERROR if isinstance(result, complex) else result


def _round(number: float, places: float = 0, rounding: str = ROUND_HALF_UP) -> float:
    """ROUND: `formulas` rounds 1.005 to 1, by its binary digits, and fails above 1E+28.

    ROUNDUP, ROUNDDOWN and TRUNC: those of `formulas` do not end for a billion places.
    """
    digits = int(places)
    exact = Decimal(repr(number))
    if digits < -_FARTHEST:
        return 0.0
    if exact.adjusted() + digits > _MOST_DIGITS:
        return number
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


#: INT of `formulas` fails for numbers that are too large for numpy's integers.
INT = wrap_ufunc(np.floor)
POWER_OPERATOR = wrap_ufunc(_power)
ROUND = wrap_ufunc(_round)
ROUND_AWAY = wrap_ufunc(lambda number, places: _round(number, places, ROUND_UP))
ROUND_DOWNWARDS = wrap_ufunc(lambda number, places=0: _round(number, places, ROUND_DOWN))

#: ISNUMBER of `formulas` is true for a text such as "12".
IS_NUMBER = wrap_ufunc(
    is_number,
    input_parser=lambda value: [value],
    args_parser=lambda value: [value],
    check_error=lambda value: False,
)
