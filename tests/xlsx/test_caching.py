"""Cached values in the XML of a sheet: where and how they are written, and what does not change."""

import io
import tracemalloc

import numpy as np
import pytest

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.caching.row import with_cached_values
from xlgpt2.xlsx.caching.sheet import CachedSheet
from xlgpt2.xlsx.sheet_xml import (
    SheetRow,
    cells,
    rows,
    with_dimension,
)

# what is tested, the value, the XML of its cell
RESULTS = [
    ("a number", 0.1, b"<c><v>0.1</v></c>"),
    ("all digits of a number", 1 / 3, b"<c><v>0.3333333333333333</v></c>"),
    ("a small number", 1e-05, b"<c><v>1e-05</v></c>"),
    ("a whole number without a point", 7.0, b"<c><v>7</v></c>"),
    ("zero without a sign", -0.0, b"<c><v>0</v></c>"),
    ("true", True, b'<c t="b"><v>1</v></c>'),
    ("false", False, b'<c t="b"><v>0</v></c>'),
    ("an error", CellError("#DIV/0!"), b'<c t="e"><v>#DIV/0!</v></c>'),
    ("an error that only one engine knows", CellError("Err:502"), b'<c t="e"><v>#VALUE!</v></c>'),
    ("a text", "12", b'<c t="str"><v>12</v></c>'),
    ("a text that looks like an error", "#N/A", b'<c t="str"><v>#N/A</v></c>'),
    ("an empty text", "", b'<c t="str"><v></v></c>'),
    ("markup in a text", "<b>&amp;", b'<c t="str"><v>&lt;b&gt;&amp;amp;</v></c>'),
    ("line ends", "a\nb\r", b'<c t="str"><v xml:space="preserve">a\nb_x000D_</v></c>'),
    ("a seeming escape", "_x0041_", b'<c t="str"><v>_x005F_x0041_</v></c>'),
    ("characters that XML excludes", "\x07\uffff", b'<c t="str"><v>_x0007__xFFFF_</v></c>'),
    ("spaces at the ends", " a", b'<c t="str"><v xml:space="preserve"> a</v></c>'),
    ("letters of all kinds", "é😀", '<c t="str"><v>é😀</v></c>'.encode()),
]


@pytest.mark.parametrize(("sentence", "result", "xml"), RESULTS, ids=[row[0] for row in RESULTS])
def test_a_value_is_written(sentence, result, xml):
    row = SheetRow(1, b"<row>", b"<c></c>")
    assert with_cached_values(row, list(cells(row)), {1: result}) == b"<row>" + xml + b"</row>"


def numbered(area):
    """An area whose cells are 100 times their row plus their column."""
    return np.add.outer(
        100.0 * np.arange(area.row, area.row + area.rows),
        np.arange(area.column, area.column + area.columns),
    )


def stored(text, read=numbered):
    """The text between <sheetData> and </sheetData> with cached values."""
    head, tail = b'<worksheet><dimension ref="A1:B2"/><sheetData>', b"</sheetData></worksheet>"
    sheet = CachedSheet("a tab", read)
    xml = b"".join(sheet.pieces(io.BytesIO(head + text + tail)))
    assert xml.startswith(head)
    assert xml.endswith(tail)
    return xml.removeprefix(head).removesuffix(tail)


