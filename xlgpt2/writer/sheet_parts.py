"""A sheet of the package: openpyxl's start and end of it, and between them the rows, in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, canonicalize, tostring

from xlgpt2.writer.sheet_rows import SheetRows
from xlgpt2.xlsx.packing.deflate import Part, TextPart
from xlgpt2.xlsx.packing.packer import Packer, Promise
from xlgpt2.xlsx.sheet_xml import with_dimension

_NO_ROWS = b"<sheetData></sheetData>"

#: openpyxl writes this element always; links must precede it (ECMA-376 part 1, CT_Worksheet).
_AFTER_LINKS = b"<pageMargins "


@dataclass(frozen=True)
class Link:
    """A link from a cell to a place in the workbook, and the text that it shows."""

    cell: str
    place: str
    text: str


class SheetParts:
    """The parts of a sheet's rows, which other processes may be packing already."""

    def __init__(self, rows: SheetRows, links: Sequence[Link], packer: Packer) -> None:
        self.cells = rows.cells
        self._last = rows.last_row, rows.last_column
        self._links = _links_xml(links)
        self._rows = [packer.promise(part) for part in rows.parts()]

    def complete(self, sheet: bytes) -> Iterator[Part | Promise]:
        """All parts, given the canonical XML of the sheet without rows, which openpyxl wrote."""
        head, tail = sheet.split(_NO_ROWS)
        before, after = tail.split(_AFTER_LINKS)
        yield TextPart(with_dimension(head, *self._last) + b"<sheetData>")
        yield from self._rows
        yield TextPart(b"</sheetData>" + before + self._links + _AFTER_LINKS + after)


def _links_xml(links: Sequence[Link]) -> bytes:
    """The element with all links of a sheet, or nothing if there are none."""
    if not links:
        return b""
    element = Element("hyperlinks")
    for link in links:
        SubElement(element, "hyperlink", ref=link.cell, location=link.place, display=link.text)
    return canonicalize(tostring(element, encoding="unicode")).encode()
