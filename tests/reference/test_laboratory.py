"""The tabs of the laboratory: what they show of one token, head or guess, and what they say of input."""

import re
from functools import cache

import numpy as np
import pytest

from tests.random_models import write_random_model
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.inputs import prompt_inputs
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.verification import report
from xlgpt2.verification.chosen_logits import chosen_logits, weights_for
from xlgpt2.verification.laboratory_inputs import (
    guess_with_a_space_more,
    guess_without_its_space,
)
from xlgpt2.xlsx.reading.workbook import open_workbook

PROMPT = "the other cat sat"


@pytest.fixture(scope="module")
def typed(random_workbook):
    """A function: the readings of the workbook of a random model with a prompt and these cells."""
    workbook = open_workbook(random_workbook[0])

    def read(prompt=PROMPT, **cells):
        inputs = prompt_inputs(prompt) | {name: [[value]] for name, value in cells.items()}
        return next(iter(get_engine("formulas").recalculate(workbook, [inputs])))

    return cache(read)


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


#: A cell of One number, what is typed, the number used, and the message. The model has blocks 0 and 1,
#: heads 0 to 2 of 5 columns, 60 units, and the prompt tokens 0 to {last}.
ONE_NUMBER = [
    ("one_block", "", 0, "block: 0 to 1."),
    ("one_block", 2.0, 1, "block: expected 0 to 1, got 2; 1 is used."),
    ("one_block", -1.0, 0, "block: expected 0 to 1, got -1; 0 is used."),
    ("one_block", 0.5, 0, "block: expected a whole number, got 0.5; 0 is used."),
    ("one_head", 9.0, 2, "head: expected 0 to 2, got 9; 2 is used."),
    ("one_head", 1.5, 1, "head: expected a whole number, got 1.5; 1 is used."),
    ("one_query", "", "{last}", "query: 0 to {last}; empty: the last one."),
    ("one_query", 99.0, "{last}", "query: expected 0 to {last}, got 99; {last} is used."),
    ("one_key", 99.0, "{last}", "key: expected 0 to {last}, got 99; {last} is used."),
    ("one_key", 1.0, 1, "key: 0 to {last}; empty: the most looked at."),
    ("one_column", 5.0, 4, "column: expected 0 to 4, got 5; 4 is used."),
    ("one_column", "x", 0, "column: 0 to 4, of values and mix."),
    ("one_unit", 60.0, 59, "unit: expected 0 to 59, got 60; 59 is used."),
    ("one_unit", -0.5, 0, "unit: expected 0 to 59, got -0.5; 0 is used."),
]


@pytest.mark.parametrize(("cell", "value", "used", "message"), ONE_NUMBER)
def test_one_number_says_what_is_used(typed, last, cell, value, used, message):
    readings = typed(**{cell: value})
    number = last if used == "{last}" else used
    assert readings.values[f"{cell}_used"][0, 0] == number
    assert readings.text(f"{cell}_message") == message.format(last=last)


def test_a_block_that_the_file_lacks_is_replaced_by_one_before_it(random_design, tmp_path):
    """The message names it; the sums are those of the block that is used."""
    decided = design(random_design.checkpoint.folder, 5, 17, new_tokens=1, blocks=[1])
    file = build(decided, tmp_path / "a.xlsx", "the cat").path
    (readings,) = get_engine("formulas").recalculate(open_workbook(file), [{"one_block": [[0.0]]}])
    assert readings.text("one_block_message") == "block: expected 1 to 1, got 0; 1 is used."
    result = verify(file, decided.checkpoint.folder, ["the cat"], "formulas")
    assert result.verified, report.lines(result)


def test_its_sums_are_the_numbers_on_the_tabs_of_the_block(typed, random_design):
    """Of the head, the tokens, the column and the unit that were chosen, and not of others."""
    cells = {"block": 1, "head": 2, "query": 2, "key": 1, "column": 3, "unit": 33}
    values = typed(**{f"one_{name}": float(number) for name, number in cells.items()}).values
    there = {
        "one_score_result": values["h_1_attn_scores_2"][2, 1],
        "one_mix": values["h_1_attn_mix_2"][2, 3],
        "one_unit_result": values["h_1_mlp_c_fc"][2, 33],
    }
    assert {name: pytest.approx(values[name][0, 0], rel=1e-9) for name in there} == there
    for check in ("one_score_check", "one_mix_check", "one_unit_check"):
        assert values[check][0, 0] == "the same"


#: What is typed as a guess, and the sentence. The texts in braces are
#: tokens with a space less and with one more.
GUESSES = [
    ("nothing", "", r"Type a guess into the yellow cell\."),
    ("a number is a text", 1.0, r"Rank \d+ of 301: \d+(\.\d)?%\."),
    ("several tokens", "the cat sat", "Not one token: try something shorter."),
    ("a token without its space", "{with_space}", "Not one token; but it is one with a space before it."),
    ("a token with a space too many", "{without_space}", "Not one token; but it is one without the space before it."),
]  # fmt: skip


@pytest.mark.parametrize(("what", "guess", "sentence"), GUESSES)
def test_a_guess_is_judged(typed, random_design, what, guess, sentence):
    vocabulary = random_design.checkpoint.vocabulary
    texts = {
        "with_space": guess_without_its_space(vocabulary),
        "without_space": guess_with_a_space_more(vocabulary),
    }
    guess = guess.format(**texts) if isinstance(guess, str) else guess
    verdict = typed(guess=guess).text("guess_verdict")
    assert re.fullmatch(sentence, verdict), (what, guess, verdict)


