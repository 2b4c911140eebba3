"""Tampering: inputs that override weights and values, so that each check of the tab Check fails."""

import numpy as np
import pytest

from tests.sabotage import replaced, sabotaged
from xlgpt2.commands.verify import verify
from xlgpt2.engines import get_engine
from xlgpt2.verification.tampering import tampering_probes
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def damage(random_workbook, random_design):
    """The readings of the tab Check with each kind of tampering."""
    file, _ = random_workbook
    tamperings = tampering_probes(random_design.checkpoint, random_design.plan)
    inputs = [tampering.inputs(random_design.sizes.T) for tampering in tamperings]
    return list(get_engine("formulas").recalculate(open_workbook(file), inputs))


@pytest.mark.parametrize("name", ["weights", "attention", "probability", "errors"])
def test_every_check_fails_with_some_tampering_and_passes_with_another(damage, name):
    """Otherwise a check that never fails, or always fails, would go unnoticed."""
    texts = [readings.text(f"{name}_check") for readings in damage]
    assert "not ok" in texts
    assert "ok" in texts or name == "weights"
    results = {value for readings in damage for value in readings.values["weight_result"][:, 0]}
    assert results == {"ok", "not ok"}
    errors = np.max([readings.values["tab_errors"] for readings in damage], axis=0)
    assert errors.all()  # of each tab, with some tampering


def test_every_weight_is_tampered_just_above_and_just_below_the_tolerance(damage):
    """In its sum and in its squares: each tensor fails in two of these four cases."""
    results = np.hstack([readings.values["weight_result"] for readings in damage[:4]])
    assert (np.sum(results == "not ok", axis=1) == 2).all()
    assert (np.sum(results == "ok", axis=1) == 2).all()


def test_a_check_that_never_fails_is_found(random_workbook, tmp_path):
    """The tab passes wrong weights; verify notices by tampering with some of them."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", "Check", replaced("2E-7*SQRT", "2E+7*SQRT"))
    result = verify(mutant, model, engine="formulas")
    first = next(stage for stage in result.stages() if not stage.outcome.good)
    assert (first.tab, first.name) == ("Check", "weight_result")
    assert first.input.why == "sums and probabilities off"
