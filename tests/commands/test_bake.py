"""Baking: every formula's cell gets the cached value from an engine, and nothing else changes."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
import python_calamine
from openxml_audit import OpenXmlValidator

from tests.random_models import write_random_model
from tests.small_workbooks import MAIN, write_cells
from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.commands.bake import bake
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.verification import report
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_workbook

PAGE = Path(__file__).parents[2] / "docs" / "bake.md"

#: A text that must survive: markup, line ends, a seeming escape, spaces, an emoji.
PROMPT = "<b>&amp;\n 😀\r_x0041_\t"

#: The same for an engine to which an emoji is two characters, unlike to the others.
WITHOUT_EMOJI = PROMPT.replace("😀", "é")


@pytest.fixture(scope="module")
def engine(exact_engine):
    """The engines that keep every character; Gnumeric has its own test."""
    return exact_engine


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small random model."""
    folder = tmp_path_factory.mktemp("bake") / "m"
    return write_random_model(folder, n_layer=1, n_head=2, head_size=3, n_positions=20)


@pytest.fixture(scope="module")
def books(model, tmp_path_factory):
    """The model's workbook, with and without cell addresses of weights."""
    decided = design(model, capacity=20, max_bytes=24, new_tokens=1)
    folder = tmp_path_factory.mktemp("bake")
    return {
        kind: build(decided, folder / f"{kind}.xlsx", prompt, writing=Writing(1, addresses)).path
        for kind, prompt, addresses in (
            ("addressed", PROMPT, True),
            ("compact", PROMPT, False),
            ("without emoji", WITHOUT_EMOJI, False),
        )
    }


@pytest.fixture(scope="module")
def kind(engine):
    """The kind of workbook for an engine; IronCalc needs addresses."""
    if engine.counts_utf16:
        return "without emoji"
    return "addressed" if engine.name == "ironcalc" else "compact"


@pytest.fixture(scope="module")
def baked(books, engine, kind, tmp_path_factory):
    """A workbook, and the same one baked by an engine."""
    file = tmp_path_factory.mktemp("bake") / "baked.xlsx"
    bake(books[kind], engine.name, file)
    return books[kind], file


@pytest.fixture(scope="module")
def other(engine, request):
    """An engine that shares no code with `engine`."""
    if engine.name == "formulas":
        return request.getfixturevalue("libreoffice")
    return get_engine("formulas")


@pytest.fixture(scope="module")
def expected(books, kind, other):
    """The values that another engine computes from the formulas."""
    prompt = WITHOUT_EMOJI if kind == "without emoji" else PROMPT
    return results_of(books["compact"], other, {"prompt": [[prompt]]})


def results_of(file, engine, inputs):
    """The values of formulas in an engine: sheet -> position from 1 -> value."""
    result = {}
    with engine.computed(open_workbook(file), inputs) as results:
        for sheet, cells in filled_cells(file).items():
            if cells:
                rows, columns = max(row for row, _ in cells), max(column for _, column in cells)
                values = results.read(Area(sheet, 1, 1, rows, columns)).tolist()
                result[sheet] = {(i, j): values[i - 1][j - 1] for i, j in cells}
    return result


