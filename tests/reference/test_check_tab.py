"""The tab Check: ok for a workbook as built, not ok if a weight, a sum or a value has changed."""

import json
import re

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from tests.random_models import write_random_model
from tests.sabotage import replaced, sabotaged, substituted
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.commands.build import build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.inputs import prompt_inputs
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import SLOW, get_engine
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow

CHECKS = (
    *("weights_check", "attention_check", "probability_check", "errors_check"),
    "line_break_check",
)


def check_texts(workbook, engine, prompt=None):
    """The tab's verdict, its checks and the message on the tab Prompt; and all readings."""
    readings = next(iter(engine.recalculate(open_workbook(workbook), [prompt_inputs(prompt)])))
    return texts_of(readings), readings


def texts_of(readings):
    """The tab's verdict, its checks and the message on the tab Prompt."""
    return {name: readings.text(name) for name in ("check_verdict", *CHECKS, "prompt_check")}


PROMPTS = [
    ("a text", "the other cat sat"),
    ("an empty one, with nothing computed", ""),
    ("one too long for the rows", "the cat and " * 9),
    ("characters of several bytes", "é 日本 👋🏽"),
]


def test_all_checks_pass_for_every_prompt(random_workbook, engine, samples):
    workbook, _ = random_workbook
    prompts = samples.of(PROMPTS, 2) if engine.name in SLOW else PROMPTS
    inputs = [prompt_inputs(prompt) for _, prompt in prompts]
    readings = engine.recalculate(
        open_workbook(workbook), inputs, ["check_verdict", *CHECKS, "prompt_check"]
    )
    for (what, _), reading in zip(prompts, readings, strict=True):
        texts = texts_of(reading)
        assert texts["check_verdict"] == texts["prompt_check"] == "All checks pass", (what, texts)


def first_number(name, new):
    """An edit of the first number of a tensor; `new` makes the cell's XML from the number."""

    def change(plan):
        cell = plan.places[name].area.cell(0, 0).rpartition("!")[2].replace("$", "")
        pattern = rf'(<c r="{cell}"[^>]*>)<v>([^<]*)</v></c>'
        return substituted(pattern, lambda match: new(match[1], float(match[2])), 1)

    return change


# what is changed, the tab, the change (of the plan), the checks that fail
FAULTS = [
    ("a weight with another fourth digit", "h0 qkv", first_number("h_0_attn_c_attn_weight", lambda head, x: f"{head}<v>{x * 1.0005!r}</v></c>"), {"weights_check"}),
    ("a bias deleted", "h1 qkv", first_number("h_1_attn_c_attn_bias", lambda head, x: ""), {"weights_check"}),
    ("a scale pasted as a text", "Final norm", first_number("ln_f_weight", lambda head, x: f'{head[:-1]} t="str"><v>1</v></c>'), {"weights_check"}),
    ("a softmax that sums to 2", "h1 attention", lambda plan: replaced("=1,EXP(", "=1,2*EXP("), {"attention_check"}),
    ("probabilities divided by another sum", "Logits", lambda plan: substituted(r"logit_exp/[^,<]*", "logit_exp/2"), {"probability_check"}),
    ("an error that no other tab reads", "Ranking", lambda plan: replaced("LARGE(", "SQRT(-1)+LARGE(", 1), {"errors_check"}),
    ("a line break lost, as in LibreOffice 26.8, which drops those of cell texts", "Check", lambda plan: replaced("LEN(line_break_text)", "LEN(line_break_text)-1"), {"line_break_check"}),
    ("another recorded count", "Check", first_number("weight_recorded_count", lambda head, x: f"{head}<v>{x + 1}</v></c>"), {"weights_check"}),
]  # fmt: skip


