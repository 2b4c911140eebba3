"""The tabs of the laboratory: what they show of one token, head or guess, and what they say of input."""

import numpy as np
import pytest

from xlgpt2.commands.verify import verify
from xlgpt2.designs.inputs import prompt_inputs
from xlgpt2.engines import get_engine
from xlgpt2.verification import report
from xlgpt2.xlsx.reading.workbook import open_workbook

PROMPT = "the other cat sat"


@pytest.fixture(scope="module")
def typed(random_workbook):
    """A function: the readings of the workbook of a random model with a prompt and these cells."""
    workbook = open_workbook(random_workbook[0])

    def read(prompt=PROMPT, **cells):
        inputs = prompt_inputs(prompt) | {name: [[value]] for name, value in cells.items()}
        return next(iter(get_engine("formulas").recalculate(workbook, [inputs])))

    return read


@pytest.fixture(scope="module")
def last(typed):
    """The number of the last token of the prompt."""
    return int(typed().values["token_count"][0, 0]) - 1


CHOICES = [
    ("an empty cell is the last token", "", None, "token: 0 to {last}, its number below; empty: the last one."),
    ("and so is a text", "x", None, "token: 0 to {last}, its number below; empty: the last one."),
    ("a number of the prompt", 1.0, 1, "token: 0 to {last}, its number below; empty: the last one."),
    ("too large a number", 99.0, None, "token: expected 0 to {last}, got 99; {last} is used."),
    ("too small a number", -1.0, 0, "token: expected 0 to {last}, got -1; 0 is used."),
    ("a fraction", 1.5, 1, "token: expected a whole number, got 1.5; 1 is used."),
]  # fmt: skip


@pytest.mark.parametrize(("what", "value", "used", "message"), CHOICES)
def test_a_token_is_chosen_by_its_number(typed, last, what, value, used, message):
    readings = typed(overview_token_number=value)
    assert readings.values["overview_used"][0, 0] == (last if used is None else used), what
    assert readings.text("overview_message") == message.format(last=last), what


def test_every_head_shows_what_it_looks_at(typed, random_design):
    """Its probabilities for the chosen token, blank after it; the largest is named."""
    values = typed(overview_token_number=2.0).values
    names = random_design.checkpoint.attention_ranges
    shares = values["overview_softmax"]
    assert np.array_equal(shares[:, :3], [values[name][2, :3] for name in names])
    assert set(shares[:, 3:].ravel().tolist()) == {""}
    best = [values["token_labels"][i, 0] for i in np.argmax(shares[:, :3].astype(float), axis=1)]
    assert values["overview_most"][:, 0].tolist() == best


def test_without_a_token_there_is_nothing_to_show(typed):
    readings = typed("")
    assert readings.text("overview_message") == "There is no token to show: see the tab Prompt."
    for name in ("overview_softmax", "overview_most", "overview_share", "overview_token"):
        assert set(readings.values[name].ravel().tolist()) == {""}, name


#: Cells of these tabs, each with another value than in a new workbook.
CELLS = {"overview_token_number": 1}


def test_every_engine_shows_the_same(random_workbook, exact_engine):
    file, model = random_workbook
    result = verify(file, model, [PROMPT], exact_engine.name, controls=CELLS)
    assert result.verified, report.lines(result)