# what is tested, rows of the file, the same rows with cached values
ROWS = [
    (
        "a formula's cell keeps its style",
        b'<row r="2"><c r="C2" s="5"><f>A1</f></c></row>',
        b'<row r="2"><c r="C2" s="5"><f>A1</f><v>203</v></c></row>',
    ),
    (
        "an old cached value is removed, with its type and metadata",
        b'<row r="1"><c r="A1" t="str" vm="1" s="5"><f>B1</f><v>old</v></c></row>',
        b'<row r="1"><c r="A1" s="5"><f>B1</f><v>101</v></c></row>',
    ),
    (
        "an inline text is removed too",
        b'<row r="1"><c r="A1" t="inlineStr"><f>B1</f><is><t>old</t></is></c></row>',
        b'<row r="1"><c r="A1"><f>B1</f><v>101</v></c></row>',
    ),
    (
        "other content of a cell stays",
        b'<row r="1"><c r="A1"><f ca="1">B1</f><v/><extLst><ext/></extLst></c></row>',
        b'<row r="1"><c r="A1"><f ca="1">B1</f><v>101</v><extLst><ext/></extLst></c></row>',
    ),
    (
        "constants stay",
        b'<row r="1"><c r="A1" t="s"><v>3</v></c><c r="B1"><f>A1</f></c><c r="C1"><v>9</v></c></row>',
        b'<row r="1"><c r="A1" t="s"><v>3</v></c><c r="B1"><f>A1</f><v>102</v></c><c r="C1"><v>9</v></c></row>',
    ),
    (
        "every cell that shares a formula has its own value",
        b'<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:B1">1+1</f></c><c r="B1"><f t="shared" si="0"/></c></row>',
        b'<row r="1"><c r="A1"><f t="shared" si="0" ref="A1:B1">1+1</f><v>101</v></c><c r="B1"><f t="shared" si="0"/><v>102</v></c></row>',
    ),
    (
        "all cells of an array formula have values",
        b'<row r="1"><c r="A1"><f t="array" ref="A1:B2">1</f></c><c r="B1" s="3"/></row><row r="2"><c r="A2"></c><c r="B2"><v>old</v></c></row>',
        b'<row r="1"><c r="A1"><f t="array" ref="A1:B2">1</f><v>101</v></c><c r="B1" s="3"><v>102</v></c></row><row r="2"><c r="A2"><v>201</v></c><c r="B2"><v>202</v></c></row>',
    ),
    (
        "missing cells are added between others",
        b'<row r="1" spans="2:5"><c r="B1"><f t="array" ref="B1:D1">1</f></c><c r="E1"><v>9</v></c></row>',
        b'<row r="1"><c r="B1"><f t="array" ref="B1:D1">1</f><v>102</v></c><c r="C1"><v>103</v></c><c r="D1"><v>104</v></c><c r="E1"><v>9</v></c></row>',
    ),
    (
        "missing cells are added before others",
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f></c></row><row r="2" ht="9"><c r="B2"/></row>',
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f><v>101</v></c></row><row r="2" ht="9"><c r="A2"><v>201</v></c><c r="B2"/></row>',
    ),
    (
        "an empty row element gets cells",
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f></c></row><row r="2" ht="9"/><row r="3"/>',
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f><v>101</v></c></row><row r="2" ht="9"><c r="A2"><v>201</v></c></row><row r="3"/>',
    ),
    (
        "missing rows are added, between others and at the end",
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A4">1</f></c></row><row r="3"><c r="A3"/></row>',
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A4">1</f><v>101</v></c></row><row r="2"><c r="A2"><v>201</v></c></row><row r="3"><c r="A3"><v>301</v></c></row><row r="4"><c r="A4"><v>401</v></c></row>',
    ),
    (
        "cells without addresses follow the one before",
        b'<row r="4"><c r="C4" s="1"><f t="array" ref="C4:E4">1</f></c><c s="1"/><c s="1"/><c s="1"/></row>',
        b'<row r="4"><c r="C4" s="1"><f t="array" ref="C4:E4">1</f><v>403</v></c><c s="1"><v>404</v></c><c s="1"><v>405</v></c><c s="1"/></row>',
    ),
    (
        "rows without numbers follow the one before",
        b"<row><c><v>1</v></c></row><row><c><f>A1</f></c></row>",
        b"<row><c><v>1</v></c></row><row><c><f>A1</f><v>201</v></c></row>",
    ),
    (
        "whitespace between elements and single quotes stay",
        b"\n <row r='1'>\n  <c r='B1' s='4'>\n<f>A1</f>\n</c> </row>\n<row r='2'><c r='A2' t='n'><f>A1</f></c></row>\n",
        b"\n <row r='1'>\n  <c r='B1' s='4'>\n<f>A1</f><v>102</v>\n</c> </row>\n<row r='2'><c r='A2'><f>A1</f><v>201</v></c></row>\n",
    ),
    (
        "several array formulas in a row",
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f></c><c r="B1"><f t="array" ref="B1:B2">1</f></c></row>',
        b'<row r="1"><c r="A1"><f t="array" ref="A1:A2">1</f><v>101</v></c><c r="B1"><f t="array" ref="B1:B2">1</f><v>102</v></c></row><row r="2"><c r="A2"><v>201</v></c><c r="B2"><v>202</v></c></row>',
    ),
    ("a sheet without formulas does not change", b'<row r="1"><c r="A1"><v>1</v></c></row>', b'<row r="1"><c r="A1"><v>1</v></c></row>'),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "before", "after"), ROWS, ids=[row[0] for row in ROWS])
def test_values_are_written_to_the_cells_of_formulas(sentence, before, after):
    assert stored(before) == after
    assert stored(after) == after, "a second time nothing changes"


