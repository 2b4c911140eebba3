"""The formulas of one sheet, read from its XML: plain, shared and array formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from openpyxl.formula.translate import Translator

from xlgpt2.cells import Area, CellError, column_number, quoted
from xlgpt2.engines.package import FORMULA_HINT, tag
from xlgpt2.errors import WorkbookError

#: What a sheet without formulas and typed errors does not contain: it need not be parsed.
_SIGNS = (b"<f", b't="e"')
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Formula:
    """A formula, with its "=", and the cells it fills: one, or more for an array formula."""

    area: Area
    text: str


#: Row and column of a cell, counted from 0.
Place = tuple[int, int]


def read_formulas(
    package: zipfile.ZipFile, part: str, sheet: str
) -> tuple[list[Formula], dict[Place, CellError]]:
    """The formulas of a sheet, and the errors that stand in it as constants.

    Raises WorkbookError for a kind of formula that can't be read.
    """
    formulas: list[Formula] = []
    errors: dict[Place, CellError] = {}
    if not _may_have_formulas(package, part):
        return formulas, errors
    shared: dict[str, Translator] = {}
    with package.open(part) as source:
        for row, column, cell in _cells(source):
            element = next((child for child in cell if tag(child) == "f"), None)
            if element is not None:
                formulas.append(_formula(element, Area(sheet, row, column, 1, 1), shared))
            elif cell.get("t") == "e":
                code = next((child.text for child in cell if tag(child) == "v"), None)
                errors[row - 1, column - 1] = CellError(code or "#VALUE!")
    return formulas, errors


def _may_have_formulas(package: zipfile.ZipFile, part: str) -> bool:
    """Whether a sheet's XML has anything that looks like one of the signs."""
    longest = max(map(len, _SIGNS))
    with package.open(part) as source:
        tail = b""
        while chunk := source.read(_CHUNK):
            if any(sign in tail + chunk for sign in _SIGNS):
                return True
            tail = chunk[-longest:]
    return False


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


def _formula(element: Element, cell: Area, shared: dict[str, Translator]) -> Formula:
    """The formula that an <f> element stands for."""
    text = "=" + (element.text or "")
    kind = element.get("t", "normal")
    if kind == "array":
        area = Area.parse(f"{quoted(cell.sheet)}!{element.get('ref', cell.local)}")
        return Formula(area, text)
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
