"""The cyclic garbage collector is paused for a while, and left as it was."""

import gc
from contextlib import nullcontext

import pytest

from tests.small_workbooks import write_cells
from xlgpt2.engines import get_engine
from xlgpt2.engines.formulas import kept_plans
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.xlsx.reading.workbook import open_workbook


@pytest.fixture(autouse=True)
def _collection_afterwards():
    yield
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False], ids=["was on", "was off"])
@pytest.mark.parametrize("fails", [False, True], ids=["done", "error"])
def test_the_collector_is_left_as_it_was(enabled, fails):
    """Whether the work is done or fails, and if something else has paused it before."""
    if not enabled:
        gc.disable()
    with pytest.raises(ZeroDivisionError) if fails else nullcontext(), collection_paused():
        assert not gc.isenabled()
        _ = 1 / (not fails)
    assert gc.isenabled() == enabled


def test_a_workbook_is_read_without_collection_and_given_back_with_it(tmp_path, monkeypatch):
    """A caller's own cycles are collected between two readings."""
    path = write_cells(tmp_path / "a.xlsx", {"s!A1": 1, "s!B1": "=A1+1"}, {"sum": "s!B1"})
    states = []
    read = kept_plans.read_workbook
    monkeypatch.setattr(
        kept_plans, "read_workbook", lambda path: states.append(gc.isenabled()) or read(path)
    )
    for readings in get_engine("formulas").recalculate(open_workbook(path), [{}, {}]):
        assert readings.values["sum"].item() == 2
        states.append(gc.isenabled())
    assert states == [False, True, True]
