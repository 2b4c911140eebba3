"""Text functions for `formulas`: characters are code points, numbers look as a cell shows them."""

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

#: A text shows a number with so many digits, and between these without an exponent.
_DIGITS = 15
_SMALL, _LARGE = 1e-9, 1e15


def as_text(value: Value) -> str:
    """A value as it looks in a text: 3 and not 3.0, TRUE and not True."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(value).upper()
    number = float(value)
    if number == 0 or _SMALL <= abs(number) < _LARGE:
        return f"{Decimal(f'{number:.{_DIGITS}G}').normalize():f}"
    return f"{number:.{_DIGITS}G}"


def _unicode(text: Value) -> int:
    """UNICODE: theirs turns a whole array into an error where one text is empty."""
    shown = as_text(text)
    if not shown:
        raise ValueError("no character")
    return ord(shown[0])


def _unichar(number: Value) -> Value:
    """UNICHAR: theirs makes half characters, and an array an error where a number is too large."""
    code = int(float(number))
    return chr(code) if 0 < code < 0x110000 and code not in _SURROGATES else VALUE_ERROR


def _code(text: Value) -> int:
    """CODE: theirs has the codes of the old Macintosh."""
    shown = as_text(text)
    if not shown:
        raise ValueError("no character")
    return shown[0].encode("cp1252", errors="replace")[0]


def _length(text: Value) -> int:
    """LEN: theirs shows a number with all its digits."""
    return len(as_text(text))


def _joined(left: Value, right: Value) -> str:
    """The operator &: theirs shows a number with all its digits."""
    return as_text(left) + as_text(right)


def _repeated(text: Value, times: Value) -> Value:
    """REPT: theirs makes a text of any length, where a cell holds 32,767 characters."""
    shown, count = as_text(text), int(float(times or 0))
    return VALUE_ERROR if count < 0 or len(shown) * count > MOST_CHARACTERS else shown * count


def _substituted(text: Value, old: Value, new: Value, place: Value = None) -> Value:
    """SUBSTITUTE: the same; `place` counts the one that is replaced where not all of them are."""
    shown, out, into = as_text(text), as_text(old), as_text(new)
    found = shown.count(out) if out else 0
    if place is not None:
        number = int(float(place))
        if number < 1:
            return VALUE_ERROR
        parts = shown.split(out) if out else [shown]
        if number > found:
            return shown
        return out.join(parts[:number]) + into + out.join(parts[number:])
    if len(shown) + found * (len(into) - len(out)) > MOST_CHARACTERS:
        return VALUE_ERROR
    return shown.replace(out, into) if out else shown


def concatenate_after(theirs: Function) -> Function:
    """CONCATENATE: theirs, unless the text would be longer than a cell holds."""

    def concatenate(*arguments: Value) -> Value:
        values = (value for argument in arguments for value in np.ravel(argument).tolist())
        length = sum(len(value) for value in values if isinstance(value, str))
        return VALUE_ERROR if length > MOST_CHARACTERS else theirs(*arguments)

    return concatenate


def _elementwise(function: Function) -> Function:
    """A function of single values as one of `formulas`; blanks are empty texts."""
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
JOINED = _elementwise(_joined)
REPT = _elementwise(_repeated)
SUBSTITUTE = _elementwise(_substituted)
