"""The values that a file holds, results of formulas among them: for files an engine just wrote."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from xlgpt2.cells.address import column_number
from xlgpt2.cells.values import CellError
from xlgpt2.xlsx.package import (
    open_package,
    read_contents,
    tag,
)
from xlgpt2.xlsx.reading.formulas import Place

Value = float | bool | str | CellError

_STRINGS = "xl/sharedStrings.xml"

#: Bytes of a sheet that are searched at once, and of a cell that two such parts may share.
_CHUNK, _LONGEST_CELL = 2**20, 1000


def read_values(path: Path) -> Mapping[str, Mapping[Place, Value]]:
    """What every cell of every sheet holds, by row and column from 0.

    Spaces and the last digit of numbers are kept, which calamine does not do for every file.
    Raises WorkbookError.
    """
    contents = read_contents(path)
    with open_package(path) as package:
        strings = _strings(package)
        return {
            sheet: dict(_values(package, part, strings)) for sheet, part in contents.sheets.items()
        }


def read_texts_with(
    path: Path, character: str, largest: int | None = None
) -> Mapping[str, Mapping[Place, str]]:
    """The constant texts of a file that contain a character, by sheet; results of formulas aren't.

    Parts of more than `largest` bytes are left out where it is given. Raises WorkbookError.
    """
    contents = read_contents(path)
    found: dict[str, dict[Place, str]] = {}
    with open_package(path) as package:
        strings = {str(i): text for i, text in enumerate(_strings(package)) if character in text}
        for sheet, part in contents.sheets.items():
            size = package.getinfo(part).file_size
            if (largest is not None and size > largest) or not _shows(package, part, strings):
                continue
            with package.open(part) as source:
                for row, column, cell in _cells(source):
                    text = _constant_text(cell, strings)
                    if character in text:
                        found.setdefault(sheet, {})[row - 1, column - 1] = text
    return found


def _constant_text(cell: Element, strings: Mapping[str, str]) -> str:
    """The text that stands in a cell itself, or, if its number is among these, is shared."""
    kind, parts = cell.get("t"), [tag(child) for child in cell]
    if kind == "inlineStr" and parts == ["is"]:
        return _text(cell[0])
    return strings.get(cell[0].text or "", "") if kind == "s" and parts == ["v"] else ""


def _shows(package: zipfile.ZipFile, part: str, strings: Collection[str]) -> bool:
    """Whether a sheet may have texts of its own, or shared ones, given by their numbers.

    To look for them in its text takes a hundredth of the time that it takes to read its cells.
    """
    numbers = "|".join(strings) or "none"
    shared = rf"""t=["']s["'][^>]*>\s*<(\w+:)?v>\s*({numbers})\s*<"""
    wanted = re.compile(f"inlineStr|{shared}".encode())
    before = b""
    with package.open(part) as source:
        while chunk := source.read(_CHUNK):
            if wanted.search(before + chunk):
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
) -> Iterator[tuple[Place, Value]]:
    with package.open(part) as source:
        for row, column, cell in _cells(source):
            stored = next((child for child in cell if tag(child) in ("v", "is")), None)
            if stored is not None:
                yield (row - 1, column - 1), _value(cell.get("t", "n"), stored, strings)


def _cells(source: IO[bytes]) -> Iterator[tuple[int, int, Element]]:
    """The cells of a sheet with their row and column, from 1; the file may leave addresses out."""
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


def _value(kind: str, stored: Element, strings: Sequence[str]) -> Value:
    text = _text(stored) if tag(stored) == "is" else stored.text or ""
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
    """All the text below an element, in however many runs it stands."""
    return "".join(child.text or "" for child in element.iter() if tag(child) == "t")
