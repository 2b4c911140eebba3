"""The final package: openpyxl's output corrected, rows added; same input, same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import canonicalize

from xlgpt2.writer.sheet_parts import SheetParts
from xlgpt2.writer.spelling import excel_spelling
from xlgpt2.xlsx.packing.deflate import PackedPart, TextPart, pack
from xlgpt2.xlsx.packing.packer import Packer
from xlgpt2.xlsx.packing.zip_entry import add_packed
from xlgpt2.xlsx.strings import STRINGS_RELATION, STRINGS_TYPE, Strings

#: The most bytes of a cell's XML; without address and style it has about 20.
_MOST_BYTES = 60

#: A font's elements in the order of the standard's schema (ECMA-376 part 1, CT_Font, as Office's
#: validator reads it); openpyxl writes them in another.
_FONT = "b i strike condense extend outline shadow u vertAlign sz color name family charset scheme"
_FONTS = re.compile(rb"<font>(.*?)</font>", re.DOTALL)
_ELEMENT = re.compile(rb"<(\w+)[^>]*></\1>")


def finish(
    without_cells: IO[bytes],
    target: Path,
    strings: Strings,
    sheets: Mapping[str, SheetParts],
    packer: Packer,
    progress: Callable[[int], None],
) -> None:
    """Copy openpyxl's output, with the rows of all sheets and shared strings, without time stamps.

    The result does not depend on other installed packages. `sheets` are the rows of each sheet, by
    the name of its part; they are written in this order, which has no meaning. `progress` is called
    with the number of cells written since its last call.
    """
    with zipfile.ZipFile(without_cells) as source, zipfile.ZipFile(target, "w") as copy:
        others = [name for name in source.namelist() if name not in sheets]
        for name in others:
            data = _canonical(source.read(name))
            _add(copy, name, excel_spelling(name, _corrected(name, data)))
        for name, sheet in sheets.items():
            packed = packer.packed(sheet.complete(_canonical(source.read(name))))
            large = sheet.cells * _MOST_BYTES > zipfile.ZIP64_LIMIT
            add_packed(copy, name, _reporting(packed, progress), zip64=large)
        _add(copy, "xl/sharedStrings.xml", strings.part())


def _canonical(part: bytes) -> bytes:
    """A part as canonical XML: openpyxl's output differs if lxml is installed."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + canonicalize(part.decode()).encode()


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


def _reporting(
    packed: Iterable[PackedPart], progress: Callable[[int], None]
) -> Iterator[PackedPart]:
    for part in packed:
        yield part
        if part.cells:
            progress(part.cells)


def _add(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    add_packed(package, name, [pack(TextPart(data))], zip64=False)
