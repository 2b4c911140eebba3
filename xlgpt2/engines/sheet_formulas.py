"""The formulas of one sheet, read from its XML: plain, shared and array formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from openpyxl.formula.translate import Translator

from xlgpt2.cells import Area, CellError, column_number, quoted
from xlgpt2.engines.package import FORMULA_HINT, open_package, read_contents, tag
from xlgpt2.errors import WorkbookError
from xlgpt2.sheet_xml import has_any

#: What a sheet without formulas and typed errors does not contain: it need not be parsed.
_SIGNS = (b"<f", b't="e"')

_CHUNK = 1 << 20
_END = b"</row>"

#: Bytes; sixteen thousand cells of the longest formulas that we write.
_MOST_IN_A_ROW = 1 << 27


@dataclass(frozen=True)
class Formula:
    """A formula, with its "=", and the cells it fills: one, or more for an array formula."""

    area: Area
    text: str
    array: bool = False


#: Row and column of a cell, counted from 0.
Place = tuple[int, int]


def file_formulas(path: Path) -> Iterator[Formula]:
    """All formulas of a workbook; raises WorkbookError for what can't be read."""
    sheets = read_contents(path).sheets
    with open_package(path) as package:
        for sheet, part in sheets.items():
            yield from read_formulas(package, part, sheet)[0]


def read_formulas(
    package: zipfile.ZipFile, part: str, sheet: str
) -> tuple[list[Formula], dict[Place, CellError]]:
    """The formulas of a sheet, and the errors that stand in it as constants.

    Raises WorkbookError for a kind of formula that can't be read.
    """
    formulas: list[Formula] = []
    errors: dict[Place, CellError] = {}
    with package.open(part) as source:
        if not has_any(source, _SIGNS):
            return formulas, errors
    shared: dict[str, Translator] = {}
    with package.open(part) as source:
        for row, column, cell in _cells(_without_constants(source)):
            element = next((child for child in cell if tag(child) == "f"), None)
            if element is not None:
                formulas.append(_formula(element, Area(sheet, row, column, 1, 1), shared))
            elif cell.get("t") == "e":
                code = next((child.text for child in cell if tag(child) == "v"), None)
                errors[row - 1, column - 1] = CellError(code or "#VALUE!")
    return formulas, errors


def _without_constants(source: IO[bytes]) -> Iterator[bytes]:
    """The text of a sheet in pieces; rows without any of the signs keep their address alone.

    An element for each of millions of constants would take most of the time.
    """
    rest = b""
    while chunk := source.read(_CHUNK):
        *rows, rest = (rest + chunk).split(_END)
        for row in rows:
            start = row.rfind(b"<row")
            bare = start >= 0 and not any(sign in row for sign in _SIGNS)
            yield (row[: row.index(b">", start) + 1] if bare else row) + _END
        if len(rest) > _MOST_IN_A_ROW:  # nothing ends here as rows do in our files
            yield rest
            rest = b""
    yield rest


def read_cells(source: IO[bytes]) -> Iterator[tuple[int, int, Element]]:
    """The cells of a sheet with their row and column, from 1; the file may leave addresses out."""
    return _cells(iter(lambda: source.read(_CHUNK), b""))


def _cells(pieces: Iterable[bytes]) -> Iterator[tuple[int, int, Element]]:
    parser = ElementTree.XMLPullParser(["end"])  # type: ignore[var-annotated]  # as the stubs have it
    row = 0
    for text in pieces:
        parser.feed(text)
        for _event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
            if tag(element) != "row":
                continue
            row = int(element.get("r", row + 1))
            column = 0
            for cell in element:
                address = cell.get("r")
                column = column_number(address.rstrip("0123456789")) if address else column + 1
                yield row, column, cell
            element.clear()
    parser.close()


def _formula(element: Element, cell: Area, shared: dict[str, Translator]) -> Formula:
    """The formula that an <f> element stands for."""
    text = "=" + (element.text or "")
    kind = element.get("t", "normal")
    if kind == "array":
        area = Area.parse(f"{quoted(cell.sheet)}!{element.get('ref', cell.local)}")
        return Formula(area, text, array=True)
    if kind == "shared":
        return Formula(cell, _shared(element.get("si", ""), text, cell, shared))
    if kind != "normal":
        raise WorkbookError(
            f"cell {cell.absolute}: expected a plain, shared or array formula, got one of the kind "
            f"{kind!r}",
            FORMULA_HINT,
        )
    return Formula(cell, text)


def _shared(index: str, text: str, cell: Area, shared: dict[str, Translator]) -> str:
    """The text of a formula that several cells share: the first has it, the others point to it."""
    if text != "=":
        shared[index] = Translator(text, origin=cell.local)
        return text
    if index not in shared:
        raise WorkbookError(
            f"cell {cell.absolute}: expected to share a formula that stands before it, got none",
            FORMULA_HINT,
        )
    return str(shared[index].translate_formula(cell.local))
