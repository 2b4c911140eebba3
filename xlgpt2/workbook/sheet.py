"""One sheet under construction: its cells, their styles, and where the rest of the file is."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from xlgpt2.cells import quoted
from xlgpt2.layout.formula_cells import FormulaCells
from xlgpt2.layout.layout import Plan, TabPlan
from xlgpt2.stages.dialect import PREFIXED
from xlgpt2.workbook.package import escaped
from xlgpt2.workbook.styles import Styles


@dataclass(frozen=True)
class Sheet:
    """A tab being written."""

    workbook: Workbook
    worksheet: Worksheet
    styles: Styles
    plan: Plan
    tab: TabPlan

    def cell(self, row: int, column: int) -> Cell:
        """The cell at row and column, counted from 1."""
        cell = self.worksheet.cell(row, column)
        assert isinstance(cell, Cell)
        return cell

    def text(self, row: int, column: int, text: str, style: str) -> None:
        """Writes a text that stays a text even if it starts with = or looks like an error."""
        cell = self.cell(row, column)
        cell.value = escaped(text)
        cell.data_type = "s"
        cell.style = style

    def number(self, row: int, column: int, number: float, style: str) -> None:
        """Writes a number."""
        cell = self.cell(row, column)
        cell.value = int(number) if number == int(number) else number
        cell.style = style

    def constant(self, row: int, column: int, value: object, style: str) -> None:
        """Writes a constant: a number, a text, or nothing for an empty text."""
        if isinstance(value, str):
            if value:
                self.text(row, column, value, style)
            else:
                self.cell(row, column).style = style
        else:
            self.number(row, column, float(value), style)  # type: ignore[arg-type]  # numpy scalars

    def formula(self, row: int, column: int, formula: str, style: str) -> None:
        """Writes a plain formula, given without its leading `=`."""
        cell = self.cell(row, column)
        cell.value = "=" + in_file(formula)
        cell.style = style

    def formula_cells(self, cells: FormulaCells, style: str) -> None:
        """Writes a formula over the cells it fills."""
        area = cells.area
        if not cells.array:
            self.formula(area.row, area.column, cells.text, style)
            return
        for i in range(area.rows):
            for j in range(area.columns):
                self.cell(area.row + i, area.column + j).style = style
        self.cell(area.row, area.column).value = ArrayFormula(area.local, "=" + in_file(cells.text))

    def link(self, row: int, column: int, text: str, tab: str) -> None:
        """Writes a link to the top of another tab."""
        self.text(row, column, text, self.styles.link())
        cell = self.cell(row, column)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quoted(tab)}!A1", display=text)
        cell.style = self.styles.link()  # setting a hyperlink puts openpyxl's own style back


def in_file(formula: str) -> str:
    """A formula as the file holds it: functions newer than the standard bear a prefix."""
    for function, stored in PREFIXED.items():
        formula = formula.replace(f"{function}(", f"{stored}(")
    return formula
