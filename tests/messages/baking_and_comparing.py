"""Messages about workbooks that can't be baked, or not be compared."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from tests.messages.case import Case, Cause, Scene, command
from tests.sabotage import sabotaged
from tests.small_workbooks import write_cells, write_xml
from xlgpt2.bake import bake
from xlgpt2.errors import WorkbookError
from xlgpt2.workbook.sheet_results import SheetResults

SAVE_IT = "open the workbook in LibreOffice or Excel, save it as .xlsx, and try again"


def baked(rows: str) -> Cause:
    """A workbook of one sheet, from the XML of its rows, is baked."""

    def cause(scene: Scene) -> None:
        bake(write_xml(scene.folder / "book.xlsx", {"s": rows}, {"a": "s!$A$1"}))

    return cause


def stored(formula: str) -> Cause:
    """Results are stored in a sheet of one formula, which an engine took."""

    def cause(scene: Scene) -> None:
        xml = f'<worksheet><sheetData><row r="1"><c r="A1">{formula}</c></row></sheetData></worksheet>'
        results = SheetResults("s", lambda area: np.empty(area.shape, dtype=object))
        list(results.bits(BytesIO(xml.encode())))

    return cause


def with_prefixes(scene: Scene) -> None:
    """The elements of a sheet are called x:c and x:f instead of c and f."""
    path = write_cells(scene.folder / "book.xlsx", {"s!A1": "=1+1"}, {"a": "s!A1"})

    def prefixed(xml: str) -> str:
        named = xml.replace("xmlns=", "xmlns:x=").replace("</", "</x:").replace("<", "<x:")
        return named.replace("<x:/x:", "</x:")

    bake(sabotaged(path, scene.folder / "prefixed.xlsx", "s", prefixed))


CASES = [
    Case(
        "baking a folder",
        lambda scene: bake(scene.model()),
        WorkbookError,
        "model: expected a workbook, got a folder",
        "bake the workbooks of a split model one by one: each is computed from what stands on its own tab Input",
    ),
    Case(
        "baking a sheet with prefixes",
        with_prefixes,
        WorkbookError,
        "xl/worksheets/sheet1.xml: expected a <worksheet> in UTF-8 without a prefix, got none",
        SAVE_IT,
    ),
    Case(
        "baking a sheet with a comment in its XML",
        baked('<!-- --><row r="1"><c r="A1"><f>1+1</f></c></row>'),
        WorkbookError,
        "sheet s: expected no comments and no CDATA in its XML, got some",
        SAVE_IT,
    ),
    Case(
        "storing what a table of what-if data gives",
        stored('<f t="dataTable" ref="A1:A2"/>'),
        WorkbookError,
        "sheet s: expected formulas of the kinds normal, shared, array, got 'dataTable'",
        SAVE_IT,
    ),
    Case(
        "storing what an array formula without an area gives",
        stored('<f t="array" ref="A1:">1</f>'),
        WorkbookError,
        "sheet s: expected the area of an array formula, got 'A1:'",
        SAVE_IT,
    ),
    Case(
        "a workbook and a folder to compare",
        command("diff", "MODEL", "FILE"),
        WorkbookError,
        "workbooks: expected two files or two folders, got folder model and file model.xlsx",
        "give two workbooks, or two folders that xlgpt2 build --split wrote",
    ),
]
