"""The file as readers see it: names, texts, links, and no cached values."""

import re
import zipfile

import openpyxl
import pandas as pd
import pytest

from tests.random_models import write_random_model
from xlgpt2.cells.address import Area
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.errors import WorkbookError
from xlgpt2.layout.layout import FIRST_ROW, RANGE_TITLE_ROW
from xlgpt2.stages.sources import Tensor


@pytest.fixture(scope="module")
def opened(random_workbook):
    """The workbook in openpyxl."""
    return openpyxl.load_workbook(random_workbook[0])


@pytest.fixture(scope="module")
def decided(random_design):
    """The design of the workbook."""
    return random_design


def test_every_range_has_its_name_and_no_other_name_exists(opened, decided):
    """The names in the file are the ranges of the plan, with their addresses."""
    names = {name: defined.attr_text for name, defined in opened.defined_names.items()}
    assert names == {name: p.area.absolute for name, p in decided.plan.places.items()}


def test_weights_are_the_checkpoints_to_the_last_digit(opened, decided):
    """Every weight cell has the shortest decimal of its float32."""
    for name, placed in decided.plan.places.items():
        source = placed.range.source
        if not isinstance(source, Tensor):
            continue
        area = placed.area
        rows = opened[area.sheet].iter_rows(
            area.row, area.row + area.rows - 1, area.column, area.column + area.columns - 1
        )
        got = [[cell.value for cell in row] for row in rows]
        assert got == decided.checkpoint.weight_cells[name].tolist(), name


def test_no_formula_has_a_cached_value(random_workbook):
    """Only the formulas themselves compute the numbers that a reader sees."""
    with zipfile.ZipFile(random_workbook[0]) as package:
        for part in package.namelist():
            if part.startswith("xl/worksheets/sheet"):
                xml = package.read(part).decode("utf-8")
                assert not re.search(r"</f><v>[^<]", xml), part


def test_no_macros_and_no_external_links(random_workbook):
    """The package has only sheets, styles, texts and a chart."""
    with zipfile.ZipFile(random_workbook[0]) as package:
        parts = package.namelist()
        types = package.read("[Content_Types].xml").decode()
    assert not [part for part in parts if "vba" in part.lower() or "external" in part.lower()]
    assert "macro" not in types.lower()


def test_every_tab_has_an_explanation_and_links(opened):
    """A title, sentences over the ranges or the whole screen, and links to the neighbours."""
    tabs = opened.sheetnames
    for number, tab in enumerate(tabs):
        sheet = opened[tab]
        assert sheet["A1"].value
        sentences = [str(cell.value) for row in sheet["A3:ZZ5"] for cell in row if cell.value]
        assert sum(sentence.count(". ") + 1 for sentence in sentences) >= 2, tab
        targets = {
            link.hyperlink.location for row in sheet["A2:ZZ2"] for link in row if link.hyperlink
        }
        neighbours = [
            *([tabs[0], tabs[number - 1]] if number else []),
            *tabs[number + 1 : number + 2],
        ]
        for neighbour in neighbours:
            assert any(t.strip("'").startswith(neighbour) for t in targets), (tab, neighbour)


def test_tokens_keep_their_row_on_every_tab(decided):
    """Token t is in row FIRST_ROW + t of every range with a row for each token."""
    for placed in decided.plan.places.values():
        shape = placed.range.template.shape
        if shape[0] == "T" and not placed.range.template.at:
            assert placed.area.row == FIRST_ROW, placed.range.name


def luminance(colour):
    """The relative luminance of a colour, as ARGB, by WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (2, 4, 6)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def test_titles_of_queries_keys_and_values_have_a_colour_each(opened, decided):
    """All heads' in the same three, which are legible on white."""
    inks = {"query": set(), "key": set(), "value": set()}
    for tab in decided.plan.tabs:
        for placed in tab.placed:
            if placed.range.template.part:
                title = opened[tab.name].cell(RANGE_TITLE_ROW, placed.area.column)
                assert title.value == placed.range.template.title
                inks[placed.range.template.part].add(title.font.color.rgb)
    colours = {part: ink for part, (ink,) in inks.items()}
    assert len(set(colours.values())) == 3
    for part, ink in colours.items():
        assert 1.05 / (luminance(ink) + 0.05) > 4.5, part


def test_matrices_are_labelled_and_frozen(opened, decided):
    """Panes are frozen below the column labels, and every column of a matrix has a label."""
    for tab in decided.plan.tabs:
        if tab.stage.by_hand:
            continue
        sheet = opened[tab.name]
        assert sheet.freeze_panes == f"{'ABCD'[len(tab.stage.labels)]}{FIRST_ROW}"
        for placed in tab.placed:
            area = placed.area
            for j in range(area.columns):
                assert sheet.cell(area.row - 1, area.column + j).value is not None, (
                    placed.range.name
                )


def test_ranges_do_not_overlap(decided):
    """No cell is in two ranges, except for views, which are names for columns of other ranges."""
    taken: dict[tuple[str, int, int], str] = {}
    for name, placed in decided.plan.places.items():
        if placed.range.view_of is not None:
            continue
        area = placed.area
        for row in range(area.row, area.row + area.rows):
            for column in range(area.column, area.column + area.columns):
                assert taken.setdefault((area.sheet, row, column), name) == name


TEXTS = ["=1+1", "#N/A", "+3", "12", "@x", "_x0041_", "  two ", 'a "b" <c> & d', "{=1}"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The design of a small workbook, which all texts are written into."""
    model = write_random_model(tmp_path_factory.mktemp("small") / "model", n_layer=1)
    return design(model, 3, 14, new_tokens=2)


@pytest.mark.parametrize("text", TEXTS)
def test_a_prompt_is_never_a_formula(small, tmp_path, text):
    """A text from the user is stored as that text."""
    build(small, tmp_path / "a.xlsx", prompt=text)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    area = Area.parse(small.plan.places["prompt"].area.absolute)
    cell = book[area.sheet][area.local]
    assert (cell.data_type, cell.value) == ("s", text)
    book.close()


def test_pandas_reads_the_weights(random_workbook, decided):
    """An independent reader finds the numbers at the address of the name."""
    area = decided.plan.places["wpe"].area
    frame = pd.read_excel(random_workbook[0], sheet_name=area.sheet, header=None, engine="calamine")
    block = frame.iloc[area.row - 1 : area.row - 1 + area.rows]
    block = block.iloc[:, area.column - 1 : area.column - 1 + area.columns]
    assert (
        block.astype(float).to_numpy().tolist() == decided.checkpoint.weight_cells["wpe"].tolist()
    )


def test_a_failed_build_leaves_no_file(tmp_path, decided):
    """The old file does not change, and there is no partial file."""
    target = tmp_path / "a.xlsx"
    target.mkdir()
    with pytest.raises(WorkbookError, match=r"a\.xlsx: expected a writable file"):
        build(decided, target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.xlsx"]


def test_an_interrupted_build_leaves_the_old_file(tmp_path, decided):
    """Ctrl-C while tabs are written changes nothing on the disk."""
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"the old file")

    def interrupt(step):
        if step.what == "packing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(decided, target, progress=interrupt)
    assert target.read_bytes() == b"the old file"
    assert len(list(tmp_path.iterdir())) == 1
