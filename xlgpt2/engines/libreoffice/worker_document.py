"""An open workbook in LibreOffice: typed into, computed, read and printed, by its worker.

Part of the program libreoffice_worker.py: standard library and UNO's objects only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import uno
from com.sun.star.uno import Exception as UnoException

# A neighbour in this folder, which is where Python looks first for a program's modules.
from worker_cells import (
    FORMULA_CELLS,
    Rows,
    Uno,
    as_formula,
    box_of_errors,
    changes,
    contains,
    each,
    error_codes,
    place,
    properties,
    put,
)

XLSX = "Calc MS Excel 2007 XML"
LOGICAL = 1024  # com.sun.star.util.NumberFormat.LOGICAL
CELLS_A_MESSAGE = 200_000  # some megabytes of JSON

#: Rows and columns that a window of usual size shows.
SHOWN_ROWS, SHOWN_COLUMNS = 40, 20

#: A request or an answer.
Message = dict[str, Any]


class RefusedError(Exception):
    """A request that can't be carried out; `answer` tells the engine which error to raise."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(kind)
        self.answer = {"refused": kind, **details}


class Document:
    """One open workbook, what was typed into it, and how to take that back."""

    hidden = True  # without a view

    def __init__(self, desktop: Uno, path: str, line_breaks: list[list[Any]]) -> None:
        self.desktop, self.path, self.line_breaks = desktop, path, line_breaks
        self.constant: dict[tuple[Any, ...], bool] = {}  # which rectangles hold no formulas
        self.model = self.open()
        self.overwritten: list[tuple[Any, Any]] = []
        self.covered: list[list[Any]] = []
        self.typed: list[Rows | None] = []  # what was typed last into each of the covered ranges
        self.lost_formulas = False

    def open(self) -> Uno:
        """The file as a document of LibreOffice."""
        # Of this model; LibreOffice takes a millisecond to give one of them.
        self.sheets: dict[str, Uno] = {}
        self.known: dict[tuple[Any, ...], Uno] = {}  # rectangles
        self.spare: Uno = None
        url = uno.systemPathToFileUrl(self.path)
        try:
            model = self.desktop.loadComponentFromURL(
                url, "_blank", 0, properties(Hidden=self.hidden, FilterName=XLSX)
            )
        except UnoException as error:
            raise RefusedError("workbook", message=str(error.Message)) from error
        if model is None:
            raise RefusedError("workbook", message="no workbook")
        for sheet, row, column, text in self.line_breaks:
            cell = model.Sheets.getByName(sheet).getCellByPosition(column, row)
            cell.setFormula(as_formula(text))
        return model

    def cells(self, sheet: str, row: int, column: int, rows: int, columns: int) -> Uno:
        """A rectangle of cells."""
        where = (sheet, row, column, rows, columns)
        if where not in self.known:
            self.known[where] = self.sheet(sheet).getCellRangeByPosition(
                column, row, column + columns - 1, row + rows - 1
            )
        return self.known[where]

    def sheet(self, name: str) -> Uno:
        """A sheet."""
        if name not in self.sheets:
            self.sheets[name] = self.model.Sheets.getByName(name)
        return self.sheets[name]

    def used(self, sheet: str) -> Uno:
        """The cells of a sheet up to the last that holds something."""
        cursor = self.sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(True)
        return cursor

    def restore(self) -> None:
        """Bring the file's own contents back."""
        if self.lost_formulas:
            # A formula's text does not come back from LibreOffice digit by digit; the file has it.
            self.model.close(True)
            self.model = self.open()
        else:
            for cells, data in reversed(self.overwritten):
                put(cells, data)
        self.overwritten, self.covered, self.lost_formulas = [], [], False

    def type(self, blocks: list[list[Any]]) -> float:
        """Type values over the file's own: each block is [sheet, row, column, rows of values].

        Gives the seconds that typing took: LibreOffice may compute while it is typed to.
        """
        covered = [[s, r, c, len(data), len(data[0])] for s, r, c, data in blocks]
        if covered != self.covered:  # typing over the same cells again leaves no others to restore
            self.restore()
            self.remember([self.cells(*where) for where in covered])
            self.covered, self.typed = covered, [None] * len(blocks)
        start = time.perf_counter()
        for number, (cells, _own) in enumerate(self.overwritten):
            data = blocks[number][3]
            for part, values in changes(cells, self.typed[number], data):
                try:
                    put(part, values)
                except UnoException:
                    self.refuse_part_of_array(part)
                    raise
            self.typed[number] = data
        return time.perf_counter() - start

    def remember(self, ranges: list[Uno]) -> None:
        """Keep what the file has in cells that will be typed over."""
        formulas = [cells.queryContentCells(FORMULA_CELLS).getCount() for cells in ranges]
        self.lost_formulas = any(formulas)
        self.overwritten = [(cells, cells.getDataArray()) for cells in ranges]

    def refuse_part_of_array(self, typed: Uno) -> None:
        """Raise the error that names an array formula of which only a part would be replaced."""
        for cell in each(typed.queryContentCells(FORMULA_CELLS)):
            cursor = cell.Spreadsheet.createCursorByRange(cell)
            cursor.collapseToCurrentArray()
            array = cursor.RangeAddress
            if not contains(typed.RangeAddress, array):
                raise RefusedError(
                    "array",
                    sheet=cell.Spreadsheet.Name,
                    cell=place(cell.RangeAddress),
                    array=place(array),
                )

    def calculate(self, only_changed: bool = False) -> float:
        """Compute every formula again, whatever the file said it was; gives the seconds.

        With `only_changed` only what hangs on cells that were typed over since the last time.
        """
        start = time.perf_counter()
        if only_changed:
            self.model.calculate()
        else:
            self.model.calculateAll()
        return time.perf_counter() - start

    def read(self, sheet: str, row: int, column: int, rows: int, columns: int) -> Iterator[Message]:
        """The values of one rectangle, and its errors as [row, column, LibreOffice's code].

        A large one comes in several messages, some rows each.
        """
        step = max(1, CELLS_A_MESSAGE // columns)
        for first in range(row, row + rows, step):
            height = min(step, row + rows - first)
            where = (sheet, first, column, height, columns)
            cells = self.cells(*where)
            constant = self.constant.get(where)
            if constant is None:
                constant = cells.queryContentCells(FORMULA_CELLS).getCount() == 0
                if not self.lost_formulas:
                    self.constant[where] = constant
            values = cells.getDataArray()
            errors = self.errors(cells, values)
            yield {"values": values, "errors": errors, "constant": constant}

    def errors(self, cells: Uno, values: Rows) -> list[list[int]]:
        """The errors among the values of some cells, as [row, column, LibreOffice's code]."""
        box = box_of_errors(values)
        if box is None:
            return []
        top, left, rows, columns = box
        spare = self.spare_sheet().getCellRangeByPosition(0, 0, columns - 1, rows - 1)
        codes = error_codes(cells.getCellByPosition(left, top), spare, rows, columns)
        return [
            [top + i, left + j, int(codes[i][j])]
            for i, line in enumerate(values[top : top + rows])
            for j, value in enumerate(line[left : left + columns])
            if value is None
        ]

    def spare_sheet(self) -> Uno:
        """A sheet of our own behind those of the file."""
        if self.spare is None:
            sheets, name = self.model.Sheets, "spare"
            while sheets.hasByName(name):
                name += "_"
            sheets.insertNewByName(name, sheets.getCount())
            self.spare = sheets.getByName(name)
        return self.spare

    def truth_values(
        self, sheet: str, row: int, column: int, rows: int, columns: int
    ) -> list[list[int]]:
        """Where in a rectangle numbers are shown as TRUE and FALSE: row, column, rows, columns."""
        found = []
        alike = self.cells(sheet, row, column, rows, columns).getUniqueCellFormatRanges()
        for number in range(alike.getCount()):
            cells = alike.getByIndex(number)
            if self.model.NumberFormats.getByKey(cells.NumberFormat).Type & LOGICAL:
                for part in cells.getRangeAddresses():
                    first_row, first_column, *size = place(part)
                    found.append([first_row - row, first_column - column, *size])
        return found

    def to_pdf(self, target: str, where: list[Any] | None) -> None:
        """Export the workbook, one sheet or one rectangle of it, sideways and one page wide."""
        styles = self.model.StyleFamilies.getByName("PageStyles")
        for sheet in self.model.Sheets:
            style = styles.getByName(sheet.PageStyle)
            if not style.IsLandscape:
                style.IsLandscape = True
                style.Width, style.Height = style.Height, style.Width
            style.ScaleToPagesX, style.ScaleToPagesY = 1, 0
            style.HeaderIsOn = style.FooterIsOn = False
        options = {}
        if where is not None:
            options["Selection"] = self.used(*where) if len(where) == 1 else self.cells(*where)
        self.model.storeToURL(
            uno.systemPathToFileUrl(target),
            properties(
                FilterName="calc_pdf_Export",
                FilterData=uno.Any("[]com.sun.star.beans.PropertyValue", properties(**options)),
            ),
        )


class Window(Document):
    """A document with a view. What is typed is taken back in it, and its tabs are looked at."""

    hidden = False

    def __init__(self, desktop: Uno, path: str, line_breaks: list[list[Any]]) -> None:
        super().__init__(desktop, path, line_breaks)
        self.formulas: list[Any] = []  # those of the ranges that were typed over, or None

    def remember(self, ranges: list[Uno]) -> None:
        """Keep what the file has in cells that will be typed over, formulas as texts."""
        super().remember(ranges)
        has = [cells.queryContentCells(FORMULA_CELLS).getCount() > 0 for cells in ranges]
        self.formulas = [
            cells.getFormulaArray() if has[number] else None for number, cells in enumerate(ranges)
        ]

    def restore(self) -> None:
        """Take back what was typed: the document stays open, and formulas are typed again."""
        for number, (cells, data) in enumerate(self.overwritten):
            if self.formulas[number] is None:
                put(cells, data)
            else:
                cells.setFormulaArray(self.formulas[number])
        self.overwritten, self.covered, self.formulas = [], [], []
        self.lost_formulas = False

    def calculate(self, only_changed: bool = False) -> float:
        """Compute what depends on what was typed, and look at all tabs; gives the seconds.

        LibreOffice computes some cells when it shows them, and not before.
        """
        start = time.perf_counter()
        self.model.calculate()
        self.look_around()
        return time.perf_counter() - start

    def look_around(self) -> None:
        """Show the beginning and the end of every tab, and then the first tab again."""
        view = self.model.CurrentController
        for name in self.model.Sheets.ElementNames:
            view.setActiveSheet(self.sheet(name))
            last = self.used(name).RangeAddress
            for row, column in (
                (max(0, last.EndRow - SHOWN_ROWS), max(0, last.EndColumn - SHOWN_COLUMNS)),
                (0, 0),
            ):
                view.setFirstVisibleRow(row)
                view.setFirstVisibleColumn(column)
                view.select(self.cells(name, row, column, 1, 1))
        view.setActiveSheet(self.model.Sheets.getByIndex(0))