REFUSED = [
    ("another kind of formula", b'<row r="1"><c r="A1"><f t="dataTable" ref="A1:B2"/></c></row>', "normal, shared or array formulas, got 'dataTable'"),
    ("an invalid area", b'<row r="1"><c r="A1"><f t="array" ref="A1:">1</f></c></row>', "area of an array formula, got 'A1:'"),
    ("a comment, which might contain a row", b'<!-- <row r="1"> -->', "without comments"),
    ("CDATA, which might contain a cell", b'<row r="1"><c r="A1"><f><![CDATA[A1]]></f></c></row>', "or CDATA"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "text", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_xml_that_no_spreadsheet_program_writes_is_refused(sentence, text, words):
    with pytest.raises(WorkbookError, match=f"^sheet a tab: expected .*{words}") as caught:
        stored(text)
    assert caught.value.hint


def test_consecutive_rows_are_read_together():
    """Consecutive rows are read as one area; a row without formulas, or a missing one, ends it."""
    requested = []

    def read(area):
        requested.append(area.local)
        return numbered(area)

    formula = b'<row r="%d"><c r="%s"><f>1</f></c></row>'
    text = formula % (1, b"C1") + formula % (2, b"B2") + b'<row r="3"/>' + formula % (4, b"A4")
    stored(text + formula % (6, b"A6"), read)
    assert requested == ["B1:C2", "A4", "A6"]


def test_a_sheet_streams(monkeypatch):
    """60 MB of weights below some formulas need only a few megabytes of memory."""
    weights = b'<c r="A%d"><v>0.123456789</v></c>' + b"<c><v>0.123456789</v></c>" * 767

    class Source(io.RawIOBase):
        """A sheet generated while it is read."""

        def __init__(self) -> None:
            self.row = 0

        def read(self, size=-1):
            self.row += 100
            if self.row > 3_000:
                return b"</sheetData>" if self.row == 3_100 else b""
            new_rows = range(self.row - 99, self.row + 1)
            formula = b'<row r="%d"><c r="A%d"><f>1</f></c></row>'
            if self.row == 100:
                return b"<sheetData>" + b"".join(formula % (row, row) for row in new_rows)
            return b"".join(b'<row r="%d">' % row + weights % row + b"</row>" for row in new_rows)

    tracemalloc.start()
    try:
        length = sum(map(len, CachedSheet("s", numbered).pieces(Source())))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length > 55_000_000
    assert peak < 15_000_000


def test_the_dimension_grows_with_the_cells():
    """It includes the cells of array formulas, and does not change if it did before."""
    head = b'<worksheet><dimension ref="B2:C5"></dimension><sheetData>'
    assert with_dimension(head, 5, 3) == head
    assert with_dimension(head, 9, 1) == head.replace(b"B2:C5", b"A1:C9")
    assert with_dimension(head, 1, 28) == head.replace(b"B2:C5", b"A1:AB5")
    assert with_dimension(b"<worksheet><sheetData>", 9, 9) == b"<worksheet><sheetData>"


@pytest.mark.parametrize("size", [1, 7, 30, 1_000])
def test_rows_are_found_for_any_chunk_size(monkeypatch, size):
    """The pieces are the same, however much of the file is read at a time."""
    text = (
        b'<sheetData><row r="3"><c r="A3"/></row>\n<row r="5" ht="2"/><row r="6"></row></sheetData>'
    )
    monkeypatch.setattr("xlgpt2.xlsx.sheet_xml._CHUNK", size)
    assert list(rows(io.BytesIO(text), "sheet s")) == [
        b"<sheetData>",
        SheetRow(3, b'<row r="3">', b'<c r="A3"/>'),
        b"\n",
        SheetRow(5, b'<row r="5" ht="2"/>', b""),
        SheetRow(6, b'<row r="6">', b""),
        b"</sheetData>",
    ]


def test_areas_are_named_by_their_sheet():
    """A requested area is on the current sheet, whatever its name."""
    requested = []
    sheet = CachedSheet("it's a tab", lambda area: requested.append(area) or numbered(area))
    text = b'<sheetData><row r="1"><c r="B1"><f t="array" ref="B1:C1">1</f></c></row></sheetData>'
    list(sheet.pieces(io.BytesIO(text)))
    assert requested == [Area("it's a tab", 1, 2, 1, 2)]
    assert (sheet.formulas, sheet.values, sheet.last_row, sheet.last_column) == (1, 2, 1, 3)
