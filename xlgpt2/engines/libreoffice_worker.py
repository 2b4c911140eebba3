"""The half of the LibreOffice engine that speaks UNO, run by the Python that LibreOffice knows.

It is a program of its own (standard library, `uno` and libreoffice_cells.py only; Python 3.9 or
later), started as

    python libreoffice_worker.py NAME_OF_THE_PIPE

It connects to the office process that listens on that pipe, then answers one JSON line from
standard input with JSON lines on standard output, until the input ends. Rows and columns count
from 0 here, as in UNO.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import Exception as UnoException

# A neighbour in this folder, which is where Python looks first for a program's modules.
from libreoffice_cells import Rows, Uno, changes, contains, each, place, put

XLSX = "Calc MS Excel 2007 XML"
FORMULA_CELLS = 16  # com.sun.star.sheet.CellFlags.FORMULA
ERROR_RESULTS = 4  # com.sun.star.sheet.FormulaResult.ERROR
LOGICAL = 1024  # com.sun.star.util.NumberFormat.LOGICAL
PATIENCE_S = 0.1
CELLS_A_MESSAGE = 200_000  # some megabytes of JSON

#: A request or an answer.
Message = dict[str, Any]


class RefusedError(Exception):
    """A request that can't be carried out; `answer` tells the engine which error to raise."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(kind)
        self.answer = {"refused": kind, **details}


def properties(**values: object) -> tuple[Any, ...]:
    """Named values as UNO wants them."""
    made = []
    for name, value in values.items():
        item = PropertyValue()
        item.Name, item.Value = name, value
        made.append(item)
    return tuple(made)


def connect(pipe: str) -> Uno:
    """The office's component context, once it answers on the pipe."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    while True:  # the engine, which started us and watches the clock, ends this by killing us
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(PATIENCE_S)


def version(context: Uno) -> str:
    """LibreOffice's version, as its About box has it."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    node = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess",
        properties(nodepath="/org.openoffice.Setup/Product"),
    )
    return str(node.getByName("ooSetupVersionAboutBox"))


class Document:
    """One open workbook, what was typed into it, and how to take that back."""

    def __init__(self, desktop: Uno, path: str) -> None:
        self.desktop, self.path = desktop, path
        self.model = self.open()
        self.overwritten: list[tuple[Any, Any]] = []
        self.covered: list[list[Any]] = []
        self.typed: list[Rows | None] = []  # what was typed last into each of the covered ranges
        self.lost_formulas = False

    def open(self) -> Uno:
        """The file as a document of LibreOffice, hidden."""
        url = uno.systemPathToFileUrl(self.path)
        try:
            model = self.desktop.loadComponentFromURL(
                url, "_blank", 0, properties(Hidden=True, FilterName=XLSX)
            )
        except UnoException as error:
            raise RefusedError("workbook", message=str(error.Message)) from error
        if model is None:
            raise RefusedError("workbook", message="no workbook")
        return model

    def cells(self, sheet: str, row: int, column: int, rows: int, columns: int) -> Uno:
        """A rectangle of cells."""
        return self.model.Sheets.getByName(sheet).getCellRangeByPosition(
            column, row, column + columns - 1, row + rows - 1
        )

    def used(self, sheet: str) -> Uno:
        """The cells of a sheet up to the last that holds something."""
        cursor = self.model.Sheets.getByName(sheet).createCursor()
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
            ranges = [self.cells(*where) for where in covered]
            for cells in ranges:
                self.check_formulas(cells, ranges)
            self.overwritten = [(cells, cells.getDataArray()) for cells in ranges]
            self.covered, self.typed = covered, [None] * len(blocks)
        start = time.perf_counter()
        for number, (cells, _own) in enumerate(self.overwritten):
            data = blocks[number][3]
            for part, values in changes(cells, self.typed[number], data):
                put(part, values)
            self.typed[number] = data
        return time.perf_counter() - start

    def check_formulas(self, cells: Uno, ranges: list[Any]) -> None:
        """Note the formulas that typing would replace; refuse to replace part of an array."""
        covered = [typed.RangeAddress for typed in ranges]
        for cell in each(cells.queryContentCells(FORMULA_CELLS)):
            self.lost_formulas = True
            cursor = cell.Spreadsheet.createCursorByRange(cell)
            cursor.collapseToCurrentArray()
            array = cursor.RangeAddress
            if not any(contains(typed, array) for typed in covered):
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
            cells = self.cells(sheet, first, column, height, columns)
            errors = []
            for cell in each(cells.queryFormulaCells(ERROR_RESULTS)):
                address = cell.CellAddress
                errors.append([address.Row - first, address.Column - column, cell.getError()])
            constant = cells.queryContentCells(FORMULA_CELLS).getCount() == 0
            yield {"values": cells.getDataArray(), "errors": errors, "constant": constant}

    def truth_values(
        self, sheet: str, row: int, column: int, rows: int, columns: int
    ) -> list[list[int]]:
        """Where in a rectangle numbers are shown as TRUE and FALSE: row, column, rows, columns."""
        found = []
        alike = self.cells(sheet, row, column, rows, columns).getUniqueCellFormatRanges()
        for number in range(alike.getCount()):
            cells = alike.getByIndex(number)
            if self.model.NumberFormats.getByKey(cells.NumberFormat).Type & LOGICAL:
                for address in cells.getRangeAddresses():
                    first_row, first_column, *size = place(address)
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


def answer(office: Uno, document: Document | None, request: Message) -> Document | None:
    """Carry out one request, print its answers, and give the document that is open now."""
    command = request["command"]
    if command == "load":
        document = Document(office, request["path"])
        say({})
        return document
    assert document is not None
    if command == "compute":
        seconds = document.type(request["typed"])
        seconds += document.calculate(request["only_changed"])
        for where in request["read"]:
            for part in document.read(*where):
                say(part)
        say({"seconds": seconds})
    elif command == "read":
        for part in document.read(*request["place"]):
            say(part)
        say({"truth_values": document.truth_values(*request["place"])})
    elif command == "pdf":
        document.calculate()
        document.to_pdf(request["target"], request["place"])
        say({})
    return document


def say(message: Message) -> None:
    """Answer with one line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Connect, then answer requests until there are no more."""
    context = connect(sys.argv[1])
    desktop = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.Desktop", context
    )
    say({"version": version(context)})
    document = None
    for line in sys.stdin:
        try:
            document = answer(desktop, document, json.loads(line))
        except RefusedError as error:
            say(error.answer)
        except UnoException as error:
            say({"refused": "uno", "message": str(error.Message)})
    desktop.terminate()


if __name__ == "__main__":
    main()
