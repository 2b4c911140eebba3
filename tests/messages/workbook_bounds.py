"""Messages about workbooks that would cost too much, or that programs would read in two ways."""

from __future__ import annotations

from hardening.hostile_packages import HOSTILE_PACKAGES
from hardening.hostile_sheets import HOSTILE_SHEETS
from tests.messages.case import Case, Cause, Scene
from tests.messages.workbooks import read, rows
from tests.small_workbooks import write_cells
from xlgpt2 import run
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx import limits, package, sheet_xml

HOSTILE = {one.what: one for one in (*HOSTILE_PACKAGES, *HOSTILE_SHEETS)}


def refused(what: str) -> Case:
    """A hostile workbook, by what it is, is computed."""
    return Case(what, given(what), WorkbookError)


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
    Case("more parts than a package of ours has", smaller(limits, "MOST_PARTS", 3), WorkbookError),
    Case("a list of sheets that is too long", smaller(package, "MOST_AT_ONCE", 100), WorkbookError),
    Case("a row that is too long", smaller(sheet_xml, "_LONGEST_ROW", 10), WorkbookError),
    refused("a link to itself"),
    refused("a part that is there twice"),
    refused("a part that is there twice, in upper case"),
    refused("a part with a password"),
    refused("a part with an unknown compression method"),
    refused("a part that announces four gigabytes"),
    refused("an empty xl/sharedStrings.xml"),
    refused("a billion laughs in xl/workbook.xml"),
    refused("a document type behind a long comment"),
]

NAMES = [
    refused("names that refer to each other"),
    refused("a name that is there twice"),
    refused("two sheets with the same name"),
    refused("a name for a whole sheet"),
    refused("the name vocabulary_texts for one cell"),
]

CELLS = [
    refused("a cell in the last row and column"),
    refused("a cell beyond the last row"),
    refused("rows in descending order"),
    refused("a cell that is there twice"),
    refused("20,000 cells in a row"),
    Case(
        "a cell that is there again behind numbers without addresses",
        read(rows('<row r="1"><c r="A1"><v>1</v></c><c><v>2</v></c><c r="B1"><v>3</v></c></row>')),
        WorkbookError,
    ),
    refused("a shared string that does not exist"),
    refused("a link in all cells of a sheet"),
]

FORMULAS = [
    refused("a formula of 100,000 characters"),
    refused("an element in a formula"),
    refused("65 nested SUMs"),
    refused("an array formula beside its cell"),
    refused("an array formula in a billion cells"),
    Case(
        "a formula for several cells with a bracket too many",
        read(rows('<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">1)</f></c></row>')),
        WorkbookError,
    ),
    Case(
        "a formula for several cells with an open text",
        read(rows('<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:A2">"a</f></c></row>')),
        WorkbookError,
    ),
    refused("two array formulas in one place"),
    refused("a formula over another whole sheet"),
]

CASES = [*PACKAGES, *NAMES, *CELLS, *FORMULAS]
