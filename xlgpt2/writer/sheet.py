"""A sheet that is being written: cells, styles and the rest of the workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.layout.formula_cells import FormulaCells
from xlgpt2.layout.layout import Plan, TabPlan
from xlgpt2.writer.blocks import (
    Block,
    FormulaBlock,
    TableBlock,
    WeightBlock,
)
from xlgpt2.writer.styles import Styles
from xlgpt2.xlsx.strings import Strings, escaped


@dataclass(frozen=True)
class Sheet:
    """A tab that is being written: some cells with openpyxl, large rectangles later, as blocks.

    `compact` omits addresses and styles of weights, for large workbooks.
    """

    workbook: Workbook
    worksheet: Worksheet
    styles: Styles
    plan: Plan
    tab: TabPlan
    strings: Strings
    compact: bool
    blocks: list[Block] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # rows with cells of openpyxl

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a row and column, from 1."""
        self.touched.add(row)
        cell = self.worksheet.cell(row, column)
        assert isinstance(cell, Cell)
        return cell

    def text(self, row: int, column: int, text: str, style: str) -> None:
        """Write a text, even if it starts with = or looks like an error."""
        cell = self.cell(row, column)
        cell.value = escaped(text)
        cell.data_type = "s"
        cell.style = style

    def number(self, row: int, column: int, number: float, style: str) -> None:
        """Write a number."""
        cell = self.cell(row, column)
        cell.value = int(number) if number == int(number) else number
        cell.style = style

    def constant(self, row: int, column: int, value: object, style: str) -> None:
        """Write a constant: a number, a text, or only the style for an empty text."""
        if isinstance(value, str):
            if value:
                self.text(row, column, value, style)
            else:
                self.cell(row, column).style = style
        else:
            self.number(row, column, float(value), style)  # type: ignore[arg-type]  # numpy scalars

    def table(self, row: int, column: int, values: Cells, style: str) -> None:
        """Add a block of constants: numbers and texts."""
        if values.dtype == np.float64 and np.array_equal(values, np.rint(values)):
            cells = [[b"><v>%d</v></c>" % value for value in line] for line in values.tolist()]
        else:
            cells = [[self._content(value) for value in line] for line in values.tolist()]
        self.blocks.append(TableBlock(row, column, self._style_number(style), cells, self.compact))

    def weights(self, area: Area, tensor: CellTensor, style: str) -> None:
        """Add a block of weights, which are read when they are written."""
        number = self._style_number(style)
        self.blocks.append(WeightBlock(area.row, area.column, number, tensor, self.compact))

    def blanks(self, area: Area, style: str) -> None:
        """Add a block of blank cells with a style."""
        rows: list[list[tuple[int, bytes]]] = [[] for _ in range(area.rows)]
        self._formula_block(area, rows, style, filled=True)

    def _content(self, value: object) -> bytes:
        """The XML of a constant's cell after address and style."""
        if isinstance(value, str):
            return self.strings.cell(value) if value else b"/>"
        number = float(value)  # type: ignore[arg-type]  # cells hold texts and numbers
        text = repr(int(number) if number.is_integer() else number)
        return b"><v>%s</v></c>" % text.encode()

    def _style_number(self, name: str) -> int:
        """The number of a named style in the file."""
        cell = Cell(self.worksheet, 1, 1)  # a temporary one, not part of the sheet
        cell.style = name
        return int(cell.style_id)

    def formula(self, formula: FormulaCells, style: str) -> None:
        """Write a formula into a single cell."""
        cell = self.cell(formula.area.row, formula.area.column)
        text = "=" + formula.text
        cell.value = ArrayFormula(formula.area.local, text) if formula.array else text
        cell.style = style

    def formulas(self, area: Area, formulas: Iterable[FormulaCells], style: str) -> int:
        """Add the formulas of a range as a block; returns their number.

        The cells that an array formula fills get the style too.
        """
        rows: list[list[tuple[int, bytes]]] = [[] for _ in range(area.rows)]
        count, filled = 0, False
        for cells in formulas:
            text = escape(cells.text)
            kind = f' t="array" ref="{cells.area.local}"' if cells.array else ""
            content = f"><f{kind}>{text}</f></c>".encode()
            rows[cells.area.row - area.row].append((cells.area.column, content))
            count += 1
            filled = filled or cells.area.shape != (1, 1)
        self._formula_block(area, rows, style, filled)
        return count

    def _formula_block(
        self, area: Area, rows: list[list[tuple[int, bytes]]], style: str, filled: bool
    ) -> None:
        number = self._style_number(style)
        block = FormulaBlock(
            area.row, area.column, number, area.columns, rows, filled, self.compact
        )
        self.blocks.append(block)

    def plain_formulas(self, area: Area, texts: Sequence[str], style: str) -> None:
        """Add formulas of single cells, along a row or down a column."""
        offsets = [(i, j) for i in range(area.rows) for j in range(area.columns)]
        cells = (
            FormulaCells(Area(area.sheet, area.row + i, area.column + j, 1, 1), text, array=False)
            for (i, j), text in zip(offsets, texts, strict=True)
        )
        self.formulas(area, cells, style)

    def link(self, row: int, column: int, text: str, tab: str) -> None:
        """Write a link to the top of another tab."""
        self.text(row, column, text, self.styles.link())
        cell = self.cell(row, column)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quoted(tab)}!A1", display=text)
        cell.style = self.styles.link()  # which setting a hyperlink has replaced by openpyxl's own
