"""Functions of single numbers for `formulas`, where its own go wrong for one number in an array."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

import numpy as np
from formulas.functions import wrap_ufunc
from formulas.tokens.operand import Error

from xlgpt2.engines.formulas.functions_ranges import is_number
from xlgpt2.engines.formulas.grid import NUMBER_ERROR, Value

DIVISION_ERROR = Error.errors["#DIV/0!"]

#: A float has fewer decimal digits than the first, and none as far from the point as the second.
_MOST_DIGITS, _FARTHEST = 20, 400


def _power(base: float, exponent: float) -> Value:
    """The operator ^: theirs makes a whole array an error, or gives a complex number."""
    try:
        result = base**exponent
    except ZeroDivisionError:
        return DIVISION_ERROR
    except OverflowError:
        return NUMBER_ERROR
    return NUMBER_ERROR if isinstance(result, complex) else result


def _round(number: float, places: float = 0, rounding: str = ROUND_HALF_UP) -> float:
    """ROUND: theirs rounds 1.005 to 1, for it looks at the binary digits, and fails above 1E+28.

    ROUNDUP, ROUNDDOWN and TRUNC: theirs do not end where places are a billion.
    """
    digits = int(places)
    exact = Decimal(repr(number))
    if digits < -_FARTHEST:
        return 0.0
    if exact.adjusted() + digits > _MOST_DIGITS:
        return number
    return float(exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


#: Theirs fails for numbers that are too large for numpy's whole ones.
INT = wrap_ufunc(np.floor)
POWER_OPERATOR = wrap_ufunc(_power)
ROUND = wrap_ufunc(_round)
ROUND_AWAY = wrap_ufunc(lambda number, places: _round(number, places, ROUND_UP))
ROUND_DOWNWARDS = wrap_ufunc(lambda number, places=0: _round(number, places, ROUND_DOWN))

#: Theirs takes a text such as "12" for a number.
IS_NUMBER = wrap_ufunc(
    is_number,
    input_parser=lambda value: [value],
    args_parser=lambda value: [value],
    check_error=lambda value: False,
)
