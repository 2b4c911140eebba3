"""A sheet that is being written: its cells, which are ours, and openpyxl's rest of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import numpy as np
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.layout.formula_cells import FormulaCells
from xlgpt2.layout.layout import Plan, TabPlan
from xlgpt2.writer.blocks import FormulaBlock, TableBlock, WeightBlock
from xlgpt2.writer.sheet_parts import Link
from xlgpt2.writer.sheet_rows import SheetRows
from xlgpt2.writer.styles import Styles
from xlgpt2.xlsx.strings import Strings


@dataclass(frozen=True)
class Sheet:
    """A tab that is being written.

    Cells are collected in `rows`: labels and sentences one by one, ranges as blocks. openpyxl's
    `worksheet` has all but cells: widths, rules, charts and so on. `compact` omits addresses and
    styles of weights, for large workbooks.
    """

    workbook: Workbook
    worksheet: Worksheet
    styles: Styles
    plan: Plan
    tab: TabPlan
    strings: Strings
    compact: bool
    rows: SheetRows = field(default_factory=SheetRows)
    links: list[Link] = field(default_factory=list)

    def text(self, row: int, column: int, text: str, style: str) -> None:
        """Write a text, even if it starts with = or looks like an error."""
        self.rows.put(row, column, self.styles.number(style), self._content(text))

    def link(
        self, row: int, column: int, text: str, tab: str, to: str = "A1", style: str | None = None
    ) -> None:
        """Write a link to a cell of another tab, by default to its top."""
        self.link_to(row, column, text, f"{quoted(tab)}!{to}", style)

    def link_to(
        self, row: int, column: int, text: str, place: str, style: str | None = None
    ) -> None:
        """Write a link to a cell that is given with its tab."""
        self.text(row, column, text, style or self.styles.link())
        cell = Area(self.tab.name, row, column, 1, 1).local
        self.links.append(Link(cell, place, text))

    def merge(self, area: Area, style: str) -> None:
        """Merge the cells of an area, which get the style; only the first may have a value."""
        self.worksheet.merged_cells.add(area.local)
        for row in range(area.row, area.row + area.rows):
            for column in range(area.column, area.column + area.columns):
                if self.rows.is_free(row, column):
                    self.text(row, column, "", style)

    def height(self, row: int, points: float) -> None:
        """Set the height of a row."""
        self.rows.heights[row] = points

    def table(self, row: int, column: int, values: Cells, style: str) -> None:
        """Add a block of constants: numbers and texts."""
        flat = values.ravel().tolist()
        if values.dtype == np.float64 and np.array_equal(values, np.rint(values)):
            cells = [b"><v>%d</v></c>" % value for value in flat]
        else:
            cells = [self._content(value) for value in flat]
        number = self.styles.number(style)
        self.rows.blocks.append(
            TableBlock(row, column, number, values.shape[1], cells, self.compact)
        )

    def weights(self, area: Area, tensor: CellTensor, style: str) -> None:
        """Add a block of weights, which are read when they are written."""
        number = self.styles.number(style)
        self.rows.blocks.append(WeightBlock(area.row, area.column, number, tensor, self.compact))

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
        number = self.styles.number(style)
        block = FormulaBlock(
            area.row, area.column, number, area.columns, rows, filled, self.compact
        )
        self.rows.blocks.append(block)

    def plain_formulas(self, area: Area, texts: Sequence[str], style: str) -> None:
        """Add formulas of single cells, along a row or down a column."""
        offsets = [(i, j) for i in range(area.rows) for j in range(area.columns)]
        cells = (
            FormulaCells(Area(area.sheet, area.row + i, area.column + j, 1, 1), text, array=False)
            for (i, j), text in zip(offsets, texts, strict=True)
        )
        self.formulas(area, cells, style)