@pytest.mark.sample(3)
@pytest.mark.parametrize(("what", "tab", "change", "failing"), FAULTS, ids=[r[0] for r in FAULTS])
def test_a_fault_fails_its_check(
    random_workbook, random_design, tmp_path, what, tab, change, failing
):
    workbook, _ = random_workbook
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change(random_design.plan))
    texts, _ = check_texts(mutant, get_engine("formulas"))
    assert {name for name in CHECKS if texts[name] != "ok"} == failing, what
    assert texts["check_verdict"] == f"{len(failing)} of 5 checks fail: see below"
    assert texts["prompt_check"] == "Not as built: see Check"


def test_every_engine_notices_a_changed_weight(random_workbook, random_design, tmp_path, engine):
    workbook, _ = random_workbook
    what, tab, change, failing = FAULTS[0]
    mutant = sabotaged(workbook, tmp_path / "mutant.xlsx", tab, change(random_design.plan))
    texts, _ = check_texts(mutant, engine)
    assert {name for name in CHECKS if texts[name] != "ok"} == failing, what


@pytest.fixture(scope="module")
def own_readings(random_workbook):
    """All ranges of the random model's workbook as the file stands."""
    return next(iter(get_engine("formulas").recalculate(open_workbook(random_workbook[0]), [{}])))


def test_recorded_sums_are_those_of_torch(random_workbook, own_readings):
    """Count, sum and sum of squares of every tensor agree with an independent library."""
    (_, model), readings = random_workbook, own_readings
    tensors = load_file(model / "model.safetensors")
    by_name = {name.removesuffix(".weight") if name in ("wte.weight", "wpe.weight") else name.replace(".", "_"): torch.from_numpy(array).double() for name, array in tensors.items()}  # fmt: skip
    names = [str(name) for name in readings.values["weight_name"][:, 0]]
    assert sorted(names) == sorted(by_name)
    for i, name in enumerate(names):
        expected = by_name[name]
        sums = [
            readings.values[f"weight_recorded_{kind}"][i, 0]
            for kind in ("count", "sum", "sum_of_squares")
        ]
        torch_sums = [expected.numel(), float(expected.sum()), float(expected.square().sum())]
        assert np.allclose(sums, torch_sums, rtol=1e-12, atol=1e-12), name


VARIANTS = [
    ("int8 weights, which also have scales", {"precision": Precision("int8")}),
    ("bfloat16 weights of three digits", {"precision": Precision("bfloat16", 3)}),
    ("one block of two", {"blocks": (1,)}),
    ("a lean workbook", {"lean": True}),
    ("a workbook that only predicts the next token", {"new_tokens": 0}),
]


@pytest.mark.sample(3)
@pytest.mark.parametrize(("what", "options"), VARIANTS, ids=[row[0] for row in VARIANTS])
def test_checks_pass_in_every_variant_of_a_workbook(tmp_path, samples, what, options):
    """One variant is also verified with probes, which tamper with weights and values."""
    model = write_random_model(tmp_path / "model", n_positions=12)
    decided = design(model, capacity=5, max_bytes=17, **{"new_tokens": 2, **options})
    workbook = build(decided, tmp_path / "model.xlsx", "the cat").path
    texts, _ = check_texts(workbook, get_engine("formulas"))
    assert texts["check_verdict"] == "All checks pass", texts
    probe = what in [title for title, _ in samples.of(VARIANTS, 1)]
    result = verify(workbook, model, engine="formulas", probe=probe)
    assert result.verified, what


def test_decimal_weights_are_within_half_the_tolerance(random_workbook, own_readings):
    """Shortest decimals differ from the float32 numbers by less than half the tolerance."""
    (_, model), readings = random_workbook, own_readings
    config = json.loads((model / "config.json").read_text("utf-8"))
    count, squares = (
        readings.values[f"weight_recorded_{kind}"] for kind in ("count", "sum_of_squares")
    )
    off = np.abs(readings.values["weight_sum"] - readings.values["weight_recorded_sum"])
    assert (off < 1e-7 * np.sqrt(squares) + 1e-13 * np.sqrt(count * squares)).all()
    assert len(off) == 4 + 12 * config["n_layer"]
    assert re.fullmatch(r"[\d.]+", str(squares[0, 0]))
