"""CellRune: files that other engines refuse, and limits that xlgpt2 raises."""

import pytest

from tests.small_workbooks import write_cells, write_xml
from xlgpt2.cells.values import CellError
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.verification import report
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.cellrune


def read(engine, path, inputs):
    """The values of every name, for one set of inputs."""
    (readings,) = engine.recalculate(open_workbook(path), [inputs])
    return readings.values


def test_a_workbook_without_addresses_is_verified(random_design, tmp_path, cellrune):
    """Weights have no cell addresses in large files; they are read in the right cells."""
    file = build(random_design, tmp_path / "a.xlsx", "the cat", writing=Writing(1, False)).path
    result = verify(file, random_design.checkpoint.folder, engine=cellrune.name, probe=False)
    assert result.verified, report.lines(result)


def test_many_cells_in_few_bytes_are_read(tmp_path, cellrune):
    """CellRune's default limit of the compression ratio is too low for real models."""
    rows = "".join(f'<row r="{i}">{"<c><v>1</v></c>" * 100}</row>' for i in range(1, 2001))
    rows += '<row r="2001"><c r="A2001"><f>SUM(A1:CV2000)</f></c></row>'
    names = {"given": "s!$A$1:$CV$2000", "total": "s!$A$2001"}
    path = write_xml(tmp_path / "book.xlsx", {"s": rows}, names)
    values = read(cellrune, path, {"given": [[3.0]]})
    assert values["total"].tolist() == [[200_002]]
    assert values["given"].sum() == 200_002


def test_cells_without_a_result_are_errors(tmp_path, cellrune):
    """CellRune gives a reason why it can't compute a cell; readings have an error there."""
    cells = {"s!A1": "=NOSUCH(1)", "s!A2": "=A3", "s!A3": "=A2", "s!A4": "=A1+1", "s!A5": "=+"}
    path = write_cells(tmp_path / "book.xlsx", cells, {"a": "s!A1:A5"})
    errors = ["#NAME?", "#CIRC!", "#CIRC!", "#N/A", "#N/A"]
    assert read(cellrune, path, {})["a"][:, 0].tolist() == list(map(CellError, errors))
