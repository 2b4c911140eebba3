"""The package: what openpyxl wrote put right, blocks added; same input, same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import canonicalize

from xlgpt2.writer.blocks import Block
from xlgpt2.writer.sheet_blocks import SheetBlocks
from xlgpt2.writer.sheet_rows import written_rows
from xlgpt2.writer.spelling import spelt
from xlgpt2.xlsx.packing.deflate import (
    PackedPart,
    Part,
    TextPart,
)
from xlgpt2.xlsx.packing.packer import Packer, Promise
from xlgpt2.xlsx.packing.zip_entry import NO_TIME, add_packed
from xlgpt2.xlsx.sheet_xml import with_dimension
from xlgpt2.xlsx.strings import STRINGS_RELATION, STRINGS_TYPE, Strings

#: A cell's XML is about 20 bytes long without address and style, and at most this with them.
_MOST_BYTES = 60

_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_DATA = re.compile(rb"(.*<sheetData>)(.*)(</sheetData>.*)", re.DOTALL)
#: A font's elements in the order of the standard's schema (ECMA-376 part 1, CT_Font, as Office's
#: validator reads it); openpyxl writes them in another.
_FONT = "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme"
_FONTS = re.compile(rb"<font>(.*?)</font>", re.DOTALL)
_ELEMENT = re.compile(rb"<(\w+)[^>]*></\1>")


def finish(
    written: Path,
    target: Path,
    strings: Strings,
    sheets: Mapping[int, SheetBlocks],
    packer: Packer,
    progress: Callable[[int], None],
) -> None:
    """Copies what openpyxl wrote: texts shared, no empty results, no time stamps, blocks added.

    The same is written whatever else is installed.

    `sheets` have the blocks of each, by its number from 1; `progress` is told how many of their
    cells have been written since it was told last.
    """
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w") as copy:
        for name in sorted(source.namelist(), key=lambda name: _weights(name, sheets)):
            data = _canonical(source.read(name))
            sheet = _SHEET.fullmatch(name)
            if sheet:
                found = sheets[int(sheet[1])]
                made = _sheet_parts(strings.shared_by(data), found)
                large = found.cells * _MOST_BYTES > zipfile.ZIP64_LIMIT
                add_packed(copy, name, _told(packer.packed(made), progress), zip64=large)
            else:
                _add(copy, name, spelt(name, _corrected(name, data)))
        _add(copy, "xl/sharedStrings.xml", strings.part())


def _canonical(part: bytes) -> bytes:
    """A part as everybody would write it, for openpyxl writes others where lxml is installed."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + canonicalize(part.decode()).encode()


def _weights(name: str, sheets: Mapping[int, SheetBlocks]) -> bool:
    """Whether a part has weights: those come last, so that they are packed while others are made.

    The order of parts in a package means nothing.
    """
    sheet = _SHEET.fullmatch(name)
    return sheet is not None and sheets[int(sheet[1])].has_weights


def _corrected(name: str, data: bytes) -> bytes:
    """A part that is no sheet: without time stamps, shared strings named, fonts in order."""
    if name == "docProps/core.xml":
        data = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", data)
        return data.replace(b"openpyxl", b"xlgpt2")
    if name == "[Content_Types].xml":
        return data.replace(b"</Types>", STRINGS_TYPE)
    if name == "xl/_rels/workbook.xml.rels":
        return data.replace(b"</Relationships>", STRINGS_RELATION)
    if name == "xl/styles.xml":
        return _FONTS.sub(_ordered_font, data)
    return data


def _ordered_font(font: re.Match[bytes]) -> bytes:
    elements = sorted(_ELEMENT.finditer(font[1]), key=lambda e: _FONT.split().index(e[1].decode()))
    return b"<font>" + b"".join(element[0] for element in elements) + b"</font>"


def _sheet_parts(sheet: bytes, found: SheetBlocks) -> Iterator[Part | Promise]:
    """A sheet in parts: all before its rows, the rows with the blocks in them, and the rest."""
    data = _DATA.fullmatch(sheet)
    assert data is not None, "openpyxl writes one <sheetData>"
    head, rows, tail = data.groups()
    yield TextPart(_dimension(head, found.blocks))
    yield from found.parts(written_rows(rows))
    yield TextPart(tail)


def _dimension(head: bytes, blocks: Sequence[Block]) -> bytes:
    """The start of a sheet, in which the blocks' cells count as used too."""
    row = max((block.row + block.rows - 1 for block in blocks), default=1)
    column = max((block.column + block.columns - 1 for block in blocks), default=1)
    return with_dimension(head, row, column)


def _told(packed: Iterable[PackedPart], progress: Callable[[int], None]) -> Iterator[PackedPart]:
    for part in packed:
        yield part
        if part.cells:
            progress(part.cells)


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, data)
