"""Reading the contents of a file without cached values; broken ones are in tests/messages."""

import datetime

import numpy as np

from tests.small_workbooks import write_cells, write_xml
from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_workbook

#: Shared strings as in the file, and their texts.
TEXTS = {
    "  two before": "  two before",
    "after ": "after ",
    "  ": "  ",
    "two\nlines": "two\nlines",
    "&#9;a tab": "\ta tab",
    "&lt;b&gt; &amp; c": "<b> & c",
    "=1+1": "=1+1",
    "#N/A": "#N/A",
    "#DIV/0!": "#DIV/0!",
    "123": "123",
    "1e5": "1e5",
    "TRUE": "TRUE",
    "'quoted": "'quoted",
    "😀é": "😀é",
    "a_x000D_b": "a\rb",
    "_x005F_x0041_": "_x0041_",
    "_x00zz_": "_x00zz_",
}


def read(path, rows, names=("name", "s!$A$1"), texts=()):
    """The contents of a workbook of one sheet, from the XML of its rows."""
    return read_workbook(
        open_workbook(write_xml(path / "book.xlsx", {"s": rows}, dict([names]), texts))
    )


def test_texts_are_read_unchanged(tmp_path):
    """A text that looks like a formula, an error, a number or an escape stays that text."""
    rows = "".join(
        f'<row r="{i}"><c r="A{i}" t="s"><v>{i - 1}</v></c></row>' for i in range(1, len(TEXTS) + 1)
    )
    book = read(tmp_path, rows, texts=TEXTS)
    assert book.sheets["s"].others == {(i, 0): text for i, text in enumerate(TEXTS.values())}
    assert np.isnan(book.sheets["s"].numbers).all()
    assert book.formulas == ()


def test_other_constants_are_separate_from_numbers(tmp_path):
    """Numbers are in the grid; booleans, errors and inline texts are separate."""
    book = read(
        tmp_path,
        '<row r="2"><c r="B2"><v>0.1234567890123456789</v></c><c r="C2" t="b"><v>1</v></c>'
        '<c r="D2" t="e"><v>#N/A</v></c>'
        '<c r="E2" t="inlineStr"><is><t xml:space="preserve"> in</t></is></c></row>',
    )
    assert book.sheets["s"].numbers[1, 1] == 0.12345678901234568
    assert book.sheets["s"].others == {(1, 2): True, (1, 3): CellError("#N/A"), (1, 4): " in"}


def test_a_number_too_large_for_a_float_is_an_error(tmp_path):
    """In a row of numbers and beside a text; calamine reads it as infinity."""
    book = read(
        tmp_path,
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>-1e999</v></c></row>'
        '<row r="2"><c r="A2"><v>1e999</v></c><c r="B2" t="b"><v>1</v></c></row>',
    )
    assert np.nan_to_num(book.sheets["s"].numbers, nan=-7).tolist() == [[1, -7], [-7, -7]]
    too_large = CellError("#NUM!")
    assert book.sheets["s"].others == {(0, 1): too_large, (1, 0): too_large, (1, 1): True}


def test_cells_are_read_at_their_addresses(tmp_path):
    """Also after empty rows and columns, and without addresses."""
    late = read(tmp_path, '<row r="3"><c r="C3"><v>1</v></c></row>').sheets["s"].numbers
    assert np.argwhere(~np.isnan(late)).tolist() == [[2, 2]]
    bare = read(
        tmp_path, '<row><c><v>1</v></c><c><v>2</v></c></row><row r="4"><c><v>3</v></c></row>'
    )
    assert np.argwhere(~np.isnan(bare.sheets["s"].numbers)).tolist() == [[0, 0], [0, 1], [3, 0]]


def test_a_wrong_dimension_has_no_effect(tmp_path):
    """A sheet larger than its dimension is read completely."""
    rows = '<row r="9"><c r="A9"><f>1+1</f></c><c r="B9"><v>5</v></c></row>'
    book = read(tmp_path, f'<dimension ref="A1:A2"/><sheetData>{rows}')
    assert book.sheets["s"].numbers[8, 1] == 5
    assert [(f.area.local, f.text) for f in book.formulas] == [("A9", "=1+1")]


def test_formulas_are_read_without_cached_values(tmp_path):
    """Plain, array and shared formulas."""
    book = read(
        tmp_path,
        '<row r="1"><c r="A1"><v>7</v></c><c r="B1"><f>A1*2</f><v>99</v></c>'
        '<c r="C1"><f t="array" ref="C1:D2">A1*{1,2;3,4}</f><v>99</v></c><c r="D1"><v>99</v></c>'
        '<c r="E1" t="str"><f>"a"&amp;"b"</f><v>false</v></c></row>'
        '<row r="2"><c r="B2"><f t="shared" si="0" ref="B2:B3">$A$1+A2</f><v>99</v></c>'
        '<c r="C2"><v>99</v></c><c r="D2"><v>99</v></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"/><v>99</v></c></row>'
        "<row><c><v>3</v></c><c><f>A1&lt;2</f></c></row>",
    )
    assert {f.area.local: f.text for f in book.formulas} == {
        "B1": "=A1*2",
        "C1:D2": "=A1*{1,2;3,4}",
        "E1": '="a"&"b"',
        "B2": "=$A$1+A2",
        "B3": "=$A$1+A3",
        "B4": "=A1<2",
    }
    assert [f.area.local for f in book.formulas if f.array] == ["C1:D2"]
    assert np.argwhere(~np.isnan(book.sheets["s"].numbers)).tolist() == [[0, 0], [3, 0]]
    assert book.sheets["s"].others == {}


def test_a_date_is_a_number(tmp_path):
    """A cell with a date has the number of its day."""
    path = write_cells(tmp_path / "d.xlsx", {"s!A1": datetime.date(2024, 2, 29)}, {"d": "s!A1"})
    assert read_workbook(open_workbook(path)).sheets["s"].numbers[0, 0] == 45351


def test_names_are_the_workbooks_areas(tmp_path):
    """A name counts if it is global and means one area on an existing sheet."""
    names = {
        "one": "'it''s a tab'!$B$2",
        "many": "'it''s a tab'!$A$1:$C$9",
        "constant": "3.5",
        "formula": "'it''s a tab'!$A$1+1",
        "relative": "'it''s a tab'!A1",
        "two_parts": "'it''s a tab'!$A$1,'it''s a tab'!$C$1",
        "lost": "#REF!$A$1",
        "_xlnm.Print_Area": "'it''s a tab'!$A$1:$B$2",
    }
    path = write_xml(tmp_path / "n.xlsx", {"it's a tab": ""}, names)
    assert read_workbook(open_workbook(path)).areas == {
        "one": Area("it's a tab", 2, 2, 1, 1),
        "many": Area("it's a tab", 1, 1, 9, 3),
    }
