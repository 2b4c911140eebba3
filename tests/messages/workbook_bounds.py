"""Messages about workbooks that would cost too much, or that programs would read in two ways."""

from __future__ import annotations

from hardening.hostile_packages import HOSTILE_PACKAGES
from hardening.hostile_sheets import HOSTILE_SHEETS
from tests.messages.case import Case, Cause, Scene
from tests.messages.formulas import MEND
from tests.messages.workbooks import OURS, read, rows
from tests.small_workbooks import write_cells
from xlgpt2 import run
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx import limits, package, sheet_xml

HOSTILE = {one.what: one for one in (*HOSTILE_PACKAGES, *HOSTILE_SHEETS)}

# Where these workbooks are: packages and their parts, and the cell that gets a formula.
FILE = "workbook hostile.xlsx"
PART = f"{FILE}: part xl/worksheets/sheet14.xml"
CELL = "cell 'Final norm'!$B$900"
ROW = "sheet Final norm, row 900"


def refused(what: str, message: str, hint: str = OURS) -> Case:
    """A hostile workbook, by what it is, is computed."""
    return Case(what, given(what), WorkbookError, message, hint)


def given(what: str) -> Cause:
    """A hostile workbook is made of the good one and computed."""

    def cause(scene: Scene) -> None:
        run(HOSTILE[what].make(scene.folder, scene.fixture("good_workbook")), top=1)

    return cause


def smaller(module: object, name: str, value: int) -> Cause:
    """A bound is as low as this while a good workbook is read."""

    def cause(scene: Scene) -> None:
        scene.monkeypatch.setattr(module, name, value)
        read(lambda path: write_cells(path, {"s!A1": 1}, {"a": "s!A1"}))(scene)

    return cause


PACKAGES = [
    Case(
        "more parts than a package of ours has",
        smaller(limits, "MOST_PARTS", 3),
        WorkbookError,
        "workbook book.xlsx: expected at most 3 parts, got <...>",
        OURS,
    ),
    Case(
        "a list of sheets that is too long",
        smaller(package, "MOST_AT_ONCE", 100),
        WorkbookError,
        "workbook book.xlsx: part _rels/.rels: expected at most 100 bytes, got <...>",
        OURS,
    ),
    Case(
        "a row that is too long",
        smaller(sheet_xml, "_LONGEST_ROW", 10),
        WorkbookError,
        "workbook book.xlsx: part xl/worksheets/sheet1.xml: expected rows of at most 10 bytes, got a longer one",
        OURS,
    ),
    refused("a link to itself", f"{FILE}: expected a file that can be read, got <...>"),
    refused(
        "a part that is there twice",
        f"{FILE}: expected each part once, got xl/workbook.xml twice",
    ),
    refused(
        "a part that is there twice, in capitals",
        f"{FILE}: expected each part once, got XL/WORKBOOK.XML twice",
    ),
    refused(
        "a part with a password",
        f"{PART}: expected one without a password, got one that needs it",
        "save the workbook without a password",
    ),
    refused(
        "a part packed in a way that no program knows",
        f"{PART}: expected it stored or deflated, got method 99",
    ),
    refused(
        "a part that announces four gigabytes",
        f"{FILE}: expected at most <...> bytes when it is unpacked, which is 200 times its size and 64,000,000 more, got 4,29<...>",
    ),
    refused(
        "an empty xl/sharedStrings.xml",
        f"{FILE}: part xl/sharedStrings.xml: expected XML, got no element found: line 1, column 0",
    ),
    refused(
        "a billion laughs in xl/workbook.xml",
        f"{FILE}: part xl/workbook.xml: expected an element and no document type, got a document type",
    ),
    refused(
        "a document type behind a long comment",
        f"{PART}: expected an element and no document type, got 4,096 bytes without any",
    ),
]

NAMES = [
    refused(
        "names that stand for each other",
        f"{FILE}: expected names that don't need each other, got <...> -> <...>",
    ),
    refused("a name that is there twice", f"{FILE}: expected each name once, got 'LOGITS' twice"),
    refused("two sheets of one name", f"{FILE}: expected each sheet once, got 'PROMPT' twice"),
    refused(
        "a name for a whole sheet",
        f"{FILE}: expected at most <...> cells in named ranges, got 17,179,<...>",
    ),
    refused(
        "the name vocabulary_texts for one cell",
        "range vocabulary_texts at Logits!$A$1: expected 262 rows or more, got 1",
        "give a workbook that xlgpt2 build wrote, with its names where they were",
    ),
]

CELLS = [
    refused(
        "a cell in the last row and column",
        "sheet Final norm: expected at most <...> more cells up to the last one, XFD1048576, got 17,179,869,184",
    ),
    refused(
        "a cell beyond the last row",
        "sheet Final norm: expected a row from <...> to 1,048,576, got row '99999999'",
    ),
    refused(
        "rows that go up",
        "sheet Final norm: expected a row from 901 to 1,048,576, got row '3'",
    ),
    refused(
        "a cell that is there twice",
        f"{ROW}: expected a cell right of column 1, up to 16,384, got 'A900'",
    ),
    refused(
        "20,000 cells in a row",
        f"{ROW}: expected a cell right of column 16384, up to 16,384, got one more",
    ),
    Case(
        "a cell that is there again behind numbers without addresses",
        read(rows('<row r="1"><c r="A1"><v>1</v></c><c><v>2</v></c><c r="B1"><v>3</v></c></row>')),
        WorkbookError,
        "sheet s, row 1: expected a cell right of column 2, got 'B1'",
        OURS,
    ),
    refused(
        "a text that is not among the texts",
        f"{FILE}: sheet Final norm: expected cells, got <...>",
    ),
    refused(
        "a link in all cells of a sheet",
        "sheet Final norm: expected at most 100,000 cells with links, got 17,179,<...>",
    ),
]

FORMULAS = [
    refused(
        "a formula of 100,000 characters",
        f"{CELL}: expected at most 8,192 characters, got more",
    ),
    refused("an element in a formula", f"{CELL}: expected text, got an element x"),
    refused(
        "65 SUMs in each other",
        f"{CELL}: expected at most 64 brackets in each other, got 65",
    ),
    refused(
        "an array formula beside its cell",
        f"{CELL}: expected an array formula to fill a rectangle from its own cell on, got 'F1:G2'",
    ),
    refused(
        "an array formula in a billion cells",
        f"{CELL}: expected at most <...> more cells and characters in formulas of this sheet, got 1,000,000,<...>",
    ),
    Case(
        "a formula for several cells with a bracket too many",
        read(rows('<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">1)</f></c></row>')),
        WorkbookError,
        "cell s!$A$1: expected a formula that cells can share, got a bracket too many",
        MEND,
    ),
    Case(
        "a formula for several cells with an open text",
        read(rows('<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">"a</f></c></row>')),
        WorkbookError,
        'cell s!$A$1: expected a formula that cells can share, got <...> in ="a',
        MEND,
    ),
    refused(
        "two array formulas in one place",
        "cell 'Final norm'!$B$900:$C$901: expected one formula, got two",
    ),
    refused(
        "a formula over another whole sheet",
        f"{FILE}: expected at most <...> cells up to the last of each sheet that is named, filled or read, got 17,179,<...>",
    ),
]

CASES = [*PACKAGES, *NAMES, *CELLS, *FORMULAS]
