"""Messages about workbooks in which no results can be stored."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from tests.messages.case import Case, Cause, Scene, command
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.caching.package import write_cached_values
from xlgpt2.xlsx.caching.sheet import CachedSheet

SAVE_ANEW = "open the workbook in LibreOffice or Excel, save it as .xlsx, and try again"


def stored(text: bytes) -> Cause:
    """Results are stored in a sheet with these rows."""

    def cause(scene: Scene) -> None:
        sheet = CachedSheet("a tab", lambda area: np.zeros(area.shape))
        list(
            sheet.pieces(io.BytesIO(b"<worksheet><sheetData>" + text + b"</sheetData></worksheet>"))
        )

    return cause


def with_prefixes(scene: Scene) -> None:
    """Results are stored in a workbook whose XML has a prefix before every name."""
    with zipfile.ZipFile(scene.folder / "book.xlsx", "w") as package:
        package.writestr("xl/worksheets/sheet1.xml", "<x:worksheet><x:sheetData/></x:worksheet>")
    with zipfile.ZipFile(scene.folder / "book.xlsx") as package:
        sheets = {"xl/worksheets/sheet1.xml": "a tab"}
        write_cached_values(
            package, scene.folder / "to.xlsx", sheets, lambda area: np.zeros(area.shape)
        )


CASES = [
    Case(
        "a folder to bake",
        command("bake", "MODEL"),
        WorkbookError,
        "workbook model: expected a file, got a folder",
        "bake the workbooks of a split model one by one: each is computed from what stands on its own tab Input",
    ),
    Case(
        "XML with prefixes",
        with_prefixes,
        WorkbookError,
        "part xl/worksheets/sheet1.xml: expected a <worksheet> in UTF-8 without a prefix, got none",
        SAVE_ANEW,
    ),
    Case(
        "XML with comments",
        stored(b'<!-- <row r="1"> -->'),
        WorkbookError,
        "sheet a tab: expected XML without comments and CDATA, got some",
        SAVE_ANEW,
    ),
    Case(
        "a table of operations",
        stored(b'<row r="1"><c r="A1"><f t="dataTable" ref="A1:B2"/></c></row>'),
        WorkbookError,
        "sheet a tab: expected formulas of the kinds normal, shared and array, got 'dataTable'",
        "put values in place of these formulas",
    ),
    Case(
        "an array formula whose area is none",
        stored(b'<row r="1"><c r="A1"><f t="array" ref="A1:">1</f></c></row>'),
        WorkbookError,
        "sheet a tab: expected the area of an array formula, got 'A1:'",
        SAVE_ANEW,
    ),
]
