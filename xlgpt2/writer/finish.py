"""The final package: openpyxl's output corrected, blocks added; same input, same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import canonicalize

from xlgpt2.writer.blocks import Block
from xlgpt2.writer.sheet_blocks import SheetBlocks
from xlgpt2.writer.sheet_rows import written_rows
from xlgpt2.writer.spelling import excel_spelling
from xlgpt2.xlsx.packing.deflate import (
    PackedPart,
    Part,
    TextPart,
)
from xlgpt2.xlsx.packing.packer import Packer, Promise
from xlgpt2.xlsx.packing.zip_entry import NO_TIME, add_packed
from xlgpt2.xlsx.sheet_xml import with_dimension
from xlgpt2.xlsx.strings import STRINGS_RELATION, STRINGS_TYPE, Strings

#: The most bytes of a cell's XML; without address and style it has about 20.
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
    """Copy openpyxl's output, with shared strings and blocks, without empty results or time stamps.

    The result does not depend on other installed packages.

    `sheets` are the blocks of each sheet, by its number from 1; `progress` is called with the
    number of their cells written since its last call.
    """
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(target, "w") as copy:
        for name in sorted(source.namelist(), key=lambda name: _has_weights(name, sheets)):
            data = _canonical(source.read(name))
            sheet = _SHEET.fullmatch(name)
            if sheet:
                blocks = sheets[int(sheet[1])]
                parts = _sheet_parts(strings.shared_by(data), blocks)
                large = blocks.cells * _MOST_BYTES > zipfile.ZIP64_LIMIT
                add_packed(copy, name, _reporting(packer.packed(parts), progress), zip64=large)
            else:
                _add(copy, name, excel_spelling(name, _corrected(name, data)))
        _add(copy, "xl/sharedStrings.xml", strings.part())


def _canonical(part: bytes) -> bytes:
    """A part as canonical XML: openpyxl's output differs if lxml is installed."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + canonicalize(part.decode()).encode()


def _has_weights(name: str, sheets: Mapping[int, SheetBlocks]) -> bool:
    """Whether a part has weights: these come last, and are packed while others are written.

    The order of parts in a package has no meaning.
    """
    sheet = _SHEET.fullmatch(name)
    return sheet is not None and sheets[int(sheet[1])].has_weights


def _corrected(name: str, data: bytes) -> bytes:
    """A part that is no sheet: without time stamps, with shared strings and fonts in order."""
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


def _sheet_parts(sheet: bytes, blocks: SheetBlocks) -> Iterator[Part | Promise]:
    """A sheet in parts: the start, the rows including the blocks, and the end."""
    data = _DATA.fullmatch(sheet)
    assert data is not None, "openpyxl writes one <sheetData>"
    head, rows, tail = data.groups()
    yield TextPart(_dimension(head, blocks.blocks))
    yield from blocks.parts(written_rows(rows))
    yield TextPart(tail)


def _dimension(head: bytes, blocks: Sequence[Block]) -> bytes:
    """The start of a sheet, whose dimension includes the blocks."""
    row = max((block.row + block.rows - 1 for block in blocks), default=1)
    column = max((block.column + block.columns - 1 for block in blocks), default=1)
    return with_dimension(head, row, column)


def _reporting(
    packed: Iterable[PackedPart], progress: Callable[[int], None]
) -> Iterator[PackedPart]:
    for part in packed:
        yield part
        if part.cells:
            progress(part.cells)


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, data)
