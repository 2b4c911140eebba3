"""Rows of sheets: written without openpyxl, packed by one or more processes."""

import io
import random
import re
import zipfile
import zlib

import numpy as np
import openpyxl
import pytest
import python_calamine

from xlgpt2.cells.address import Area
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.checkpoint.tensors import ArrayTensor
from xlgpt2.commands.build import build
from xlgpt2.engines import get_engine
from xlgpt2.writer import sheet_rows, writer
from xlgpt2.writer.blocks import (
    FormulaBlock,
    TableBlock,
    WeightBlock,
)
from xlgpt2.writer.sheet_rows import RowsPart, SheetRows
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.packing.deflate import (
    END,
    joined_crc,
    pack,
)
from xlgpt2.xlsx.reading.bulk_numbers import read_bulk_numbers
from xlgpt2.xlsx.reading.workbook import open_workbook


def weights(rows, columns):
    """A tensor of numbers that all differ."""
    array = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns) / 8 - 3
    return CellTensor(ArrayTensor(array), Precision())


ROWS = [
    (
        "a compact row has one address and no styles",
        WeightBlock(7, 3, 5, weights(1, 3), compact=True),
        b'<row r="7"><c r="C7"><v>-3.0</v></c><c><v>-2.875</v></c><c><v>-2.75</v></c></row>',
    ),
    (
        "other rows have addresses and styles for all cells",
        WeightBlock(7, 3, 5, weights(1, 2), compact=False),
        b'<row r="7"><c r="C7" s="5"><v>-3.0</v></c><c r="D7" s="5"><v>-2.875</v></c></row>',
    ),
    (
        "constants have their content",
        TableBlock(2, 27, 1, 1, [b"><v>4</v></c>", b"/>"], compact=False),
        b'<row r="2"><c r="AA2" s="1"><v>4</v></c></row><row r="3"><c r="AA3" s="1"/></row>',
    ),
    (
        "compact constants side by side have one address",
        TableBlock(2, 1, 1, 2, [b"><v>4</v></c>", b"><v>5</v></c>"], compact=True),
        b'<row r="2"><c r="A2" s="1"><v>4</v></c><c s="1"><v>5</v></c></row>',
    ),
    (
        "cells without a formula have a style",
        FormulaBlock(1, 1, 9, 3, [[]], filled=True, compact=True),
        b'<row r="1"><c r="A1" s="9"/><c s="9"/><c s="9"/></row>',
    ),
]


@pytest.mark.parametrize(("sentence", "block", "xml"), ROWS, ids=[row[0] for row in ROWS])
def test_a_block_is_written(sentence, block, xml):
    assert RowsPart(1, 9, {}, {}, (block,)).xml() == xml


def test_a_row_has_single_cells_and_those_of_blocks_in_order():
    """Cells are in the order of columns, whichever was written first; the row has its height."""
    rows = SheetRows(heights={4: 20, 5: 30})
    rows.put(4, 5, 1, b"><v>7</v></c>")
    rows.put(4, 2, 1, b"/>")
    rows.put(4, 5, 3, b"><v>1</v></c>")
    blank = FormulaBlock(4, 6, 9, 2, [[]], filled=True, compact=False)
    rows.blocks.extend([blank, WeightBlock(4, 1, 2, weights(1, 1), compact=False)])
    assert b"".join(part.xml() for part in rows.parts()) == (
        b'<row r="4" customHeight="1" ht="20"><c r="A4" s="2"><v>-3.0</v></c><c r="B4" s="1"/>'
        b'<c r="E4" s="3"><v>1</v></c><c r="F4" s="9"/><c r="G4" s="9"/></row>'
        b'<row r="5" customHeight="1" ht="30"></row>'
    )
    assert (rows.last_row, rows.last_column, rows.cells) == (5, 7, 5)
    assert [column for column in range(1, 10) if rows.is_free(4, column)] == [3, 4, 8, 9]


@pytest.mark.parametrize("size", [1, 7, 50, 10_000])
def test_parts_are_the_whole_wherever_it_is_split(monkeypatch, size):
    """The rows are the same for any number of cells per part."""
    rows = SheetRows(heights={1: 30, 41: 20})
    for row in (1, 5, 40):
        rows.put(row, 2, 7, b"/>")
    blocks = [
        WeightBlock(3, 5, 1, weights(20, 4), compact=True),
        WeightBlock(10, 30, 1, weights(7, 2), compact=False),
        TableBlock(3, 3, 1, 2, [b"><v>%d</v></c>" % i for i in range(40)], compact=False),
        FormulaBlock(1, 11, 2, 6, [[], [], []], filled=True, compact=True),
    ]
    rows.blocks.extend(blocks)
    whole = RowsPart(1, 41, rows.single, rows.heights, tuple(rows.blocks))
    monkeypatch.setattr(sheet_rows, "_CELLS_A_PART", size)
    pieces = list(rows.parts())
    assert b"".join(part.xml() for part in pieces) == whole.xml()
    assert sum(part.cells for part in pieces) == rows.cells == 80 + 14 + 40 + 18 + 3
    assert (len(pieces) > 10) == (size < 10)


