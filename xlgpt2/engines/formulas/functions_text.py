"""Text functions for `formulas`: characters are code points, numbers are written as in cells."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from formulas.functions import replace_empty, wrap_ufunc

from xlgpt2.cells.values import MOST_CHARACTERS
from xlgpt2.engines.formulas.grid import (
    VALUE_ERROR,
    Function,
    Value,
)

_SURROGATES = range(0xD800, 0xE000)

#: Numbers in texts have so many digits, and no exponent between these bounds.
_DIGITS = 15
_SMALL, _LARGE = 1e-9, 1e15


def as_text(value: Value) -> str:
    """A value as it is written in a text: 3 and not 3.0, TRUE and not True."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(value).upper()
    number = float(value)
    if number == 0 or _SMALL <= abs(number) < _LARGE:
        return f"{Decimal(f'{number:.{_DIGITS}G}').normalize():f}"
    return f"{number:.{_DIGITS}G}"


def _unicode(text: Value) -> int:
    """UNICODE: `formulas` turns a whole array into an error if one text is empty."""
    shown = as_text(text)
    if not shown:
        raise ValueError("no character")
    return ord(shown[0])


def _unichar(number: Value) -> Value:
    """UNICHAR: `formulas` returns surrogates, and an error for an array with too large a number."""
    code = int(float(number))
    return chr(code) if 0 < code < 0x110000 and code not in _SURROGATES else VALUE_ERROR


def _code(text: Value) -> int:
    """CODE: `formulas` returns Mac Roman codes."""
    shown = as_text(text)
    if not shown:
        raise ValueError("no character")
    return shown[0].encode("cp1252", errors="replace")[0]


def _length(text: Value) -> int:
    """LEN: `formulas` writes a number with all its digits."""
    return len(as_text(text))


def _concatenation(left: Value, right: Value) -> str:
    """The operator &: `formulas` writes a number with all its digits."""
    return as_text(left) + as_text(right)


def _repeated(text: Value, times: Value) -> Value:
    """REPT: `formulas` returns a text of any length, but a cell can hold 32,767 characters."""
    shown, count = as_text(text), int(float(times or 0))
    return VALUE_ERROR if count < 0 or len(shown) * count > MOST_CHARACTERS else shown * count


def _substituted(text: Value, old: Value, new: Value, instance: Value = None) -> Value:
    """SUBSTITUTE: the same; only the given `instance`, from 1, is replaced if there is one."""
    shown, out, into = as_text(text), as_text(old), as_text(new)
    count = shown.count(out) if out else 0
    if instance is not None:
        number = int(float(instance))
        if number < 1:
            return VALUE_ERROR
        parts = shown.split(out) if out else [shown]
        if number > count:
            return shown
        return out.join(parts[:number]) + into + out.join(parts[number:])
    if len(shown) + count * (len(into) - len(out)) > MOST_CHARACTERS:
        return VALUE_ERROR
    return shown.replace(out, into) if out else shown


def limited_concatenate(original: Function) -> Function:
    """CONCATENATE with an error if the text is longer than a cell can hold."""

    def concatenate(*arguments: Value) -> Value:
        values = (value for argument in arguments for value in np.ravel(argument).tolist())
        length = sum(len(value) for value in values if isinstance(value, str))
        return VALUE_ERROR if length > MOST_CHARACTERS else original(*arguments)

    return concatenate


def _elementwise(function: Function) -> Function:
    """A function of single values, wrapped for arrays; blanks are empty texts."""
    wrapped: Function = wrap_ufunc(
        function,
        input_parser=lambda *arguments: arguments,
        args_parser=lambda *arguments: [replace_empty(value, "") for value in arguments],
    )
    return wrapped


UNICODE = _elementwise(_unicode)
UNICHAR = _elementwise(_unichar)
CODE = _elementwise(_code)
LEN = _elementwise(_length)
CONCATENATION = _elementwise(_concatenation)
REPT = _elementwise(_repeated)
SUBSTITUTE = _elementwise(_substituted)
