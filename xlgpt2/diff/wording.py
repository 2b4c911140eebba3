"""Wording: two cells side by side in a few words, long ones cut to where they differ."""

from __future__ import annotations

from xlgpt2.cells.values import CellError
from xlgpt2.diff.differences import Content, Pair
from xlgpt2.xlsx.reading.formulas import FileFormula

#: Characters of a formula, and of any other content, that a line has room for.
_FORMULA, _CONSTANT = 110, 70

#: Characters before the first difference that are left to find it by.
_BEFORE = 30

_CUT = "…"


def counted(count: int, one: str, more: str = "") -> str:
    """A number of things: 1 formula, 2,048 formulas."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def shown(content: Content) -> str:
    """What a cell holds: a formula as programs show it, a text in quotes, a number."""
    if isinstance(content, FileFormula):
        shown_text = f"{{{content.text}}}" if content.array else content.text
        return f"{shown_text} (dynamic)" if content.dynamic else shown_text
    if content is None:
        return "nothing"
    if isinstance(content, bool):
        return "TRUE" if content else "FALSE"
    if isinstance(content, CellError):
        return content.code
    return repr(content) if isinstance(content, str) else number(content)


def number(value: float) -> str:
    """A number with all its digits and no more."""
    return repr(value).removesuffix(".0")


def addresses(pair: Pair) -> str:
    """Where a cell is: B7, or B7 -> C9 where it is elsewhere in the new workbook."""
    return " -> ".join(dict.fromkeys(filter(None, (pair.old_address, pair.new_address))))


def side_by_side(pair: Pair, whole: bool) -> tuple[str, str]:
    """Both contents, cut to where they differ unless they are wanted whole."""
    old, new = shown(pair.old), shown(pair.new)
    if whole:
        return old, new
    formulas = isinstance(pair.old, FileFormula) and isinstance(pair.new, FileFormula)
    room = _FORMULA if formulas else _CONSTANT
    same = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        same += 1
    long = max(len(old), len(new)) > room and old != new
    start = max(0, same - _BEFORE) if long else 0
    return _window(old, start, room), _window(new, start, room)


def _window(text: str, start: int, room: int) -> str:
    """As much of a text as there is room for, from a character on."""
    part = text[start : start + room]
    before = _CUT if start else ""
    after = _CUT if start + room < len(text) else ""
    return f"{before}{part}{after}"
