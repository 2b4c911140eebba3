"""An opened workbook: formulas are read once, and limits hold for all sheets together."""

import zipfile
from collections import Counter

import pytest

from tests.small_workbooks import write_cells, write_xml
from xlgpt2.commands.verify import verify
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx import package as package_module
from xlgpt2.xlsx.reading import workbook as workbook_module
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_sheets

#: A row with a run of numbers that lack addresses.
RUN = '<row r="{0}"><c r="A{0}"><v>1</v></c><c><v>2.5</v></c><c><v>3</v></c></row>'


@pytest.fixture
def sheets_read(monkeypatch):
    """How often the formulas of each sheet are read."""
    counts = Counter()
    read_formulas = workbook_module.read_formulas

    def counted(chunks, sheet, most_cells):
        counts[sheet] += 1
        return read_formulas(chunks, sheet, most_cells)

    monkeypatch.setattr(workbook_module, "read_formulas", counted)
    return counts


def test_a_file_is_checked_once_and_again_if_it_changes(tmp_path, monkeypatch):
    """Its parts are read for every sheet, and a replaced file is another one."""
    checked = []
    check = package_module.check_package
    monkeypatch.setattr(
        package_module,
        "check_package",
        lambda package, path, size: checked.append(size) or check(package, path, size),
    )
    file = write_cells(tmp_path / "a.xlsx", {"s!A1": 1, "t!A1": "=s!A1"}, {"a": "s!A1"})
    for number in (1, 1, 2):
        if number == 2:
            write_cells(file, {"s!A1": "another", "t!A1": 2}, {"a": "s!A1"})
        assert len(list(read_sheets(open_workbook(file)))) == 2
        assert len(checked) == number


def test_verify_reads_every_sheet_once(random_workbook, sheets_read):
    """The engine computes the formulas that the static checks compare with the templates."""
    file, model = random_workbook
    result = verify(file, model, prompts=["the"], engine="formulas")
    assert result.verified
    assert sheets_read == dict.fromkeys(open_workbook(file).contents.sheets, 1)


def test_formulas_are_those_of_the_file_without_its_runs_of_numbers(tmp_path):
    """A run keeps its row, so that rows are still checked to be in order."""
    formula = '<row r="2"><c r="B2"><f>A1*2</f></c></row>'
    path = write_xml(tmp_path / "b.xlsx", {"s": RUN.format(1) + formula}, {"name": "s!$A$1"}, ())
    (read,) = open_workbook(path).all_formulas()
    assert (read.area.local, read.text) == ("B2", "=A1*2")
    twice = write_xml(
        tmp_path / "c.xlsx", {"s": RUN.format(5) + RUN.format(5)}, {"name": "s!$A$1"}, ()
    )
    with pytest.raises(WorkbookError, match="expected a row from 6"):
        open_workbook(twice).check()


def test_sheets_share_one_limit(tmp_path, monkeypatch):
    """Two sheets that fit alone are refused if they are read together."""
    cells = {"a!A1": "=1+1", "b!A1": "=2+22"}
    path = write_cells(tmp_path / "book.xlsx", cells, {"name": "a!A1"})
    most = len("=1+1") + 1 + len("=2+2")  # the cell that the first one fills counts too
    monkeypatch.setattr(type(open_workbook(path).contents), "most_cells", most)
    for sheet in "ab":
        assert len(list(read_sheets(open_workbook(path), [sheet]))) == 1
    with pytest.raises(WorkbookError, match="expected at most 4 more cells and characters"):
        list(read_sheets(open_workbook(path)))


def test_large_parts_may_be_left_unchecked(tmp_path, sheets_read):
    """Only sheets of up to so many bytes, or those that are named."""
    cells = {"small!A1": 1, **{f"large!A{i}": i for i in range(1, 60)}}
    path = write_cells(tmp_path / "book.xlsx", cells, {"name": "small!A1"})
    with zipfile.ZipFile(path) as package:
        part = open_workbook(path).contents.sheets["small"]
        size = package.getinfo(part).file_size
    open_workbook(path).check(largest=size)
    assert sheets_read == {"small": 1}
    open_workbook(path).check(names=["large"])
    assert sheets_read == {"small": 1, "large": 1}
