"""The formulas of one sheet, read from its XML: plain, shared and array formulas."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import CellError
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.package import (
    FORMULA_HINT,
    HINT,
    Contents,
    open_package,
    read_contents,
)
from xlgpt2.xlsx.reading.sheet_scan import special_cells

#: Levels of nested functions, in Excel's specifications and limits; ours have 9.
MOST_NESTED = 64

_LONGEST_SHOWN = 40
_MOVING = 4


@dataclass(frozen=True)
class Formula:
    """A formula, with its "=", and the cells it fills: one, or more for an array formula.

    A `dynamic` array formula fills, in programs that know it, as many cells as its result has.
    """

    area: Area
    text: str
    array: bool = False
    dynamic: bool = False


#: Row and column of a cell, counted from 0.
Place = tuple[int, int]


def file_formulas(path: Path) -> Iterator[Formula]:
    """All formulas of a workbook; raises WorkbookError for what can't be read."""
    contents = read_contents(path)
    with open_package(path) as package:
        for sheet, part in contents.sheets.items():
            yield from read_formulas(package, part, sheet, contents.most_cells)[0]


def read_formulas(
    package: zipfile.ZipFile, part: str, sheet: str, most_cells: int
) -> tuple[list[Formula], dict[Place, CellError]]:
    """The formulas of a sheet, and the errors that stand in it as constants.

    Raises WorkbookError for a kind of formula that can't be read, one that no spreadsheet program
    takes, array formulas or texts that come to more than `most_cells` cells or characters, and
    what `special_cells` says of all cells.
    """
    reader = _FormulaReader(most_cells)
    errors: dict[Place, CellError] = {}
    with package.open(part) as source:
        for found in special_cells(source, sheet, most_cells):
            if found.formula is None:
                errors[found.row - 1, found.column - 1] = CellError(found.text or "#VALUE!")
            else:
                cell = Area(sheet, found.row, found.column, 1, 1)
                reader.read(found.formula, found.text, cell, found.dynamic)
    return reader.formulas, errors


def check_sheets(
    path: Path, contents: Contents, names: Collection[str] | None = None, largest: int | None = None
) -> None:
    """Nothing where another program may read a workbook, or the sheets in `names`.

    Raises what `read_formulas` does. Parts of more than `largest` bytes, such as those with
    millions of weights, are left out where it is given: reading them takes as long as opening them.
    """
    most = contents.most_cells
    with open_package(path) as package:
        for sheet, part in contents.sheets.items():
            size = package.getinfo(part).file_size
            if (names is None or sheet in names) and (largest is None or size <= largest):
                found, _errors = read_formulas(package, part, sheet, max(0, most))
                most -= sum(formula.area.rows * formula.area.columns for formula in found)


class _FormulaReader:
    """Makes formulas of what their cells hold; many may share the text of one."""

    def __init__(self, most_cells: int) -> None:
        self.formulas: list[Formula] = []
        self._most = most_cells
        self._cells = self._characters = 0
        self._shared: dict[str, Translator] = {}

    def read(
        self, attributes: Mapping[str, str], text: str, cell: Area, dynamic: bool = False
    ) -> None:
        """Adds the formula of a cell."""
        kind, text = attributes.get("t", "normal"), "=" + text
        if kind not in ("normal", "shared", "array"):
            raise WorkbookError(
                f"cell {cell.absolute}: expected a plain, shared or array formula, got one of the "
                f"kind {kind!r}",
                FORMULA_HINT,
            )
        area = _filled(cell, attributes.get("ref", cell.local)) if kind == "array" else cell
        if kind == "shared":
            text = self._translated(attributes.get("si", ""), text, cell)
        _check_nesting(text, cell)
        self._cells += area.rows * area.columns
        # Moving a formula to another cell takes longer than reading it.
        self._characters += len(text) * (_MOVING if kind == "shared" else 1)
        if max(self._cells, self._characters) > self._most:
            raise WorkbookError(
                f"cell {cell.absolute}: expected at most {self._most:,} more cells and characters "
                f"in formulas of this sheet, got {max(self._cells, self._characters):,}",
                HINT,
            )
        self.formulas.append(Formula(area, text, kind == "array", kind == "array" and dynamic))

    def _translated(self, index: str, text: str, cell: Area) -> str:
        """The formula of a cell that shares one: the first has the text, others point to it."""
        try:
            if text != "=":
                self._shared[index] = Translator(text, origin=cell.local)
                return text
            if index in self._shared:
                return str(self._shared[index].translate_formula(cell.local))
        except (TokenizerError, TranslatorError, IndexError) as error:
            wrong = "a bracket too many" if isinstance(error, IndexError) else error
            raise WorkbookError(
                f"cell {cell.absolute}: expected a formula that cells can share, got {wrong}",
                FORMULA_HINT,
            ) from error
        raise WorkbookError(
            f"cell {cell.absolute}: expected to share a formula that stands before it, got none",
            FORMULA_HINT,
        )


def _filled(cell: Area, reference: str) -> Area:
    """What an array formula fills; raises WorkbookError unless its cell is the first of it."""
    try:
        area = Area.parse(f"{quoted(cell.sheet)}!{reference}")
    except ValueError:
        area = None
    if area is None or (area.row, area.column) != (cell.row, cell.column):
        raise WorkbookError(
            f"cell {cell.absolute}: expected an array formula to fill a rectangle from its own "
            f"cell on, got {reference[:_LONGEST_SHOWN]!r}",
            HINT,
        )
    return area


def _check_nesting(text: str, cell: Area) -> None:
    """Nothing, unless brackets are in each other deeper than spreadsheets allow."""
    if text.count("(") <= MOST_NESTED:
        return
    depth = deepest = 0
    for bracket in re.findall(r"[()]", re.sub(r'"[^"]*"', "", text)):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    if deepest > MOST_NESTED:
        raise WorkbookError(
            f"cell {cell.absolute}: expected at most {MOST_NESTED} brackets in each other, "
            f"got {deepest:,}",
            HINT,
        )
