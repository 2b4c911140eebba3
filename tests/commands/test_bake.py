"""Baking: every formula's cell holds what an engine computed, and nothing else is changed."""

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
from xlgpt2.xlsx.reading.workbook_file import read_workbook

README = Path(__file__).parents[2] / "README.md"

#: What must arrive as it is: markup, line ends, what looks like an escape, spaces, an emoji.
PROMPT = "<b>&amp;\n 😀\r_x0041_\t"

#: The same for an engine to which an emoji is two characters: no other one counts so.
WITHOUT_EMOJI = PROMPT.replace("😀", "é")


@pytest.fixture(scope="module")
def engine(exact_engine):
    """The engines that keep every character; Gnumeric has a test of its own."""
    return exact_engine


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small random model."""
    folder = tmp_path_factory.mktemp("bake") / "m"
    return write_random_model(folder, n_layer=1, n_head=2, head_size=3, n_positions=20)


@pytest.fixture(scope="module")
def books(model, tmp_path_factory):
    """Its workbook, with and without addresses in its weights."""
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
    """The workbook that an engine is given; IronCalc needs the addresses."""
    if engine.counts_utf16:
        return "without emoji"
    return "addressed" if engine.name == "ironcalc" else "compact"


@pytest.fixture(scope="module")
def baked(books, engine, kind, tmp_path_factory):
    """One of them as every engine bakes it."""
    file = tmp_path_factory.mktemp("bake") / "baked.xlsx"
    bake(books[kind], engine.name, file)
    return books[kind], file


@pytest.fixture(scope="module")
def other(engine, request):
    """An engine that shares no code with the one at hand."""
    if engine.name == "formulas":
        return request.getfixturevalue("libreoffice")
    return get_engine("formulas")


@pytest.fixture(scope="module")
def expected(books, kind, other):
    """What another engine computes from the formulas."""
    prompt = WITHOUT_EMOJI if kind == "without emoji" else PROMPT
    return results_of(books["compact"], other, {"prompt": [[prompt]]})


def results_of(file, engine, inputs):
    """What formulas give, read by an engine: sheet -> place from 1 -> value."""
    found = {}
    with engine.computed(file, inputs) as results:
        for sheet, places in filled_cells(file).items():
            if places:
                rows, columns = max(row for row, _ in places), max(column for _, column in places)
                values = results.read(Area(sheet, 1, 1, rows, columns)).tolist()
                found[sheet] = {(i, j): values[i - 1][j - 1] for i, j in places}
    return found


def with_openpyxl(file):
    """Sheet -> rows of values; openpyxl leaves the escapes of texts as they are."""
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


@pytest.mark.parametrize("reader", READERS)
def test_readers_find_what_another_engine_computes(baked, expected, reader):
    """The value of every formula's cell, as programs that compute nothing see it."""
    _, file = baked
    compare(READERS[reader](file), expected, str if reader == "calamine" else decoded)
    assert sum(map(len, expected.values())) > 10_000


def compare(sheets, expected, text):
    """Numbers are as expected to 1e-9, and so are texts once `text` has decoded them."""
    kinds = set()
    for sheet, places in expected.items():
        for (row, column), value in places.items():
            got = sheets[sheet][row - 1][column - 1]
            where = Area(sheet, row, column, 1, 1).absolute
            kinds.add(type(value))
            if isinstance(value, str):
                assert text("" if got is None else got) == value, where
            else:
                assert isinstance(got, (int, float)), where
                assert got == pytest.approx(value, rel=1e-9, abs=1e-12), where
    assert kinds == {str, float}


@pytest.mark.gnumeric
def test_gnumeric_bakes(random_workbook, gnumeric, tmp_path):
    """And what it computes is what another engine computes."""
    file, made = random_workbook[0], tmp_path / "baked.xlsx"
    bake(file, "gnumeric", made)
    compare(with_calamine(made), results_of(file, get_engine("formulas"), {}), str)


def test_nothing_else_is_changed(baked):
    """Parts, their order and dates, and of a sheet all but the results in its formulas' cells."""
    file, made = baked
    parts = {part: sheet for sheet, part in read_contents(file).sheets.items()}
    filled = filled_cells(file)
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made) as after:
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
    """Sheet -> the places, from 1, of all cells that formulas fill."""
    filled = {sheet: set() for sheet in read_contents(file).sheets}
    for formula in read_workbook(file).formulas:
        area = formula.area
        filled[area.sheet] |= {
            (area.row + i, area.column + j) for i in range(area.rows) for j in range(area.columns)
        }
    return filled


