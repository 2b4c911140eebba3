"""The formulas of a sheet, read from its XML: plain, shared and array formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import CellError
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import FORMULA_HINT
from xlgpt2.xlsx.reading.sheet_scan import special_cells

#: Levels of nested functions, in Excel's specifications and limits; ours have 9.
MOST_NESTED = 64

_LONGEST_SHOWN = 40
_SHIFT_COST = 4


@dataclass(frozen=True)
class FileFormula:
    """A formula, with its "=", and the cells that it fills: several only for an array formula.

    A `dynamic` array formula spills, in programs that support it, over the size of its result.
    """

    area: Area
    text: str
    array: bool = False
    dynamic: bool = False


#: Row and column of a cell, counted from 0.
Place = tuple[int, int]


@dataclass(frozen=True)
class SheetFormulas:
    """The formulas of a sheet, and its constants that are errors."""

    formulas: tuple[FileFormula, ...]
    errors: Mapping[Place, CellError]


def read_formulas(chunks: Iterable[bytes], sheet: str, most_cells: int) -> SheetFormulas:
    """The formulas in a sheet's XML, which comes in chunks.

    Raises WorkbookError for an unknown kind of formula, a formula that spreadsheet programs reject,
    formulas with more than `most_cells` cells or characters in total, and whatever `special_cells`
    raises it for.
    """
    reader = _FormulaReader(most_cells)
    errors: dict[Place, CellError] = {}
    for cell in special_cells(chunks, sheet, most_cells):
        if cell.formula is None:
            errors[cell.row - 1, cell.column - 1] = CellError(cell.text or "#VALUE!")
        else:
            area = Area(sheet, cell.row, cell.column, 1, 1)
            reader.read(cell.formula, cell.text, area, cell.dynamic)
    return SheetFormulas(tuple(reader.formulas), errors)


class _FormulaReader:
    """Collects the formulas of a sheet, and resolves shared ones."""

    def __init__(self, most_cells: int) -> None:
        self.formulas: list[FileFormula] = []
        self._most_cells = most_cells
        self._cells = self._characters = 0
        self._shared: dict[str, Translator] = {}

    def read(
        self, attributes: Mapping[str, str], text: str, cell: Area, dynamic: bool = False
    ) -> None:
        """Add the formula of a cell."""
        kind, text = attributes.get("t", "normal"), "=" + text
        if kind not in ("normal", "shared", "array"):
            raise WorkbookError(
                f"cell {cell.absolute}: expected a plain, shared or array formula, got one of "
                f"type {kind!r}",
                FORMULA_HINT,
            )
        area = _filled(cell, attributes.get("ref", cell.local)) if kind == "array" else cell
        if kind == "shared":
            text = self._translated(attributes.get("si", ""), text, cell)
        _check_nesting(text, cell)
        self._cells += area.rows * area.columns
        # Shifting a shared formula to another cell takes longer than reading it.
        self._characters += len(text) * (_SHIFT_COST if kind == "shared" else 1)
        if max(self._cells, self._characters) > self._most_cells:
            raise WorkbookError(
                f"cell {cell.absolute}: expected at most {self._most_cells:,} more cells and "
                f"characters in formulas of this sheet, got {max(self._cells, self._characters):,}",
                WORKBOOK_HINT,
            )
        array = kind == "array"
        self.formulas.append(FileFormula(area, text, array, array and dynamic))

    def _translated(self, index: str, text: str, cell: Area) -> str:
        """The text of a shared formula in a cell; only the first cell has the text itself."""
        try:
            if text != "=":
                self._shared[index] = Translator(text, origin=cell.local)
                return text
            if index in self._shared:
                return str(self._shared[index].translate_formula(cell.local))
        except (TokenizerError, TranslatorError, IndexError) as error:
            wrong = "an unmatched parenthesis" if isinstance(error, IndexError) else error
            raise WorkbookError(
                f"cell {cell.absolute}: expected a formula that can be shared, got {wrong}",
                FORMULA_HINT,
            ) from error
        raise WorkbookError(
            f"cell {cell.absolute}: expected an earlier shared formula, got none",
            FORMULA_HINT,
        )


def _filled(cell: Area, reference: str) -> Area:
    """The area of an array formula; raises WorkbookError unless it starts at the formula's cell."""
    try:
        area = Area.parse(f"{quoted(cell.sheet)}!{reference}")
    except ValueError:
        area = None
    if area is None or (area.row, area.column) != (cell.row, cell.column):
        raise WorkbookError(
            f"cell {cell.absolute}: expected an array formula that fills a rectangle starting "
            f"at its own cell, got {reference[:_LONGEST_SHOWN]!r}",
            WORKBOOK_HINT,
        )
    return area


def _check_nesting(text: str, cell: Area) -> None:
    """Raise WorkbookError if parentheses nest deeper than Excel allows."""
    if text.count("(") <= MOST_NESTED:
        return
    depth = deepest = 0
    for bracket in re.findall(r"[()]", re.sub(r'"[^"]*"', "", text)):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
    if deepest > MOST_NESTED:
        raise WorkbookError(
            f"cell {cell.absolute}: expected at most {MOST_NESTED} nested parentheses, got "
            f"{deepest:,}",
            WORKBOOK_HINT,
        )