def test_weights_are_in_parts_of_their_own():
    """Which are compressed faster than formulas and texts."""
    rows = SheetRows()
    rows.put(2, 1, 7, b"/>")
    rows.put(40, 1, 7, b"/>")
    rows.blocks.append(WeightBlock(3, 5, 1, weights(20, 4), compact=True))
    pieces = [(part.first, part.last, part.level is None) for part in rows.parts()]
    assert pieces == [(1, 2, True), (3, 22, False), (23, 40, True)]


def test_packed_parts_are_one_stream_with_the_crc_of_the_whole():
    """Zlib unpacks the text from the parts; the CRC is that of zlib for the whole text."""
    pieces = [
        RowsPart(row, row, {}, {}, (WeightBlock(row, 1, 1, weights(1, row * 7), row % 2 == 0),))
        for row in range(1, 9)
    ]
    packed = [pack(part) for part in pieces]
    text = b"".join(part.xml() for part in pieces)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    assert stream.decompress(b"".join(p.data for p in packed) + END) == text
    assert stream.eof
    crc = 0
    for p in packed:
        crc = joined_crc(crc, p.crc, p.length)
    assert crc == zlib.crc32(text)


@pytest.mark.parametrize("length", [0, 1, 2, 255, 65_536, 1_000_003])
def test_joined_crcs_are_those_of_zlib(length):
    source = random.Random(length)
    first, second = source.randbytes(99), source.randbytes(length)
    joined = joined_crc(zlib.crc32(first), zlib.crc32(second), length)
    assert joined == zlib.crc32(first + second)


@pytest.fixture(scope="module")
def compact(random_design, tmp_path_factory):
    """The random workbook without cell addresses of weights."""
    path = tmp_path_factory.mktemp("compact") / "compact.xlsx"
    return build(random_design, path, "the other cat sat", writing=Writing(1, False)).path


def test_other_processes_write_the_same_bytes(random_design, compact, tmp_path, monkeypatch):
    """One process and two write the same file, byte for byte."""
    monkeypatch.setattr(writer, "_WORTH_PROCESSES", 0)
    again = build(
        random_design, tmp_path / "b.xlsx", "the other cat sat", writing=Writing(2, False)
    )
    assert again.path.read_bytes() == compact.read_bytes()


def test_openpyxl_writes_no_cells(random_design, tmp_path, monkeypatch):
    """Not even for links and merged cells, which the file has; all cells are the writer's own."""
    packages = []

    def kept(workbook):
        packages.append(save(workbook))
        return io.BytesIO(packages[-1].getvalue())

    save = writer._saved_with_openpyxl
    monkeypatch.setattr(writer, "_saved_with_openpyxl", kept)
    path = build(random_design, tmp_path / "a.xlsx", writing=Writing(1)).path
    with zipfile.ZipFile(packages[0]) as package, zipfile.ZipFile(path) as file:
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(random_design.plan.tabs)
        for name in sheets:
            assert not re.search(rb"<(row|c|hyperlink)\b", package.read(name)), name
            assert re.search(rb"<hyperlink\b", file.read(name)), name
        merged = b'<mergeCell ref="B8:O8"></mergeCell>'
        assert any(merged in file.read(name) for name in sheets)


def test_every_entry_of_the_package_is_valid(compact):
    """Python's zipfile reads every part and confirms lengths and CRCs."""
    with zipfile.ZipFile(compact) as package:
        assert package.testzip() is None
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_DEFLATED}
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_large_entries_get_zip64(random_design, compact, tmp_path, monkeypatch):
    """The header of an entry that may exceed 2 GiB has the long fields; the content is the same."""
    monkeypatch.setattr("xlgpt2.writer.finish._MOST_BYTES", 1 << 40)
    long = build(
        random_design, tmp_path / "long.xlsx", "the other cat sat", writing=Writing(1, False)
    ).path
    with zipfile.ZipFile(long) as package, zipfile.ZipFile(compact) as source:
        assert package.testzip() is None
        for name in source.namelist():
            assert package.read(name) == source.read(name), name
        sheet = package.getinfo("xl/worksheets/sheet9.xml")
    # Version 4.5 in the local header, with both sizes in the extra field (APPNOTE 4.3.9.2, 4.5.3).
    header = long.read_bytes()[sheet.header_offset :][:30]
    assert int.from_bytes(header[4:6], "little") == 45
    assert header[18:26] == b"\xff" * 8


