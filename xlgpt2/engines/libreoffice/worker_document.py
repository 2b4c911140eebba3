"""An open workbook in LibreOffice, which the worker edits, computes, reads and prints.

Part of the program worker.py: standard library and UNO's objects only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import uno
from com.sun.star.uno import Exception as UnoException

# From this folder, where Python looks first for a program's modules.
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

#: Rows and columns that a window of normal size shows.
SHOWN_ROWS, SHOWN_COLUMNS = 40, 20

#: A request or an answer.
Message = dict[str, Any]


class RefusedError(Exception):
    """A request that can't be executed; the engine raises the error in `answer`."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(kind)
        self.answer = {"refused": kind, **details}


class Document:
    """An open workbook, its overridden values, and how to restore them."""

    hidden = True  # without a window

    def __init__(self, desktop: Uno, path: str, line_breaks: list[list[Any]]) -> None:
        self.desktop, self.path, self.line_breaks = desktop, path, line_breaks
        self.constant: dict[tuple[Any, ...], bool] = {}  # whether rectangles have no formulas
        self.model = self.open()
        self.originals: list[tuple[Any, Any]] = []  # overridden ranges, and the file's values
        self.rectangles: list[list[Any]] = []  # the addresses of these ranges
        self.current: list[Rows | None] = []  # the values that override them
        self.lost_formulas = False

    def open(self) -> Uno:
        """The file as a document of LibreOffice."""
        # Caches for this model: looking up a sheet or a range takes LibreOffice a millisecond.
        self.sheets: dict[str, Uno] = {}
        self.ranges: dict[tuple[Any, ...], Uno] = {}
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

    def close(self) -> None:
        """Close the document without saving it."""
        self.model.close(True)

    def cells(self, sheet: str, row: int, column: int, rows: int, columns: int) -> Uno:
        """A rectangle of cells."""
        rectangle = (sheet, row, column, rows, columns)
        if rectangle not in self.ranges:
            self.ranges[rectangle] = self.sheet(sheet).getCellRangeByPosition(
                column, row, column + columns - 1, row + rows - 1
            )
        return self.ranges[rectangle]

    def sheet(self, name: str) -> Uno:
        """A sheet."""
        if name not in self.sheets:
            self.sheets[name] = self.model.Sheets.getByName(name)
        return self.sheets[name]

    def used(self, sheet: str) -> Uno:
        """The cells of a sheet up to the last one in use."""
        cursor = self.sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(True)
        return cursor

    def restore(self) -> None:
        """Restore the file's own contents."""
        if self.lost_formulas:
            # LibreOffice does not return a formula's text with all digits; the file has them.
            self.close()
            self.model = self.open()
        else:
            for cells, data in reversed(self.originals):
                put(cells, data)
        self.originals, self.rectangles, self.lost_formulas = [], [], False

    def override(self, overrides: list[list[Any]]) -> float:
        """Override the file's own values; each override is [sheet, row, column, rows of values].

        Returns the seconds that this took, since LibreOffice may already compute.
        """
        rectangles = [[s, r, c, len(data), len(data[0])] for s, r, c, data in overrides]
        if rectangles != self.rectangles:  # else the same cells get other values
            self.restore()
            self.remember([self.cells(*rectangle) for rectangle in rectangles])
            self.rectangles, self.current = rectangles, [None] * len(overrides)
        start = time.perf_counter()
        for number, (cells, _own) in enumerate(self.originals):
            data = overrides[number][3]
            for part, values in changes(cells, self.current[number], data):
                try:
                    put(part, values)
                except UnoException:
                    self.check_arrays(part)
                    raise
            self.current[number] = data
        return time.perf_counter() - start

    def remember(self, ranges: list[Uno]) -> None:
        """Save the file's values of cells that will be overridden."""
        formulas = [cells.queryContentCells(FORMULA_CELLS).getCount() for cells in ranges]
        self.lost_formulas = any(formulas)
        self.originals = [(cells, cells.getDataArray()) for cells in ranges]

    def check_arrays(self, overridden: Uno) -> None:
        """Raise RefusedError if only a part of an array formula would be overridden."""
        for cell in each(overridden.queryContentCells(FORMULA_CELLS)):
            cursor = cell.Spreadsheet.createCursorByRange(cell)
            cursor.collapseToCurrentArray()
            array = cursor.RangeAddress
            if not contains(overridden.RangeAddress, array):
                raise RefusedError(
                    "array",
                    sheet=cell.Spreadsheet.Name,
                    cell=place(cell.RangeAddress),
                    array=place(array),
                )

    def calculate(self, only_changed: bool = False) -> float:
        """Compute every formula again, ignoring cached values, and return the seconds.

        With `only_changed`, compute only what depends on cells changed since the last time.
        """
        start = time.perf_counter()
        if only_changed:
            self.model.calculate()
        else:
            self.model.calculateAll()
        return time.perf_counter() - start

    def read(self, sheet: str, row: int, column: int, rows: int, columns: int) -> Iterator[Message]:
        """The values of a rectangle, and its errors as [row, column, LibreOffice's code].

        A large rectangle is split into several messages, some rows each.
        """
        step = max(1, CELLS_A_MESSAGE // columns)
        for first in range(row, row + rows, step):
            height = min(step, row + rows - first)
            rectangle = (sheet, first, column, height, columns)
            cells = self.cells(*rectangle)
            constant = self.constant.get(rectangle)
            if constant is None:
                constant = cells.queryContentCells(FORMULA_CELLS).getCount() == 0
                if not self.lost_formulas:
                    self.constant[rectangle] = constant
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
        """A sheet of our own after those of the file."""
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
        """The parts of a rectangle that show TRUE and FALSE, as [row, column, rows, columns]."""
        parts = []
        same_format = self.cells(sheet, row, column, rows, columns).getUniqueCellFormatRanges()
        for number in range(same_format.getCount()):
            cells = same_format.getByIndex(number)
            if self.model.NumberFormats.getByKey(cells.NumberFormat).Type & LOGICAL:
                for part in cells.getRangeAddresses():
                    first_row, first_column, *size = place(part)
                    parts.append([first_row - row, first_column - column, *size])
        return parts

    def to_pdf(self, target: str, selection: list[Any] | None) -> None:
        """Export the workbook, a sheet or a rectangle of it, in landscape and one page wide."""
        styles = self.model.StyleFamilies.getByName("PageStyles")
        for sheet in self.model.Sheets:
            style = styles.getByName(sheet.PageStyle)
            if not style.IsLandscape:
                style.IsLandscape = True
                style.Width, style.Height = style.Height, style.Width
            style.ScaleToPagesX, style.ScaleToPagesY = 1, 0
            style.HeaderIsOn = style.FooterIsOn = False
        options = {}
        if selection is not None:
            options["Selection"] = (
                self.used(*selection) if len(selection) == 1 else self.cells(*selection)
            )
        self.model.storeToURL(
            uno.systemPathToFileUrl(target),
            properties(
                FilterName="calc_pdf_Export",
                FilterData=uno.Any("[]com.sun.star.beans.PropertyValue", properties(**options)),
            ),
        )


class Window(Document):
    """A document with a window, which stays open when values are restored, and shows all tabs."""

    hidden = False

    def __init__(self, desktop: Uno, path: str, line_breaks: list[list[Any]]) -> None:
        super().__init__(desktop, path, line_breaks)
        self.formulas: list[Any] = []  # of each overridden range, or None

    def remember(self, ranges: list[Uno]) -> None:
        """Save the file's values of cells that will be overridden, and formulas as texts."""
        super().remember(ranges)
        has = [cells.queryContentCells(FORMULA_CELLS).getCount() > 0 for cells in ranges]
        self.formulas = [
            cells.getFormulaArray() if has[number] else None for number, cells in enumerate(ranges)
        ]

    def restore(self) -> None:
        """Restore values in the open document, and enter formulas again."""
        for number, (cells, data) in enumerate(self.originals):
            if self.formulas[number] is None:
                put(cells, data)
            else:
                cells.setFormulaArray(self.formulas[number])
        self.originals, self.rectangles, self.formulas = [], [], []
        self.lost_formulas = False

    def calculate(self, only_changed: bool = False) -> float:
        """Compute what depends on changed cells, show all tabs, and return the seconds.

        LibreOffice computes some cells only when it shows them.
        """
        start = time.perf_counter()
        self.model.calculate()
        self.show_all_tabs()
        return time.perf_counter() - start

    def show_all_tabs(self) -> None:
        """Show the start and the end of every tab, and then the first tab again."""
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
