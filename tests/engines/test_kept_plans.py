"""A workbook's plan is kept for the next computation of the same file, and nothing else is."""

import os

import pytest

from tests.small_workbooks import write_cells
from xlgpt2.cells.address import Area
from xlgpt2.engines import get_engine
from xlgpt2.engines.formulas import kept_plans
from xlgpt2.errors import PromptError
from xlgpt2.xlsx.reading.workbook import open_workbook

CELLS = {
    "s!A1": 1.0,
    "s!A2": 2.0,
    "s!B1": "=A1*10",
    "s!B2": '=IF(A2="","none",B1+A2)',
    "s!C1:C2": "{=B1:B2&A1}",
    "s!D1": "=1+1",
}
NAMES = {"typed": "s!A1:A2", "formulas": "s!B1:B2", "array": "s!C1:C2", "other": "s!D1"}


@pytest.fixture
def read(monkeypatch):
    """The files that were read, in order; no plan is kept at the start."""
    paths = []
    original = kept_plans.read_workbook
    monkeypatch.setattr(kept_plans, "_KEPT", {})

    def noted(workbook):
        paths.append(workbook.path.name)
        return original(workbook)

    monkeypatch.setattr(kept_plans, "read_workbook", noted)
    return paths


@pytest.fixture
def file(tmp_path):
    return write_cells(tmp_path / "a.xlsx", CELLS, NAMES)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Files of these tests count as settled at once, unless a test says otherwise."""
    monkeypatch.setattr(kept_plans, "_SETTLED_SECONDS", -1)


def values(path, inputs=None, names=None):
    (readings,) = get_engine("formulas").recalculate(open_workbook(path), [inputs or {}], names)
    return {name: cells.tolist() for name, cells in readings.values.items()}


def computed(path, inputs):
    with get_engine("formulas").computed(open_workbook(path), inputs) as book:
        return book.read(Area("s", 1, 2, 2, 2)).tolist()


def consumed_in_part(path):
    next(get_engine("formulas").recalculate(open_workbook(path), [{"typed": [[7], [8]]}, {}]))


def stopped(path, error):
    """An error while the results of overridden cells are in the grid."""
    with (
        pytest.raises(type(error)),
        get_engine("formulas").computed(open_workbook(path), {"typed": [[5], [6]]}),
    ):
        raise error


def partial_array(path):
    with pytest.raises(PromptError, match="one array formula fills"):
        values(path, {"array": [["x"]]})


# what happens to a file before it is read once more, and how often it is read in all
BEFORE = [
    ("nothing", lambda path: None, 1),
    ("the same inputs", values, 1),
    ("other inputs", lambda path: values(path, {"typed": [[3], [4]]}), 1),
    ("cells cleared", lambda path: values(path, {"typed": [[""], [""]]}), 1),
    ("texts for numbers", lambda path: values(path, {"typed": [["a"], ["b"]]}), 1),
    ("overridden formulas", lambda path: values(path, {"formulas": [[8], ["x"]]}), 1),
    ("an overridden array", lambda path: values(path, {"array": [["x"], [""]]}), 1),
    ("a part of the names", lambda path: values(path, {"typed": [[9]]}, ["other"]), 1),
    ("an open workbook", lambda path: computed(path, {"formulas": [[8], [9]]}), 1),
    ("readings not all taken", consumed_in_part, 1),
    ("an error of a caller", lambda path: stopped(path, ZeroDivisionError()), 2),
    ("a signal", lambda path: stopped(path, KeyboardInterrupt()), 2),
    ("a part of an array overridden", partial_array, 2),
]


@pytest.mark.parametrize(("sentence", "before", "times"), BEFORE, ids=[row[0] for row in BEFORE])
def test_a_kept_plan_gives_the_same_readings(file, read, sentence, before, times):
    """Nothing of an earlier computation is left in it: neither inputs nor results."""
    first = values(file)
    before(file)
    assert values(file) == first
    inputs = {"typed": [[3], [""]]}
    assert values(file, inputs) == {
        "typed": [[3], [""]],
        "formulas": [[30], ["none"]],
        "array": [["303"], ["none3"]],
        "other": [[2]],
    }
    expected = computed(file, inputs)
    kept_plans._KEPT.clear()
    assert computed(file, inputs) == expected
    assert read == ["a.xlsx"] * (times + 1)


def test_a_plan_in_use_is_not_shared(file, read):
    """A workbook that is open keeps its values while the same file is computed with others."""
    with get_engine("formulas").computed(open_workbook(file), {"typed": [[5], [6]]}) as book:
        assert values(file)["formulas"] == [[10], [12]]
        assert book.read(Area("s", 1, 2, 2, 1)).tolist() == [[50], [56]]
    assert len(read) == 2


def test_a_changed_file_is_read_again(file, read, tmp_path):
    """Also if its size is the same, and its time has been set back."""
    assert values(file)["typed"] == [[1], [2]]
    status = file.stat()
    write_cells(file, {**CELLS, "s!A1": 3.0}, NAMES)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_mtime_ns == status.st_mtime_ns
    assert values(file)["typed"] == [[3], [2]]
    assert len(read) == 2


NOT_KEPT = [
    ("one that has just been changed may change again within a tick", "_SETTLED_SECONDS", 3600),
    ("the memory of a large one may be needed elsewhere", "MOST_KEPT_CELLS", 5),
]


@pytest.mark.parametrize(("sentence", "limit", "value"), NOT_KEPT, ids=[row[0] for row in NOT_KEPT])
def test_the_plan_of_some_files_is_not_kept(file, read, monkeypatch, sentence, limit, value):
    monkeypatch.setattr(kept_plans, limit, value)
    values(file)
    values(file)
    assert len(read) == 2


def test_two_plans_are_kept(tmp_path, read):
    """Of three files that are computed in turn the first is read again."""
    files = [write_cells(tmp_path / f"{name}.xlsx", CELLS, NAMES) for name in "abc"]
    for number in (0, 1, 0, 1, 2, 1, 0):
        values(files[number])
    assert read == ["a.xlsx", "b.xlsx", "c.xlsx", "a.xlsx"]


def test_other_areas_make_another_plan(file, read):
    """The grid has no room for areas that were not requested when it was planned."""
    engine = get_engine("formulas")
    values(file)
    extra = {"far": Area("s", 90, 9, 1, 1)}
    (readings,) = engine.recalculate(open_workbook(file), [{}], ["other"], extra)
    assert readings.values["far"].tolist() == [[""]]
    assert "far" not in values(file)
    assert len(read) == 2