def with_openpyxl(file):
    """Sheet -> rows of values; openpyxl does not decode escapes in texts."""
    book = openpyxl.load_workbook(file, data_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def with_pandas(file):
    """Sheet -> rows of values."""
    frames = pd.read_excel(
        file, sheet_name=None, header=None, keep_default_na=False, engine="openpyxl"
    )
    return {name: frame.astype(object).to_numpy().tolist() for name, frame in frames.items()}


def with_calamine(file):
    """Sheet -> rows of values."""
    book = python_calamine.CalamineWorkbook.from_path(file)
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


READERS = {"openpyxl": with_openpyxl, "pandas": with_pandas, "calamine": with_calamine}


def decoded(text):
    """A text without the escapes of the file (ECMA-376 part 1, 22.9.2.19)."""
    return re.sub("_x([0-9A-F]{4})_", lambda match: chr(int(match[1], 16)), text)


@pytest.mark.sample(6)
@pytest.mark.parametrize("reader", READERS)
def test_readers_get_the_values_of_another_engine(baked, expected, reader):
    """The cached value of every formula's cell, in programs that compute nothing."""
    _, file = baked
    compare(READERS[reader](file), expected, str if reader == "calamine" else decoded)
    assert sum(map(len, expected.values())) > 10_000


def compare(sheets, expected, decode):
    """Numbers are as expected to 1e-9, and so are texts after decoding."""
    kinds = set()
    for sheet, cells in expected.items():
        for (row, column), value in cells.items():
            got = sheets[sheet][row - 1][column - 1]
            where = Area(sheet, row, column, 1, 1).absolute
            kinds.add(type(value))
            if isinstance(value, str):
                assert decode("" if got is None else got) == value, where
            else:
                assert isinstance(got, (int, float)), where
                assert got == pytest.approx(value, rel=1e-9, abs=1e-12), where
    assert kinds == {str, float}


@pytest.mark.gnumeric
def test_gnumeric_bakes(random_workbook, gnumeric, tmp_path):
    """Its values are those of another engine."""
    file, target = random_workbook[0], tmp_path / "baked.xlsx"
    bake(file, "gnumeric", target)
    compare(with_calamine(target), results_of(file, get_engine("formulas"), {}), str)


def test_nothing_else_is_changed(baked):
    """Parts, their order and dates, and everything in sheets except cached values stay the same."""
    file, target = baked
    parts = {part: sheet for sheet, part in read_contents(file).sheets.items()}
    filled = filled_cells(file)
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(target) as after:
        assert after.testzip() is None
        assert [(e.filename, e.date_time) for e in after.infolist()] == [
            (e.filename, e.date_time) for e in before.infolist()
        ]
        for name in before.namelist():
            old, new = before.read(name), after.read(name)
            if name in parts and filled[parts[name]]:
                assert old != new, name
                old, new = (without_results(xml, filled[parts[name]]) for xml in (old, new))
            assert old == new, name


def filled_cells(file):
    """Sheet -> the positions, from 1, of all cells that formulas fill."""
    filled = {sheet: set() for sheet in read_contents(file).sheets}
    for formula in read_workbook(open_workbook(file)).formulas:
        area = formula.area
        filled[area.sheet] |= {
            (area.row + i, area.column + j) for i in range(area.rows) for j in range(area.columns)
        }
    return filled


def cells_of(root):
    """The cells of a sheet with their positions."""
    for row in root.iter(f"{{{MAIN}}}row"):
        column = 0
        for cell in row:
            address = cell.get("r")
            column = Area.parse(f"s!{address}").column if address else column + 1
            yield (int(row.get("r")), column), cell


def without_results(xml, positions):
    """A sheet without the types and cached values of some cells."""
    root = ElementTree.fromstring(xml)
    for position, cell in cells_of(root):
        if position in positions:
            cell.attrib.pop("t", None)
            for value in cell.findall(f"{{{MAIN}}}v"):
                cell.remove(value)
    return ElementTree.canonicalize(ElementTree.tostring(root))


@pytest.mark.sample(2)
def test_a_baked_workbook_is_verified(baked, model, other):
    """By an engine other than the one that baked it."""
    _, file = baked
    result = verify(file, model, engine=other.name, probe=False)
    assert result.verified, report.lines(result)


@pytest.mark.sample(2)
def test_baking_twice_gives_the_same_bytes(baked, engine, tmp_path):
    """Values are recomputed, and packed in the same way."""
    _, file = baked
    bake(file, engine.name, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


@pytest.mark.libreoffice
def test_another_engine_replaces_the_cached_values(books, libreoffice, tmp_path):
    """Earlier cached values leave no trace."""
    file, direct = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    bake(books["compact"], "libreoffice", file)
    bake(books["compact"], "formulas", direct)
    assert file.read_bytes() != direct.read_bytes()
    bake(file, "formulas")
    assert file.read_bytes() == direct.read_bytes()


#: Wrong cached values: the type and the content of a cell.
WRONG = (("n", "0.5"), ("str", "lie"), ("b", "1"), ("e", "#N/A"))


def planted(file, target):
    """Write a copy with a wrong cached value in every cell that a formula fills."""
    filled = filled_cells(file)
    parts = {part: sheet for sheet, part in read_contents(file).sheets.items()}
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name in parts:
                root = ElementTree.fromstring(data)
                for number, (position, cell) in enumerate(cells_of(root)):
                    if position in filled[parts[name]]:
                        kind, text = WRONG[number % len(WRONG)]
                        cell.set("t", kind)
                        cell.find(f"{{{MAIN}}}v").text = text
                ElementTree.register_namespace("", MAIN)
                data = ElementTree.tostring(root)
            copy.writestr(name, data, zipfile.ZIP_DEFLATED)
    return target


def test_wrong_cached_values_are_ignored_and_replaced(baked, model, engine, tmp_path):
    """A workbook with wrong cached values is verified, and baking replaces them."""
    _, file = baked
    wrong = planted(file, tmp_path / "planted.xlsx")
    right = with_calamine(file)
    assert sum(row.count("lie") for rows in with_calamine(wrong).values() for row in rows) > 2_000
    result = verify(wrong, model, engine=engine.name, probe=False)
    assert result.verified, report.lines(result)
    bake(wrong, engine.name)
    assert with_calamine(wrong) == right


def test_values_of_all_kinds(tmp_path, engine):
    """Numbers, booleans, errors and texts, in cells that the file has and in new ones."""
    cells = {
        "s!A1": 3,
        "s!B1": "=A1>2",
        "s!C1": "=A1/2",
        "s!A2:B4": "{=A1*{1,2;3,4;5,6}}",
        "s!D2": "=NA()",
        "s!D3": "=1/(A1-3)",
        "s!D4": '=""',
        "s!A6": '=" a"&_xlfn.UNICHAR(13)&_xlfn.UNICHAR(7)&"_x0041_ "',
    }
    file = write_cells(tmp_path / "kinds.xlsx", cells, {"a": "s!A1"})
    problems = errors(file)
    summary = bake(file, engine.name)
    assert (summary.path, summary.formulas, summary.values) == (file, 7, 12)
    assert summary.bytes == file.stat().st_size
    assert summary.engine == f"{engine.name} {engine.version()}"
    rows = openpyxl.load_workbook(file, data_only=True)["s"].iter_rows(values_only=True)
    assert list(rows) == [
        (3, True, 1.5, None),
        (3, 6, None, "#N/A"),
        (9, 12, None, "#DIV/0!"),
        (15, 18, None, None),
        (None, None, None, None),
        (" a_x000D__x0007__x005F_x0041_ ", None, None, None),
    ]
    assert with_calamine(file)["s"][5][0] == " a\r\x07_x0041_ "
    with engine.computed(open_workbook(file), {}) as results:
        values = results.read(Area("s", 1, 1, 4, 4)).tolist()
    assert values[0] == [3, True, 1.5, ""]
    assert values[1][3] == CellError("#N/A")
    assert errors(file) == problems


def errors(workbook):
    """The errors that the validator, a port of Office's SDK, finds in a file."""
    return [str(error) for error in OpenXmlValidator(max_errors=0).validate(workbook).errors]


@pytest.mark.sample(2)
def test_the_validator_finds_no_errors(baked):
    _, file = baked
    assert errors(file) == []


def test_the_example_of_the_documentation(random_workbook, tmp_path, monkeypatch, capsys):
    """Pandas reads the ranking from a baked workbook."""
    bake(random_workbook[0], output=tmp_path / "output" / "tiny-baked.xlsx")
    example = PAGE.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["rank", "id", "token", "probability"]
    assert [line.split()[1] for line in printed[1:]] == ["1", "2", "3"]


@pytest.mark.slow
def test_the_released_workbook_shows_the_next_token(tiny_workbook, tmp_path):
    """Pandas and openpyxl, which compute nothing, read what `make release` bakes."""
    file = tmp_path / "xlgpt2-tiny.xlsx"
    bake(tiny_workbook, output=file)
    prompt = pd.read_excel(file, sheet_name="Prompt", header=None, engine="openpyxl")
    book = openpyxl.load_workbook(file, data_only=True)
    places = design().plan.places
    for name, expected in (
        ("next_token", "·quickly"),
        ("prompt_next_token", "·quickly"),
        ("continued_text", "Mike is quick. He moves quickly.<|endoftext|>"),
        ("prompt_check", "All checks pass"),
    ):
        area = places[name].area
        assert book[area.sheet].cell(area.row, area.column).value == expected, name
        if area.sheet == "Prompt":
            assert prompt.iloc[area.row - 1, area.column - 1] == expected, name
    makefile = (PAGE.parents[1] / "Makefile").read_text("utf-8")
    assert "build -o $(RELEASE)\n\t$(BIN)/xlgpt2 bake $(RELEASE)" in makefile
