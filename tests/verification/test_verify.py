"""The comparison of readings with the reference: every kind of difference is distinguished."""

import numpy as np
import pytest

from tests.stages.test_templates import sizes
from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import CellError
from xlgpt2.designs.design import plan_of
from xlgpt2.stages.stages import EXACT
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.verification import report
from xlgpt2.verification.compare import compare
from xlgpt2.verification.difference import Outcome, difference
from xlgpt2.verification.result import (
    EngineFailure,
    Input,
    Verification,
)

PLAN = plan_of(sizes(), load_templates(shipped_templates()))
TRACE = {
    "ln_f_last": np.linspace(-2.0, 3.0, 15)[None, :],
    "wpe": np.arange(13 * 15, dtype=float).reshape(13, 15) / 7,
    "next_token": np.array([["·quickly"]], dtype=object),
    "top_labels": np.array([["a"]] * 10, dtype=object),
}


def check(changes):
    """The comparison of readings that equal the trace except for the changes."""
    values = {name: cells.copy() for name, cells in TRACE.items()}
    for name, cells in changes.items():
        if cells is None:
            del values[name]
        else:
            values[name] = cells
    areas = {name: PLAN.places[name].area for name in PLAN.places if name in values}
    readings = Readings("an engine", "1.0", values, areas, 0.1)
    comparison = compare(readings, TRACE, PLAN, Input("prompt"))
    return comparison, {entry.name: entry for entry in comparison.ranges}


def changed(name, i, j, value):
    """A range of the trace with one cell changed."""
    cells = TRACE[name].astype(object) if not isinstance(value, float) else TRACE[name].copy()
    cells[i, j] = value
    return {name: cells}


OUTCOMES = [
    ("equal values match", {}, "ln_f_last", Outcome.MATCH),
    ("the last bits may differ", changed("ln_f_last", 0, 4, TRACE["ln_f_last"][0, 4] * (1 + 1e-13)), "ln_f_last", Outcome.MATCH),
    ("the eighth digit may not", changed("ln_f_last", 0, 4, TRACE["ln_f_last"][0, 4] * (1 + 1e-8)), "ln_f_last", Outcome.OVER_TOLERANCE),
    ("a weight may not differ at all", changed("wpe", 2, 3, TRACE["wpe"][2, 3] * (1 + 1e-15)), "wpe", Outcome.OVER_TOLERANCE),
    ("NaN is over any tolerance", changed("ln_f_last", 0, 4, float("nan")), "ln_f_last", Outcome.OVER_TOLERANCE),
    ("an error value is an error", changed("ln_f_last", 0, 4, CellError("#VALUE!")), "ln_f_last", Outcome.SPREADSHEET_ERROR),
    ("a blank is an absent value", changed("ln_f_last", 0, 4, ""), "ln_f_last", Outcome.ABSENT),
    ("a text in place of a number differs", changed("ln_f_last", 0, 4, "0.5"), "ln_f_last", Outcome.OVER_TOLERANCE),
    ("another text differs", changed("next_token", 0, 0, "·slowly"), "next_token", Outcome.OVER_TOLERANCE),
    ("case counts", changed("top_labels", 3, 0, "A"), "top_labels", Outcome.OVER_TOLERANCE),
    ("a missing range is absent", {"wpe": None}, "wpe", Outcome.ABSENT),
    ("a range one column short is absent", {"wpe": TRACE["wpe"][:, :-1]}, "wpe", Outcome.ABSENT),
    ("a range that only the file has is not checked", {"residual_1": np.zeros((11, 15))}, "residual_1", Outcome.UNCHECKED),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "changes", "name", "outcome"), OUTCOMES, ids=[r[0] for r in OUTCOMES])  # fmt: skip
def test_outcomes_are_distinguished(sentence, changes, name, outcome):
    comparison, ranges = check(changes)
    assert ranges[name].outcome is outcome, sentence
    others = {entry.outcome for entry in ranges.values() if entry.name != name}
    assert others == {Outcome.MATCH}
    result = Verification("a.xlsx", "a model", (comparison,))
    assert result.verified is outcome.good
    assert report.exit_code(result) == (0 if outcome.good else 1)


def test_the_worst_cell_is_named_with_its_address():
    """Its address, expected value and value are in the line of the report."""
    cells = TRACE["ln_f_last"].copy()
    cells[0, 2] += 1e-3
    cells[0, 6] += 2e-3
    comparison, ranges = check({"ln_f_last": cells})
    area = PLAN.places["ln_f_last"].area
    assert ranges["ln_f_last"].worst.address == area.cell(0, 6)
    assert ranges["ln_f_last"].worst.absolute == pytest.approx(2e-3)
    line = report.lines(Verification("a.xlsx", "a model", (comparison,)))
    assert f"error: stage Final norm: ln_f_last at {area.cell(0, 6)}: expected" in line
    assert "NOT verified" in line


def test_an_error_in_place_of_the_same_text_is_reported():
    """As with an error in a control: the report is not 'expected "#NUM!", got #NUM!'."""
    comparison = difference("#NUM!", CellError("#NUM!"), EXACT)
    assert (comparison.outcome, comparison.expected, comparison.got) == (
        Outcome.SPREADSHEET_ERROR,
        "no error",
        "#NUM!",
    )


def test_two_numbers_that_differ_are_shown_differently():
    """Also if they differ only after fifteen digits, which are enough for others."""
    comparison = difference(0.7978845608028654, 0.797884560802865, EXACT)
    assert (comparison.outcome, comparison.expected, comparison.got) == (
        Outcome.OVER_TOLERANCE,
        "0.7978845608028654",
        "0.797884560802865",
    )


def test_a_failed_engine_is_neither_verified_nor_a_difference():
    """Exit code 2 means that the check could not run."""
    comparison, _ = check({})
    for outcome in (Outcome.ENGINE_FAILED, Outcome.MISSING_FUNCTION):
        failure = EngineFailure("an engine", outcome, "it stopped")
        result = Verification("a.xlsx", "a model", (comparison,), (failure,))
        assert not result.verified
        assert report.exit_code(result) == 2
        assert f"error: engine an engine: {outcome.value}: it stopped" in report.lines(result)


def test_nothing_compared_is_not_verified():
    """A verification without readings must not pass."""
    assert not Verification("a.xlsx", "a model", ()).verified


def test_another_next_token_is_not_verified():
    """The agreement of the next token is a separate condition."""
    comparison, _ = check(changed("next_token", 0, 0, "·slowly"))
    assert comparison.next_token == "·slowly"
    assert not comparison.agrees
    assert "next token agrees 0 of 1" in report.verdict(Verification("a", "m", (comparison,)))


def test_the_json_report_has_no_infinity():
    """JSON parsers refuse it: an infinite error is null."""
    comparison, _ = check(changed("ln_f_last", 0, 4, ""))
    stages = report.as_json(Verification("a.xlsx", "a model", (comparison,)))["stages"]
    worst = next(s for s in stages if s["stage"] == "Final norm")
    assert worst["worst_relative"] is None
    assert worst["outcome"] == "absent value"
    assert worst["got"] == "nothing"
