"""Whether two formulas mean the same, in workbooks whose cells may have moved."""

from __future__ import annotations

import re
from functools import lru_cache

from xlgpt2.cells.address import Area, column_number
from xlgpt2.diff.alignment import Alignment
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.references import split_reference, without_references

_LOCAL = re.compile(r"(\$?)([A-Z]+)(\$?)([0-9]+)(?::(\$?)([A-Z]+)(\$?)([0-9]+))?")

#: Texts, and what programs write in several ways: spaces, numbers, upper and lower case. Prefixes
#: of newer functions are not among these: Excel and LibreOffice need them.
_NOTATION = re.compile(
    r"""
    (?P<text> "(?:[^"]|"")*" )
    | (?P<space> \s+ )
    | (?<![\w.]) (?P<number> (?:\d+\.?\d*|\.\d+) (?:E[+-]?\d+)? ) (?![\w.])
    | (?P<word> [^\W\d][\w.]* )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Meaning:
    """A comparison of the formulas of two workbooks.

    References mean the same if they lead to the same position in the same range, or to the same
    cell outside ranges; names, if they are the same. Dollar signs count. Spaces, case and the
    notation of numbers do not: programs that save a workbook change them.
    """

    def __init__(self, alignment: Alignment) -> None:
        self._alignment = alignment
        self._same_reference = lru_cache(maxsize=1 << 16)(self._compare_references)

    def same(self, old: FileFormula, new: FileFormula) -> bool:
        """Whether two formulas at corresponding cells mean the same."""
        if self._alignment.identical and old == new:
            return True
        if (old.array, old.dynamic) != (new.array, new.dynamic) or not self._same_cells(
            old.area, new.area
        ):
            return False
        skeleton, references = without_references(old.text)
        new_skeleton, new_references = without_references(new.text)
        if skeleton != new_skeleton and _normalized(skeleton) != _normalized(new_skeleton):
            return False
        return all(
            self._same_reference(old.area.sheet, reference, new.area.sheet, new_reference)
            for reference, new_reference in zip(references, new_references, strict=True)
        )

    def _same_cells(self, old: Area, new: Area) -> bool:
        """Whether two formulas, whose first cells correspond, fill the same cells."""
        return old.shape == new.shape == (1, 1) or self._alignment.same_area(old, new)

    def _compare_references(self, sheet: str, old: str, new_sheet: str, new: str) -> bool:
        area, dollars = _reference(sheet, old)
        new_area, new_dollars = _reference(new_sheet, new)
        if area is None or new_area is None:
            return old.upper() == new.upper()
        return dollars == new_dollars and self._alignment.same_area(area, new_area)


@lru_cache(maxsize=1 << 12)
def _normalized(skeleton: str) -> str:
    """A skeleton in the notation in which it is compared."""

    def rewrite(match: re.Match[str]) -> str:
        if match["space"]:
            return ""
        if match["number"]:
            return repr(float(match["number"]))
        return match[0] if match["text"] else match[0].upper()

    return _NOTATION.sub(rewrite, skeleton)


def _reference(sheet: str, text: str) -> tuple[Area | None, tuple[bool, ...]]:
    """The area of a reference in a sheet's formula, and which of its parts have a $."""
    target, local = split_reference(text, sheet)
    match = _LOCAL.fullmatch(local)
    if match is None:
        return None, ()
    marks = tuple(mark is not None and mark != "" for mark in match.group(1, 3, 5, 7))
    left, top = column_number(match[2]), int(match[4])
    right, bottom = (column_number(match[6]), int(match[8])) if match[6] else (left, top)
    rows, columns = sorted((top, bottom)), sorted((left, right))
    area = Area(target, rows[0], columns[0], rows[1] - rows[0] + 1, columns[1] - columns[0] + 1)
    return area, marks
