"""The contents of two cells in a few words, long ones cut to where they differ."""

from __future__ import annotations

from xlgpt2.cells.values import CellError
from xlgpt2.diff.differences import CellPair, Content
from xlgpt2.xlsx.reading.formulas import FileFormula

#: The most characters of a formula, and of other contents, that a line shows.
_FORMULA, _CONSTANT = 110, 70

#: Characters shown before the first difference, as context.
_BEFORE = 30

_CUT = "…"


def counted(count: int, singular: str, plural: str = "") -> str:
    """A count with its noun: 1 formula, 2,048 formulas."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def content_text(content: Content) -> str:
    """The content of a cell: a formula as programs show it, a text in quotes, a number."""
    if isinstance(content, FileFormula):
        formula = f"{{{content.text}}}" if content.array else content.text
        return f"{formula} (dynamic)" if content.dynamic else formula
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


def pair_addresses(pair: CellPair) -> str:
    """The address of a cell: B7, or B7 -> C9 if the new workbook has it elsewhere."""
    return " -> ".join(dict.fromkeys(filter(None, (pair.old_address, pair.new_address))))


def side_by_side(pair: CellPair, whole: bool) -> tuple[str, str]:
    """Both contents, cut to where they differ unless `whole`."""
    old, new = content_text(pair.old), content_text(pair.new)
    if whole:
        return old, new
    formulas = isinstance(pair.old, FileFormula) and isinstance(pair.new, FileFormula)
    room = _FORMULA if formulas else _CONSTANT
    same = 0
    for character, new_character in zip(old, new, strict=False):
        if character != new_character:
            break
        same += 1
    long = max(len(old), len(new)) > room and old != new
    start = max(0, same - _BEFORE) if long else 0
    return _window(old, start, room), _window(new, start, room)


def _window(text: str, start: int, room: int) -> str:
    """As much of a text as there is room for, from `start` on."""
    part = text[start : start + room]
    before = _CUT if start else ""
    after = _CUT if start + room < len(text) else ""
    return f"{before}{part}{after}"
