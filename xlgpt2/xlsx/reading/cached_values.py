"""All values in a file, cached values of formulas included, for files that an engine just wrote."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.cells.address import column_number
from xlgpt2.cells.values import CellError, CellValue
from xlgpt2.xlsx.package import (
    tag,
)
from xlgpt2.xlsx.reading.formulas import Place
from xlgpt2.xlsx.reading.workbook import Workbook

_STRINGS = "xl/sharedStrings.xml"

#: Bytes of a sheet that are searched at once, and the overlap of two such chunks.
_CHUNK, _LONGEST_CELL = 2**20, 1000


def read_cached_values(workbook: Workbook) -> Mapping[str, Mapping[Place, CellValue]]:
    """The value of every cell, by sheet, then by row and column from 0.

    Unlike in calamine, spaces and the last digit of numbers are exact in every file.
    Raises WorkbookError.
    """
    with workbook.package() as package:
        strings = _strings(package)
        return {
            sheet: dict(_values(package, part, strings))
            for sheet, part in workbook.contents.sheets.items()
        }


def read_texts_with(
    workbook: Workbook, character: str, largest: int | None = None
) -> Mapping[str, Mapping[Place, str]]:
    """The constant texts of a file that contain a character, by sheet and cell.

    Parts of more than `largest` bytes are left out if it is given. Raises WorkbookError.
    """
    texts: dict[str, dict[Place, str]] = {}
    with workbook.package() as package:
        strings = {str(i): text for i, text in enumerate(_strings(package)) if character in text}
        for sheet, part in workbook.contents.sheets.items():
            size = package.getinfo(part).file_size
            if (largest is not None and size > largest) or not _may_have(package, part, strings):
                continue
            with package.open(part) as source:
                for row, column, cell in _cells(source):
                    text = _constant_text(cell, strings)
                    if character in text:
                        texts.setdefault(sheet, {})[row - 1, column - 1] = text
    return texts


def _constant_text(cell: Element, strings: Mapping[str, str]) -> str:
    """The inline text of a cell, or its shared one if that is among `strings`; or ""."""
    kind, parts = cell.get("t"), [tag(child) for child in cell]
    if kind == "inlineStr" and parts == ["is"]:
        return _text(cell[0])
    return strings.get(cell[0].text or "", "") if kind == "s" and parts == ["v"] else ""


def _may_have(package: zipfile.ZipFile, part: str, strings: Collection[str]) -> bool:
    """Whether a sheet may have inline texts, or one of the shared ones with these numbers.

    Searching its text takes a hundredth of the time of reading its cells.
    """
    numbers = "|".join(strings) or "none"
    shared = rf"""t=["']s["'][^>]*>\s*<(\w+:)?v>\s*({numbers})\s*<"""
    pattern = re.compile(f"inlineStr|{shared}".encode())
    before = b""
    with package.open(part) as source:
        while chunk := source.read(_CHUNK):
            if pattern.search(before + chunk):
                return True
            before = chunk[-_LONGEST_CELL:]
    return False


def _strings(package: zipfile.ZipFile) -> Sequence[str]:
    if _STRINGS not in package.namelist():
        return []
    items = ElementTree.fromstring(package.read(_STRINGS))
    return [_text(item) for item in items if tag(item) == "si"]


def _values(
    package: zipfile.ZipFile, part: str, strings: Sequence[str]
) -> Iterator[tuple[Place, CellValue]]:
    with package.open(part) as source:
        for row, column, cell in _cells(source):
            element = next((child for child in cell if tag(child) in ("v", "is")), None)
            if element is not None:
                yield (row - 1, column - 1), _value(cell.get("t", "n"), element, strings)


def _cells(source: IO[bytes]) -> Iterator[tuple[int, int, Element]]:
    """The cells of a sheet with their row and column, from 1; addresses are optional."""
    row = 0
    for _event, element in ElementTree.iterparse(source):
        if tag(element) != "row":
            continue
        row = int(element.get("r", row + 1))
        column = 0
        for cell in element:
            address = cell.get("r")
            column = column_number(address.rstrip("0123456789")) if address else column + 1
            yield row, column, cell
        element.clear()


def _value(kind: str, element: Element, strings: Sequence[str]) -> CellValue:
    text = _text(element) if tag(element) == "is" else element.text or ""
    if kind == "s":
        return strings[int(text)]
    if kind in ("str", "inlineStr"):
        return text
    if kind == "e":
        return CellError(text)
    if kind == "b":
        return text == "1"
    return float(text) if math.isfinite(float(text)) else CellError("#NUM!")


def _text(element: Element) -> str:
    """The text of all runs below an element."""
    return "".join(child.text or "" for child in element.iter() if tag(child) == "t")
