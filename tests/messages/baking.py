"""Messages about workbooks in which no results can be stored."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from tests.messages.case import Case, Cause, Scene, command
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.caching.package import write_cached_values
from xlgpt2.xlsx.caching.sheet import CachedSheet


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
    Case("a folder to bake", command("bake", "MODEL"), WorkbookError),
    Case("XML with prefixes", with_prefixes, WorkbookError),
    Case("XML with comments", stored(b'<!-- <row r="1"> -->'), WorkbookError),
    Case(
        "a table of operations",
        stored(b'<row r="1"><c r="A1"><f t="dataTable" ref="A1:B2"/></c></row>'),
        WorkbookError,
    ),
    Case(
        "an array formula whose area is none",
        stored(b'<row r="1"><c r="A1"><f t="array" ref="A1:">1</f></c></row>'),
        WorkbookError,
    ),
]