@pytest.mark.parametrize("reader", ["openpyxl", "calamine", "formulas", pytest.param("libreoffice", marks=pytest.mark.libreoffice)])  # fmt: skip
def test_weights_without_addresses_are_read_in_the_right_cells(
    compact, random_design, reader, request
):
    """Independent programs read every number in the cell of the plan."""
    name = "h_1_attn_c_attn_weight"
    area = random_design.plan.places[name].area
    expected = random_design.checkpoint.weight_cells[name]
    if reader == "openpyxl":
        sheet = openpyxl.load_workbook(compact, read_only=True)[area.sheet]
        rows = sheet.iter_rows(
            area.row, area.row + area.rows - 1, area.column, area.column + area.columns - 1
        )
        got = [[cell.value for cell in row] for row in rows]
    elif reader == "calamine":
        sheet = python_calamine.CalamineWorkbook.from_path(str(compact)).get_sheet_by_name(
            area.sheet
        )
        cells = sheet.to_python(skip_empty_area=False)[area.row - 1 : area.row - 1 + area.rows]
        got = [row[area.column - 1 : area.column - 1 + area.columns] for row in cells]
    else:
        if reader == "libreoffice":
            request.getfixturevalue("libreoffice")
        readings = next(iter(get_engine(reader).recalculate(open_workbook(compact), [{}], [name])))
        got = readings.values[name].tolist()
    assert got == expected.tolist()


def test_runs_of_numbers_are_bulk_read(compact, random_design):
    """All weights are in blocks at their positions, and the rest of the file lacks them."""
    bulk = read_bulk_numbers(compact, read_contents(compact))
    all_blocks = [block for blocks in bulk.blocks.values() for block in blocks]
    for name, cells in random_design.checkpoint.weight_cells.items():
        area = random_design.plan.places[name].area
        (block,) = [block for block in all_blocks if block.area.contains(area)]
        top, left = area.row - block.area.row, area.column - block.area.column
        part = block.numbers[top : top + area.rows, left : left + area.columns]
        assert np.array_equal(part, cells), name
    with zipfile.ZipFile(compact) as package:
        before = len(package.read("xl/worksheets/sheet9.xml"))
    with zipfile.ZipFile(io.BytesIO(bulk.rest)) as package:
        assert len(package.read("xl/worksheets/sheet9.xml")) < before / 3


def test_a_bulk_read_weight_can_be_overridden(compact, random_workbook, random_design):
    """It is restored afterwards."""
    engine, name = get_engine("formulas"), "wpe"
    changed = random_design.checkpoint.weight_cells[name] + 0.5
    sets = [{}, {name: changed.tolist()}, {}]
    before, overridden, after = engine.recalculate(open_workbook(compact), sets, ["logits", name])
    (expected,) = engine.recalculate(
        open_workbook(random_workbook[0]), [{name: changed.tolist()}], ["logits"]
    )
    assert np.array_equal(overridden.values["logits"], expected.values["logits"])
    assert np.array_equal(overridden.values[name], changed)
    assert np.array_equal(before.values["logits"], after.values["logits"])
    assert not np.array_equal(before.values["logits"], overridden.values["logits"])


def rewritten(source, target, part, old, new):
    """Write a copy of a workbook with one part changed."""
    with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w") as copy:
        for name in package.namelist():
            data = package.read(name)
            if name == part:
                assert data.count(old) == 1, data.count(old)
                data = data.replace(old, new)
            copy.writestr(name, data)
    return target


def test_cached_values_in_a_run_are_not_constants(compact, random_design, tmp_path):
    """Numbers in the cells of an array formula are cached values, which are dropped."""
    area = random_design.plan.places["residual_0"].area
    with zipfile.ZipFile(compact) as package:
        sheet = package.read("xl/worksheets/sheet9.xml")
    first = Area(area.sheet, area.row, area.column + 1, 1, 1).local
    start = sheet.index(b'<c r="%s"' % first.encode())
    run = sheet[start : sheet.index(b"</row>", start)]
    style = run.split(b's="')[1].split(b'"')[0]
    wrong = b'<c r="%s"><v>99</v></c>' % first.encode() + b"<c><v>99</v></c>" * (area.columns - 2)
    assert run.count(b's="%s"/>' % style) == area.columns - 1
    file = rewritten(compact, tmp_path / "false.xlsx", "xl/worksheets/sheet9.xml", run, wrong)
    engine = get_engine("formulas")
    (expected,) = engine.recalculate(open_workbook(compact), [{}], ["residual_0", "logits"])
    (got,) = engine.recalculate(open_workbook(file), [{}], ["residual_0", "logits"])
    assert np.array_equal(got.values["residual_0"], expected.values["residual_0"])
    assert np.array_equal(got.values["logits"], expected.values["logits"])


def test_a_formula_that_reads_past_a_block_gets_all_its_cells(compact, random_design, tmp_path):
    """An area that covers a block and the headers above it is read completely."""
    area = random_design.plan.places["wpe"].area
    wider = Area(area.sheet, area.row - 1, area.column, area.rows + 1, area.columns)
    name = f'<definedName name="wpe">{area.absolute}</definedName>'.encode()
    new = name.replace(area.absolute.encode(), wider.absolute.encode())
    file = rewritten(compact, tmp_path / "wider.xlsx", "xl/workbook.xml", name, new)
    (got,) = get_engine("formulas").recalculate(open_workbook(file), [{}], ["wpe"])
    assert got.values["wpe"][0].tolist() == list(range(area.columns))
    assert np.array_equal(got.values["wpe"][1:], random_design.checkpoint.weight_cells["wpe"])
