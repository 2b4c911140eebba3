"""Prompts of all lengths, in the shipped model and random models, in every engine."""

import pytest

from scripts.readme import prompts
from tests.random_models import write_random_model
from xlgpt2.commands.build import build
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import SLOW, get_engine
from xlgpt2.reference.trace import trace
from xlgpt2.verification import report
from xlgpt2.verification.compare import compare
from xlgpt2.verification.requests import typed_controls
from xlgpt2.verification.result import Input
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow

DEMO = "Mike is quick. He moves"


def test_one_prompt_fills_every_row():
    """One of the prompts has exactly as many tokens as the workbook has rows."""
    decided = design()
    counts = [
        trace(decided.checkpoint, decided.sizes, prompt)["token_count"][0, 0]
        for prompt in prompts()
    ]
    assert max(counts) == decided.sizes.capacity
    assert min(counts) == 1


RANDOM = [
    ("three heads of five", {"n_layer": 2, "n_head": 3, "head_size": 5, "vocab_size": 301, "n_positions": 11}),
    ("one head, one block, weights in bfloat16", {"n_layer": 1, "n_head": 1, "head_size": 7, "vocab_size": 270, "n_positions": 9, "dtype": "bfloat16"}),
    ("a narrow MLP, names with a prefix", {"n_layer": 2, "n_head": 2, "head_size": 3, "vocab_size": 290, "n_positions": 13, "n_inner": 5, "prefix": True}),
]  # fmt: skip


#: How many of these models an engine gets.
NUMBERS = {"formulas": 2, "libreoffice": 1, "ironcalc": 1, "cellrune": 1}


def test_random_models_are_verified(tmp_path, exact_engine, samples):
    """Every range of every tab, for three prompts; each day other models."""
    for sentence, sizes in samples.of(RANDOM, NUMBERS[exact_engine.name]):
        model = write_random_model(tmp_path / sentence / "model", **sizes)
        decided = design(model, max_bytes=10, new_tokens=4)
        file = build(decided, tmp_path / sentence / "model.xlsx", "the").path
        result = verify(file, model, ["the other", "a\u00e9 1", "  x"], engine=exact_engine.name)
        assert result.verified, f"{sentence}: {report.lines(result)}"


@pytest.mark.libreoffice
def test_a_changed_prompt_changes_the_prediction(short_workbook, libreoffice):
    """In LibreOffice the sheets follow a new prompt, and return with the old one."""
    inputs = [{"prompt": [[text]]} for text in (DEMO, "Anna is slow. She walks", DEMO)]
    results = libreoffice.recalculate(open_workbook(short_workbook), inputs, ["next_token"])
    assert [readings.text("next_token") for readings in results] == [
        "·quickly",
        "·slowly",
        "·quickly",
    ]


TOO_LONG = [
    ("one character too many", "a" * 30, "more than 29 characters", "--max-bytes 30 or more"),
    ("one byte too many", "\u00e9" * 14 + "aa", "30 bytes and this workbook takes 29", "--max-bytes 30."),
    ("one token too many", "? " * 6, "12 tokens and this workbook takes 11", "--capacity 12."),
    ("more tokens than positions", "? " * 6 + "?", "13 tokens and the model has positions for 12", "Shorten it."),
    ("an empty prompt", "", "The prompt is empty", "type some text"),
]  # fmt: skip


def test_a_prompt_that_does_not_fit_gets_a_message_and_no_prediction(random_workbook, engine):
    """The Prompt tab names the limit and how to raise it; it shows no token and no error."""
    file, _ = random_workbook
    rows = TOO_LONG[3:] if engine.name in SLOW else TOO_LONG
    results = engine.recalculate(
        open_workbook(file), [{"prompt": [[text]]} for _, text, _, _ in rows]
    )
    for (what, _, words, way_out), readings in zip(rows, results, strict=True):
        assert words in readings.text("prompt_message"), what
        assert way_out in readings.text("prompt_message"), what
        assert readings.text("prompt_next_token") == "", what
        assert readings.text("continued_text") == "", what
        assert readings.number("token_count") == 0, what
        errors = [
            n for n, cells in readings.values.items() if "#" in {str(c)[:1] for c in cells.ravel()}
        ]
        # The vocabulary has a token "#"; only errors begin with it elsewhere.
        assert not [
            n for n in errors if not n.startswith(("vocabulary", "merge_labels", "byte_letters"))
        ], what


def test_overridden_ids_are_computed_like_a_prompt(random_workbook, random_design):
    """Overridden ids reach every stage; the tokenizer still shows the prompt."""
    file, _ = random_workbook
    ids = [300, 5, 0, 77]
    inputs = {"token_ids": [[float(i)] for i in ids] + [[""]] * 7}
    readings = next(iter(get_engine("formulas").recalculate(open_workbook(file), [inputs])))
    expected = trace(
        random_design.checkpoint,
        random_design.sizes,
        readings.text("prompt"),
        ids,
        typed_controls(readings),
    )
    check = compare(readings, expected, random_design.plan, Input("typed"))
    assert [entry for entry in check.ranges if not entry.outcome.good] == []
    assert readings.text("prompt_message").startswith("Token ids were overridden")


def test_equal_logits_are_ranked_by_id(tmp_path):
    """Of two tokens with the same row of wte, the lower id comes first, and each is listed once."""
    model = write_random_model(tmp_path / "model", twins=True)
    decided = design(model, capacity=4, max_bytes=6, new_tokens=1)
    file = build(decided, tmp_path / "model.xlsx", "the").path
    result = verify(file, model, engine="formulas", probe=False)
    assert result.verified, report.lines(result)
    top = run(file, top=2).top
    assert top[0].logit == top[1].logit
    assert top[0].id + 1 == top[1].id


@pytest.mark.libreoffice
@pytest.mark.sample(1)
@pytest.mark.parametrize("capacity", [32, 40])
def test_the_first_prompt_in_an_empty_workbook_is_right(tmp_path, libreoffice, capacity):
    """LibreOffice once read uncomputed cells if the file was opened without a prompt."""
    file = build(design(capacity=capacity), tmp_path / "empty.xlsx", prompt="").path
    result = verify(file, prompts=["The quick brown fox jumps over"], engine="libreoffice")
    assert result.verified, report.lines(result)
