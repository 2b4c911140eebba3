"""The tab Switches: what the model says without some heads and MLPs, as transformers computes it."""

from functools import cache

import numpy as np
import pytest

from tests.comparing import assert_agrees
from xlgpt2.commands.build import build
from xlgpt2.designs.inputs import prompt_inputs
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import SwitchedOff, Zones
from xlgpt2.reference.tabs.switches import switches_trace
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification.laboratory_inputs import coded_switches
from xlgpt2.verification.probes import Probe
from xlgpt2.xlsx.reading.workbook import open_workbook

PROMPT = "the other cat sat"

#: The switches of a model of two blocks and three heads: of each block its MLP, then its heads.
ALL = ((1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0))


@pytest.fixture(scope="module")
def typed(random_workbook):
    """A function: the readings of the workbook of a random model with these switches."""
    workbook = open_workbook(random_workbook[0])

    def read(switches=ALL, prompt=PROMPT):
        inputs = prompt_inputs(prompt) | {"switches": [list(row) for row in switches]}
        return next(iter(get_engine("formulas").recalculate(workbook, [inputs])))

    return cache(read)


def with_transformers(checkpoint, prompt, switches):
    """The logits of the next token in transformers, with what is switched off set to zero there."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    model = transformers.GPT2LMHeadModel.from_pretrained(checkpoint.folder).double().eval()
    width = checkpoint.config.n_embd // checkpoint.config.n_head
    for layer, (mlp, *heads) in zip(model.transformer.h, switches, strict=True):
        kept = torch.tensor(heads, dtype=torch.float64).repeat_interleave(width)
        layer.attn.c_proj.register_forward_pre_hook(lambda _, given, kept=kept: (given[0] * kept,))
        layer.mlp.register_forward_hook(lambda _, given, result, mlp=mlp: result * mlp)
    ids = torch.tensor([encode(checkpoint.vocabulary, prompt)])
    with torch.no_grad():
        return model(ids).logits[0, -1].numpy()


OFF = [
    ("one head of the first block", ((1, 0, 1, 1), (1, 1, 1, 1))),
    ("the last head of the last block", ((1, 1, 1, 1), (1, 1, 1, 0))),
    ("one MLP", ((1, 1, 1, 1), (0, 1, 1, 1))),
    ("an MLP and heads of both blocks", ((0, 1, 0, 1), (1, 0, 1, 0))),
    ("everything", ((0, 0, 0, 0), (0, 0, 0, 0))),
]


@pytest.mark.parametrize(("what", "switches"), OFF)
def test_it_says_what_transformers_says(typed, random_design, what, switches):
    logits = with_transformers(random_design.checkpoint, PROMPT, switches)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    values = typed(switches).values
    assert np.allclose(values["switched_logits"][:, 0].astype(float), logits, rtol=1e-5, atol=1e-6)
    order = np.argsort(-logits, kind="stable")
    labels = [random_design.checkpoint.vocabulary.label(int(i)) for i in order[:10]]
    assert values["switched_labels"][:, 0].tolist() == labels, what
    before = values["top_ids"][:, 0].astype(int)
    assert values["switch_rank"][:, 0].tolist() == [1 + order.tolist().index(i) for i in before]
    assert np.allclose(values["switch_after"][:, 0].astype(float), shares[before], rtol=1e-4)


def test_with_all_at_1_it_is_the_whole_model(typed):
    """Nothing is computed a second time: the tables show the ranking."""
    values = typed().values
    for name in (
        "switched_h_0_rows",
        "switched_logits",
        "switched_h_1_attn_mix",
        "switched_residual_2",
    ):
        assert not values[name].astype(float).any(), name
    for name in ("switch_before", "switch_after", "switched_probabilities"):
        assert np.array_equal(values[name], values["top_probabilities"]), name
    assert np.array_equal(values["switched_labels"], values["top_labels"])
    assert values["switch_rank"][:, 0].tolist() == list(range(1, 11))


def test_the_rest_of_the_workbook_stays_the_whole_model(typed):
    """No other range depends on a switch."""
    whole, switched = typed().values, typed(OFF[3][1]).values
    others = [name for name in whole if not name.startswith(("switch", "tab_"))]
    assert len(others) > 300
    for name in others:
        assert np.array_equal(whole[name], switched[name]), name


MESSAGES = [
    (ALL, "All switches are at 1: this is the whole model."),
    (((1, 1, 0, 1), (1, 1, 1, 1)), "1 part is off."),
    (((0, 1, 0, 1), (1, 1, 1, 0)), "3 parts are off."),
    (((2, 1, 1, 1), (1, 1, 1, 1)), "switches: expected 0 or 1 in every cell; 1 of them is used as 1."),
    (((0, "", 0.5, 1), (1, "x", 1, -1)), "switches: expected 0 or 1 in every cell; 4 of them are used as 1."),
]  # fmt: skip


@pytest.mark.parametrize(("switches", "message"), MESSAGES)
def test_it_says_how_switches_are_used(typed, switches, message):
    """What is neither 0 nor 1 counts as 1, and is reported."""
    readings = typed(switches)
    assert readings.text("switch_message") == message
    off = sum(value == 0 for row in switches for value in row)
    assert readings.values["switches_off"][0, 0] == off


def test_the_sentence_compares_the_likeliest_token(typed):
    """Its probability with all parts and without some, and what is likeliest then."""
    readings = typed(OFF[4][1])
    values = readings.values
    first, now = values["top_labels"][0, 0], values["switched_labels"][0, 0]
    assert first != now
    sentence = readings.text("switch_verdict")
    assert sentence.startswith(f"{first}: ")
    assert f"and rank {values['switch_rank'][0, 0]:.0f} without these." in sentence
    assert f" Now the likeliest is {now}: " in sentence
    assert typed().text("switch_verdict").startswith(f"{first} is the likeliest next token: ")


def test_without_a_token_there_is_nothing_to_compute(typed):
    readings = typed(OFF[0][1], "")
    assert readings.text("switch_message") == "There is no token to compute: see the tab Prompt."
    assert readings.text("switch_verdict") == ""
    assert readings.values["switches_on"][0, 0] == 0
    assert set(readings.values["switch_rank"].ravel().tolist()) == {""}


def test_every_engine_agrees(random_workbook, random_design, exact_engine):
    """Each of the eight switches is off in one of these inputs, no two in the same ones."""
    codes = [coded_switches(2, 3, bit) for bit in range(4)]
    columns = list(zip(*(sum(code, ()) for code in codes), strict=True))
    assert len(set(columns)) == 8
    assert (1.0, 1.0, 1.0, 1.0) not in columns
    inputs = [Probe("switched", PROMPT, switches=code) for code in codes]
    assert_agrees(exact_engine, random_workbook[0], random_design, inputs)


def test_some_blocks_have_their_own_switches(random_design, tmp_path, exact_engine):
    """A workbook of block 1 alone has one row of them."""
    decided = design(random_design.checkpoint.folder, 5, 17, new_tokens=1, blocks=[1])
    file = build(decided, tmp_path / "a.xlsx", "the cat").path
    assert decided.plan.place("switches").area.shape == (1, 4)
    inputs = [Probe("switched", "the cat", switches=((0.0, 1.0, 0.0, 1.0),))]
    (readings,) = assert_agrees(exact_engine, file, decided, inputs)
    assert readings.text("switch_message") == "2 parts are off."


@pytest.fixture(scope="module")
def shares():
    """A function: the probabilities of the shipped model after the documentation's prompt."""
    checkpoint = design().checkpoint
    ids = encode(checkpoint.vocabulary, "Mike is quick. Anna is slow. She walks")

    def compute(off):
        ranges = forward(checkpoint, ids, Zones.of(len(ids)), 10, off)
        labels = [checkpoint.vocabulary.label(int(i)) for i in ranges["top_ids"][:, 0]]
        return dict(zip(labels, ranges["top_probabilities"][:, 0].tolist(), strict=True))

    return compute


def test_what_the_documentation_says_of_the_shipped_model(shares):
    """docs/workbook.md: without head 1 of block 2 and then without its MLP, too."""
    head = frozenset({(2, 1)})
    assert f"{shares(SwitchedOff())['·slowly']:.2%}" == "99.98%"
    assert f"{shares(SwitchedOff(head))['·slowly']:.0%}" == "93%"
    without_both = shares(SwitchedOff(head, frozenset({2})))
    assert next(iter(without_both)) == "·gently"
    assert next(iter(shares(SwitchedOff(mlps=frozenset({2}))))) == "·day"


def test_the_reference_switches_nothing_off_by_default(random_design):
    """Without switches the trace is that of all at 1."""
    checkpoint, sizes = random_design.checkpoint, random_design.sizes
    ids = encode(checkpoint.vocabulary, PROMPT)
    ranges = forward(checkpoint, ids, Zones(len(ids), sizes.T, sizes.G), sizes.top)
    ranges["top_labels"] = ranges["top_ids"]
    default, explicit = (switches_trace(ranges, checkpoint, sizes, ids, s) for s in ((), ALL))
    assert all(np.array_equal(default[name], explicit[name]) for name in default)
