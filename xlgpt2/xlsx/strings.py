"""Shared strings: every text of a workbook is in the file once and has a number."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"

STRINGS_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)

STRINGS_RELATION = (
    b'<Relationship Id="rIdStrings" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
    b'.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
)

# Characters that XML can't hold are written as _x0007_ in a cell, so a text that looks like this
# must be escaped (ECMA-376 part 1, 22.9.2.19 ST_Xstring).
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_CONTROLS = "\x00-\x08\x0b-\x1f\ufffe\uffff"
_CONTROL = re.compile(f"[{_CONTROLS}]")

#: What must be escaped for XML or for a cell, if it is part of a text.
_SPECIAL = re.compile(f"[&<>_{_CONTROLS}]")


def escaped(text: str) -> str:
    """A text as it is written into a cell, before it is escaped for XML."""
    if "_x" in text:
        text = _ESCAPED.sub("_x005F_", text)
    return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


class Strings:
    """The shared strings of one workbook, numbered in order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._uses = 0

    def cell(self, text: str) -> bytes:
        """The XML after the address and style of a cell with a text."""
        if _SPECIAL.search(text):
            text = escape(escaped(text))
        self._uses += 1
        number = self._numbers.setdefault(text.encode(), len(self._numbers))
        return b' t="s"><v>%d</v></c>' % number

    def part(self) -> bytes:
        """The part of the package with the shared strings."""
        items = b"".join(
            b'<si><t xml:space="preserve">%s</t></si>' % text for text in self._numbers
        )
        head = f'<sst xmlns="{MAIN}" count="{self._uses}" uniqueCount="{len(self._numbers)}">'
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + head.encode() + items + b"</sst>"
