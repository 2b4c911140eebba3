"""References in the text of a formula, and the formula without them."""

from __future__ import annotations

import re

#: Replaces a reference that was taken out; no formula contains it.
HOLE = "\x00"

#: A string, which is skipped, or a cell or rectangle with its sheet. What looks like a cell but is
#: part of a longer name, or is a function such as LOG10, is neither.
_REFERENCE_OR_TEXT = re.compile(
    r"""
    "(?:[^"]|"")*"
    | (?<![\w.$!:'\]])
      (?P<reference>
        (?: (?: '(?:[^']|'')+' | [^\W\d][\w.]* ) ! )?
        \$?[A-Z]{1,3}\$?[0-9]{1,7} (?: : \$?[A-Z]{1,3}\$?[0-9]{1,7} )?
      )
      (?![\w.(!:])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_references(text: str) -> tuple[str, list[str]]:
    """A formula with holes in place of its references, and these references as written."""
    references: list[str] = []

    def take(match: re.Match[str]) -> str:
        if match["reference"] is None:
            return match[0]
        references.append(match[0])
        return HOLE

    return _REFERENCE_OR_TEXT.sub(take, text), references


def reference_spans(text: str) -> list[tuple[int, int]]:
    """The start and the end of each reference in a formula."""
    matches = _REFERENCE_OR_TEXT.finditer(text)
    return [match.span() for match in matches if match["reference"] is not None]


def split_reference(reference: str, sheet: str) -> tuple[str, str]:
    """The sheet and the address that a reference in a formula on `sheet` refers to."""
    named, _, local = reference.rpartition("!")
    if named.startswith("'"):
        named = named[1:-1].replace("''", "'")
    return named or sheet, local.upper()
