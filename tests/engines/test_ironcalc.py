"""IronCalc: values that take several passes, its refusals, and its own output."""

import pytest

from tests.small_workbooks import write_cells
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.errors import PromptError, UnsuitableFileError
from xlgpt2.verification import report
from xlgpt2.writer.writer import Writing
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.ironcalc

#: Formulas computed before the array formula that they read, because their sheet comes first.
BACKWARD = {
    "front!A1": "=back!B2",
    "front!A2": "=SUM(back!B1:B2)",
    "front!A3": "=INDEX(back!A1:B2,2,2)",
    "front!A4": "=front!A1+back!A1",
    "back!A1:B2": "{={1,2;3,4}*far!A2}",
    "far!A1:A2": "{={1;2}*far!C1}",
    "far!C1": 5,
}


def read(engine, path, inputs):
    """The values of every name, for one set of inputs."""
    (readings,) = engine.recalculate(open_workbook(path), [inputs])
    return readings.values


def test_array_formulas_are_computed_before_formulas_that_read_them(tmp_path, ironcalc):
    """IronCalc's first pass reads empty cells; the engine repeats until nothing changes."""
    path = write_cells(tmp_path / "book.xlsx", BACKWARD, {"a": "front!A1:A4", "by": "far!C1"})
    readings = list(ironcalc.recalculate(open_workbook(path), [{}, {"by": [[1.0]]}, {}]))
    results = [reading.values["a"][:, 0].tolist() for reading in readings]
    assert results == [[40, 60, 40, 50], [8, 12, 8, 10], [40, 60, 40, 50]]


def test_two_ranges_may_override_one_array(tmp_path, ironcalc):
    """All cells of an array formula must be covered, by any ranges."""
    cells = {"s!A1:A2": "{={1;2}}", "s!B1": "=SUM(A1:A2)"}
    names = {"up": "s!A1", "down": "s!A2", "sum": "s!B1"}
    path = write_cells(tmp_path / "book.xlsx", cells, names)
    assert read(ironcalc, path, {"up": [[5.0]], "down": [[6.0]]})["sum"].tolist() == [[11]]
    with pytest.raises(PromptError, match=r"all cells of s!\$A\$1:\$A\$2, which one array"):
        read(ironcalc, path, {"down": [[6.0]]})


def test_nothing_is_printed(tmp_path, ironcalc, capfd):
    """IronCalc prints a line for every formula without a cached value; `--json` must not."""
    path = write_cells(tmp_path / "book.xlsx", {"s!A1": "=1+1"}, {"a": "s!A1"})
    print("before")
    assert read(ironcalc, path, {})["a"].tolist() == [[2]]
    print("after")
    assert capfd.readouterr() == ("before\nafter\n", "")


def test_a_workbook_without_addresses_is_left_to_other_engines(random_design, tmp_path, ironcalc):
    """IronCalc refuses such a file; verify reports it and continues with other engines."""
    file = build(random_design, tmp_path / "a.xlsx", "the", writing=Writing(1, False)).path
    with pytest.raises(UnsuitableFileError, match="an address in every cell, which IronCalc"):
        next(iter(ironcalc.recalculate(open_workbook(file), [{}])))
    folder = random_design.checkpoint.folder
    result = verify(file, folder, engine="installed", probe=False)
    assert result.verified
    assert "formulas" in {entry.engine for entry in result.checks}
    assert "ironcalc" not in {entry.engine for entry in result.checks}
    assert "note: skipped: workbook a.xlsx: expected an address" in report.lines(result)
    assert report.exit_code(verify(file, folder, engine="ironcalc")) == 2