def test_guesses_are_ranked_as_the_likeliest_tokens_are(random_workbook, random_design):
    """Of equal logits the lower id comes first; upper case counts: "a" and "A" are two tokens."""
    checkpoint = random_design.checkpoint
    ids = [checkpoint.vocabulary.ids[letter] for letter in "Aa"]
    weights = weights_for(checkpoint, chosen_logits(checkpoint.vocabulary, ids))
    inputs = prompt_inputs(PROMPT) | {name: cells.tolist() for name, cells in weights.items()}
    engine, workbook = get_engine("formulas"), open_workbook(random_workbook[0])
    for letter, token in zip("Aa", ids, strict=True):
        (shown,) = engine.recalculate(workbook, [inputs | {"guess": [[letter]]}])
        rank = sorted(ids).index(token) + 1
        share = shown.values["top_probabilities"][0, 0]
        assert shown.values["guess_id"][0, 0] == token
        assert shown.text("guess_verdict") == (
            f"Rank {rank} of 301: {share:.1%}." + " It is the likeliest token." * (rank == 1)
        )


def test_a_number_that_is_not_the_sum_is_noticed(random_workbook, typed):
    """Where another number is typed over the one on the block's tab."""
    workbook = open_workbook(random_workbook[0])
    names = {"one_score_there": "score", "one_mix_there": "mix", "one_unit_there": "unit"}
    for name, check in names.items():
        (readings,) = get_engine("formulas").recalculate(workbook, [{name: [[77.0]]}])
        assert readings.text(f"one_{check}_check") == "not the same"


LENS = [
    (1.0, 1, "lens: on; 0 is off, which saves time."),
    (0.0, 0, "lens: off; 1 computes logits after each block."),
    (2.0, 0, "lens: expected 0 or 1, got 2; 0 is used."),
    ("", 0, "lens: expected 0 or 1; 0 is used."),
]


@pytest.mark.parametrize(("value", "used", "message"), LENS)
def test_only_a_1_switches_the_logits_of_blocks_on(typed, value, used, message):
    """Off, nothing is shown, and helper rows are 0."""
    readings = typed(lens=value)
    assert (readings.values["lens_on"][0, 0], readings.text("lens_message")) == (used, message)
    assert (readings.text("lens_answer") != "") == used
    assert readings.values["lens_logits"].any() == used


@pytest.mark.parametrize(
    ("value", "used", "message"),
    [
        ("", None, "position: 0 to {last}; empty: the last one."),
        (99.0, None, "position: expected 0 to {last}, got 99; {last} is used."),
        (0.5, 0, "position: expected a whole number, got 0.5; 0 is used."),
    ],
)
def test_a_position_is_chosen_by_its_number(typed, last, value, used, message):
    readings = typed(lens_position=value)
    assert readings.values["lens_used"][0, 0] == (last if used is None else used)
    assert readings.text("lens_position_message") == message.format(last=last)


def test_after_the_last_block_the_last_token_says_what_the_model_says(typed):
    """Its answer is the next token, with its probability, and the first of its ranking."""
    values = typed().values
    assert values["lens_answer"][0, 0] == values["next_token"][0, 0]
    assert values["lens_answer_rank"][-1, 0] == 1
    share = values["next_token_probability"][0, 0]
    assert values["lens_answer_probability"][-1, 0] == pytest.approx(share, rel=1e-9)
    assert values["lens_probability"][-1, 0] == pytest.approx(share, rel=1e-9)


def test_lengths_are_those_of_what_attention_and_mlp_add(typed):
    """In each block, to the residual stream of the chosen token."""
    values = typed(lens_position=1.0).values
    for block in (0, 1):
        for name, part in (("attention", "attn"), ("mlp", "mlp")):
            added = values[f"h_{block}_{part}_c_proj"][1].astype(float)
            length = values[f"lens_{name}_length"][block, 0]
            assert length == pytest.approx(np.sqrt((added**2).sum()), rel=1e-9)


def test_without_a_token_there_is_nothing_to_show(typed):
    readings = typed("")
    assert readings.text("overview_message") == "There is no token to show: see the tab Prompt."
    for name in ("overview_softmax", "overview_most", "overview_share", "overview_token"):
        assert set(readings.values[name].ravel().tolist()) == {""}, name


#: Cells of these tabs, each with another value than in a new workbook.
CELLS = {
    "overview_token_number": 1,
    "guess": 1,
    "lens_position": 1,
    **{
        "one_block": 1,
        "one_head": 2,
        "one_query": 2,
        "one_key": 1,
        "one_column": 3,
        "one_unit": 33,
    },
}


def test_every_engine_shows_the_same(random_workbook, exact_engine):
    file, model = random_workbook
    result = verify(file, model, [PROMPT], exact_engine.name, controls=CELLS)
    assert result.verified, report.lines(result)


def test_one_block_with_one_head_is_enough(tmp_path, exact_engine):
    """Columns with a row for each head are single cells then, which IronCalc takes for values."""
    sizes = {"n_layer": 1, "n_head": 1, "head_size": 7, "vocab_size": 270, "n_positions": 9}
    model = write_random_model(tmp_path / "m", **sizes)
    file = build(design(model, 6, 15, new_tokens=2), tmp_path / "a.xlsx", "the cat").path
    result = verify(file, model, ["the other"], exact_engine.name)
    assert result.verified, report.lines(result)