def cells_of(root):
    """The cells of a sheet with their places."""
    for row in root.iter(f"{{{MAIN}}}row"):
        column = 0
        for cell in row:
            address = cell.get("r")
            column = Area.parse(f"s!{address}").column if address else column + 1
            yield (int(row.get("r")), column), cell


def without_results(xml, places):
    """A sheet without type and value of some cells."""
    root = ElementTree.fromstring(xml)
    for place, cell in cells_of(root):
        if place in places:
            cell.attrib.pop("t", None)
            for value in cell.findall(f"{{{MAIN}}}v"):
                cell.remove(value)
    return ElementTree.canonicalize(ElementTree.tostring(root))


def test_a_baked_workbook_is_verified(baked, model, other):
    """By another engine than the one that baked it."""
    _, file = baked
    result = verify(file, model, engine=other.name, probe=False)
    assert result.verified, report.lines(result)


def test_baking_twice_gives_the_same_bytes(baked, engine, tmp_path):
    """Results are computed anew, and packed as before."""
    _, file = baked
    bake(file, engine.name, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


@pytest.mark.libreoffice
def test_another_engine_replaces_the_results(books, libreoffice, tmp_path):
    """What was baked before leaves nothing behind."""
    file, straight = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    bake(books["compact"], "libreoffice", file)
    bake(books["compact"], "formulas", straight)
    assert file.read_bytes() != straight.read_bytes()
    bake(file, "formulas")
    assert file.read_bytes() == straight.read_bytes()


#: False results: the type of the cell and what stands in it.
LIES = (("n", "0.5"), ("str", "lie"), ("b", "1"), ("e", "#N/A"))


def planted(file, target):
    """A copy with a false result in every cell that a formula fills."""
    filled = filled_cells(file)
    parts = {part: sheet for sheet, part in read_contents(file).sheets.items()}
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            if name in parts:
                root = ElementTree.fromstring(data)
                for number, (place, cell) in enumerate(cells_of(root)):
                    if place in filled[parts[name]]:
                        kind, text = LIES[number % len(LIES)]
                        cell.set("t", kind)
                        cell.find(f"{{{MAIN}}}v").text = text
                ElementTree.register_namespace("", MAIN)
                data = ElementTree.tostring(root)
            copy.writestr(name, data, zipfile.ZIP_DEFLATED)
    return target


def test_planted_results_are_not_believed_and_do_not_survive(baked, model, engine, tmp_path):
    """A false result in every formula's cell: verified all the same, and gone when baked again."""
    _, file = baked
    lies = planted(file, tmp_path / "planted.xlsx")
    honest = with_calamine(file)
    assert sum(row.count("lie") for rows in with_calamine(lies).values() for row in rows) > 2_000
    result = verify(lies, model, engine=engine.name, probe=False)
    assert result.verified, report.lines(result)
    bake(lies, engine.name)
    assert with_calamine(lies) == honest


def test_values_of_all_kinds(tmp_path, engine):
    """Numbers, truth values, errors and texts, in cells that the file has and in others."""
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
    made = bake(file, engine.name)
    assert (made.path, made.formulas, made.values) == (file, 7, 12)
    assert made.bytes == file.stat().st_size
    assert made.engine == f"{engine.name} {engine.version()}"
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
    with engine.computed(file, {}) as results:
        found = results.read(Area("s", 1, 1, 4, 4)).tolist()
    assert found[0] == [3, True, 1.5, ""]
    assert found[1][3] == CellError("#N/A")
    assert errors(file) == problems


def errors(workbook):
    """What the validator, a port of the one of Office's SDK, has against a file."""
    return [str(error) for error in OpenXmlValidator(max_errors=0).validate(workbook).errors]


def test_the_validator_finds_nothing(baked):
    _, file = baked
    assert errors(file) == []


def test_the_example_of_the_readme(random_workbook, tmp_path, monkeypatch, capsys):
    """The ranking is what pandas reads from a baked workbook."""
    bake(random_workbook[0], output=tmp_path / "output" / "tiny-baked.xlsx")
    section = README.read_text("utf-8").partition("## Show numbers without")[2]
    example = section.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["rank", "token", "shown", "share"]
    assert [line.split()[1] for line in printed[1:]] == ["1", "2", "3"]
