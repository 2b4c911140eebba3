"""Files are valid by the standard: they pass a validator, and other readers open them.

The shipped model's workbook passes it in the transcript in docs/verification.md (`tests/project/test_shipped_model.py`).
"""

import re
import warnings
import zipfile

import openpyxl
import pandas as pd
import pytest
import python_calamine
from openxml_audit import OpenXmlValidator

from tests.random_models import write_random_model
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.designs.model_workbook import design
from xlgpt2.writer.writer import Writing

pytestmark = pytest.mark.slow

#: Texts that would do harm if they were taken for a formula or for XML.
PROMPT = '=HYPERLINK("http://x")\n<b>&amp;</b> _x0041_ \u65e5\u672c \U0001f44b\U0001f3fd\t+1 @a -1'

# what is special about the workbook, options of its design, options of its writer
WORKBOOKS = [
    ("all steps, every cell with an address", {}, {}),
    ("lean, weights without addresses", {"lean": True}, {"cell_addresses": False}),
    ("int8 weights and their scales", {"precision": Precision("int8")}, {}),
    ("one block, no new tokens", {"blocks": (1,), "new_tokens": 0}, {}),
]


def errors(workbook):
    """The errors that the validator, a port of Office's SDK, finds in a file."""
    validator = OpenXmlValidator(max_errors=0, security_validation=True)
    return [str(error) for error in validator.validate(workbook).errors]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A small random model whose name would be a formula and markup."""
    folder = tmp_path_factory.mktemp("standard") / "=1+1 & <b>"
    return write_random_model(folder, n_positions=12)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("what", "options", "writing"), WORKBOOKS, ids=[row[0] for row in WORKBOOKS]
)
def test_the_validator_finds_no_errors(model, tmp_path, what, options, writing):
    decided = design(model, capacity=5, max_bytes=90, **{"new_tokens": 2, **options})
    workbook = build(decided, tmp_path / "file.xlsx", PROMPT, writing=Writing(**writing)).path
    assert errors(workbook) == [], what


def test_the_validator_finds_no_errors_in_a_split_model(model, tmp_path):
    decided = design(model, capacity=5, max_bytes=17, split=True)
    for summary in build_split(decided, tmp_path / "split", "the cat"):
        assert errors(summary.path) == [], summary.path.name


def test_the_validator_can_find_errors(random_workbook, tmp_path):
    """The tests above can fail, for example with openpyxl's own order of elements in a font."""
    broken = tmp_path / "broken.xlsx"
    with (
        zipfile.ZipFile(random_workbook[0]) as source,
        zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/styles.xml":
                data = re.sub(rb"(<sz [^>]*/>)(<color [^>]*/>)", rb"\2\1", data)
            copy.writestr(name, data)
    assert any("font" in error for error in errors(broken))


def test_other_readers_open_it_without_warnings(random_workbook, random_design):
    """They find all tabs and at least as many rows as in the plan."""
    workbook, _ = random_workbook
    tabs = [tab.name for tab in random_design.plan.tabs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book = openpyxl.load_workbook(workbook)
        frames = pd.read_excel(workbook, sheet_name=None, header=None, engine="openpyxl")
        calamine = python_calamine.CalamineWorkbook.from_path(workbook)
    assert list(frames) == calamine.sheet_names == book.sheetnames == tabs
    for tab in random_design.plan.tabs:
        ends = (placed.area.row + placed.area.rows - 1 for placed in tab.placed)
        last = max(ends, default=8)
        assert book[tab.name].max_row >= last
        # The others skip last rows that have only formulas without cached values.
        assert calamine.get_sheet_by_name(tab.name).total_height >= 5
        assert len(frames[tab.name]) >= 5


FOREIGN = ("externalLink", "vbaProject", "connections", "queryTables", "macrosheets", "activeX", "embeddings", "customXml")  # fmt: skip


#: Valid XML that other readers don't understand or that Excel shows in another way.
FOREIGN_SPELLINGS = [
    (r"xl/drawings/\w+\.xml", rb"<\w+[ />]", "a drawing's elements have a prefix, for exceljs"),
    (r"xl/charts/\w+\.xml", rb"<\w+[ />]", "a chart's elements have a prefix"),
    (
        r"xl/charts/\w+\.xml",
        rb'</c:tx>(?!<c:overlay val="0"/>)</c:title>',
        "a title is not an overlay",
    ),
    (r".*\.rels", rb'Target="/', "targets are relative, for Calligra"),
    (r"xl/workbook\.xml", rb"</sheet>", "an empty element closes itself"),
    (
        r"xl/worksheets/\w+\.xml",
        rb"inlineStr",
        "all texts are shared, even empty ones",
    ),
]


@pytest.mark.parametrize(("parts", "wrong", "why"), FOREIGN_SPELLINGS)
def test_xml_is_written_as_other_readers_need_it(random_workbook, parts, wrong, why):
    with zipfile.ZipFile(random_workbook[0]) as package:
        names = [name for name in package.namelist() if re.fullmatch(parts, name)]
        assert names
        for name in names:
            assert re.search(wrong, package.read(name)) is None, f"{name}: {why}"


def test_nothing_refers_to_anything_outside_the_file(model, tmp_path):
    """No macros, connections, links to other files or addresses; a prompt can't become one."""
    decided = design(model, capacity=5, max_bytes=90, new_tokens=2)
    workbook = build(decided, tmp_path / "file.xlsx", PROMPT).path
    with zipfile.ZipFile(workbook) as package:
        assert not [name for name in package.namelist() for word in FOREIGN if word in name]
        for name in package.namelist():
            part = package.read(name)
            assert b'TargetMode="External"' not in part, name
            assert b"macroEnabled" not in part, name
    book = openpyxl.load_workbook(workbook)
    assert book["Prompt"]["B5"].value == PROMPT
    assert book["Prompt"]["B5"].data_type == book["Guide"]["C41"].data_type == "s"
    assert book["Guide"]["C41"].value == "=1+1 & <b>"
