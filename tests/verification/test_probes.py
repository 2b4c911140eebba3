"""Probes: inputs made from a workbook's sizes reach its rows and branches, with few of them."""

import re

import numpy as np
import pytest

from tests.sabotage import replaced, sabotaged
from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import column, single
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.commands.build_split import build_split
from xlgpt2.commands.verify import verify, with_probes
from xlgpt2.constants.sizes import LARGE_CAPACITY, Sizes
from xlgpt2.designs.inspection import inspect
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.stages.templates import load_templates, shipped_templates
from xlgpt2.verification import report
from xlgpt2.verification.probe_texts import BEGINNINGS, CHARACTERS, packed
from xlgpt2.verification.probes import AS_IT_STANDS, Probe, probes
from xlgpt2.verification.requests import (
    Asked,
    answer,
    asked,
)
from xlgpt2.verification.tampering import spoilt

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shipped():
    """The shipped model's workbook on paper, as it is built by default."""
    return design()


@pytest.fixture(scope="module")
def traces(shipped):
    """What the reference gives for each probe, with the default prompt where it has none."""
    found = {}
    for probe in probes(shipped.checkpoint, shipped.sizes):
        prompt = "Mike is quick. He moves" if probe.prompt is None else probe.prompt
        controls = Controls(**{"new_tokens": shipped.sizes.G, **probe.controls})
        one = Asked(prompt, probe.token_ids, controls, (), tuple(probe.weights.items()))
        answer(found, one, shipped.checkpoint, shipped.sizes)
    return list(found.values())


def held(traces, name):
    """All that a range holds in any of the traces."""
    return {value for found in traces for value in found[name].ravel().tolist()}


def test_they_are_few(shipped):
    """Each costs every engine a computation."""
    found = probes(shipped.checkpoint, shipped.sizes)
    assert found[0] == AS_IT_STANDS
    assert len(found) <= 23


@pytest.mark.parametrize(
    "words",
    [
        "^The prompt is empty",
        "^Too long: the prompt has more than 192 characters",
        r"^Too long: the prompt has \d+ bytes and",
        r"^Too long: the prompt has \d+ tokens and this workbook",
        r"^Too long: the prompt has \d+ tokens and the model",
        "^Token ids were typed over",
        "^Read 23? of 32 tokens",
    ],
)
def test_every_message_about_the_prompt_is_reached(traces, words):
    messages = held(traces, "prompt_message")
    assert [m for m in messages if re.search(words.replace("23?", r"\d+"), m)], words


@pytest.mark.parametrize("name", ["new_tokens", "temperature", "top_k", "top_p", "seed", "score"])
def test_every_message_about_a_control_is_reached(traces, name):
    """Nothing typed, too little, too much, what is usual, and what is not."""
    assert len(held(traces, f"{name}_message")) >= 3


def test_every_row_of_tokens_and_bytes_is_reached(traces, shipped):
    rows = np.max([found["active"][:, 0] for found in traces], axis=0)
    assert rows.tolist() == [1] * shipped.sizes.N
    for name in ("code_point", "byte_value", "merge_word"):
        assert any("" not in found[name] for found in traces), name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("utf8_length", {1, 2, 3, 4, ""}),
        ("character_class", {"letter", "number", "space", "other", ""}),
        ("contraction", {0, 1, 2, 3, ""}),
        ("fitting_bytes", {1, 2, 3, 4, ""}),
        ("character_bytes", {2, 3, 4, ""}),
        ("begun_bytes", {0, 1, ""}),
        ("merge_done", {0, 1, ""}),
        ("special_id", {929, ""}),
        ("scored", {0, 1}),
        ("sampled", {0, 1}),
    ],
)
def test_every_case_is_reached(traces, name, values):
    """Whatever a range can hold of these kinds, some probe makes it hold."""
    assert values <= held(traces, name)


def test_every_contraction_begins_a_prompt(shipped):
    """The first row has formulas of its own."""
    prompts = [probe.prompt or "" for probe in probes(shipped.checkpoint, shipped.sizes)]
    missing = [one for one in BEGINNINGS if not any(p.startswith(one) for p in prompts)]
    assert missing == []
    assert "a" in prompts  # a single character: nothing comes after the first


def test_cuts_are_between_tokens_with_equal_logits(traces):
    """No two tokens of a trained model have equal ones: which of them is kept shows only here."""
    between = {"cut_k_id": 0, "cut_id": 0}
    for found in traces:
        for g in np.flatnonzero(found["sampled"][0]):
            ordered = -np.sort(-found["logits"][:, g])
            for name, size in (("cut_k_id", "kept_k"), ("cut_id", "nucleus_size")):
                kept = int(found[size][0, g])
                between[name] += kept < ordered.size and ordered[kept - 1] == ordered[kept]
    assert min(between.values()) >= 4, between


def test_a_text_ends_at_once_and_another_inside_a_character(traces):
    """At the first new token of many, and at the last of as many as there is room for."""
    ended = [
        found["generated_count"] == 1 < found["new_count"]
        for found in traces
        if found["chosen_ids"][0, 0] != ""
    ]
    assert any(ended)
    waiting = [found["waiting"][-2:, 0].tolist() for found in traces]
    assert any(before == "" != last for before, last in waiting), waiting


@pytest.mark.parametrize(
    ("what", "tab", "old", "new"),
    [
        ("a cut after the tokens that share a logit", "Sampling", "*(vocabulary_ids&lt;=shown_cut_k_id)", ""),
        ("a token that is ranked twice", "Ranking", "vocabulary_ids&gt;", "vocabulary_ids&gt;="),
        ("a control that is 0 taken for none", "Draws", "COUNT(top_p)=0", "SUM(top_p)=0"),
        ("a letter of a contraction that is not asked for", "Characters", "*($O11=108)&gt;0", "&gt;0"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rare_case_is_found(random_workbook, tmp_path, what, tab, old, new):
    """Each is one that prompts and controls did not reach before these inputs."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", tab, replaced(old, new))
    result = verify(mutant, model, engine="formulas")
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[:1] == [tab], what


@pytest.mark.parametrize("most", [24, 29, 192])
def test_texts_have_every_character_and_fit(most):
    """However small the room, all are in one text or another, and each text begins differently."""
    texts = list(packed(CHARACTERS, most, iter(BEGINNINGS * 2)))
    assert all(len(text.encode("utf-8")) <= most for text in texts)
    assert set("".join(CHARACTERS)) <= set("".join(texts))
    pairs = zip(texts, BEGINNINGS, strict=False)
    assert [text for text, begin in pairs if not text.startswith(begin)] == []


def test_they_are_verified_in_every_engine(random_workbook, exact_engine):
    """A model of other sizes, whose vocabulary has few merges: every range for every probe."""
    file, model = random_workbook
    result = verify(file, model, engine=exact_engine.name)
    assert result.verified, report.lines(result)
    assert len(result.checks) == result.inputs > 8
    assert f"on {len(set(report.inputs(result)))} inputs" in report.verdict(result)


def test_they_are_left_out_where_something_is_asked_for(random_workbook):
    """With a prompt or a control these are checked, and more only where that is asked for too."""
    file, model = random_workbook
    for wanted in ({"prompts": ["the"]}, {"controls": {"temperature": 1}}, {"probe": False}):
        assert len(verify(file, model, engine="formulas", **wanted).checks) == 1
    templates = load_templates(shipped_templates())
    inspected = inspect([file], load_checkpoint(model), templates)
    given = Probe("as asked for", "the")
    found = with_probes([given], inspected)
    own = probes(inspected.checkpoint, inspected.sizes)
    assert found[: 1 + len(own)] == [given, *own]
    assert all(spoiling.over for spoiling in found[1 + len(own) :])


def test_large_models_are_not_probed_by_default():
    """Each input would take minutes there: GPT-2's own sizes, and those of the shipped model."""
    gpt2 = Sizes(
        n_positions=1024,
        n_embd=768,
        n_head=12,
        n_layer=12,
        vocab_size=50257,
        n_inner=3072,
        layer_norm_epsilon=1e-5,
        n_merges=50000,
        n_classes=1610,
        n_special=1,
        n_ends=1,
        capacity=LARGE_CAPACITY,
        max_bytes=120,
    )
    assert gpt2.large
    assert not design().sizes.large


def test_a_split_model_is_probed_without_controls(tmp_path, random_design):
    """It has none; its text, its limits and ids typed over are probed."""
    model = random_design.checkpoint.folder
    build_split(design(model, split=True, capacity=6, max_bytes=20), tmp_path / "s")
    result = verify(tmp_path / "s", model, engine="formulas")
    assert result.verified, report.lines(result)
    assert len(result.checks) > 5


def test_probing_ends_with_the_first_difference(random_workbook, tmp_path):
    """What differs is named with the input that shows it, and how many were not tried is said."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", "Prompt", replaced("is empty", "is  empty"))
    result = verify(mutant, model, engine="formulas")
    assert report.exit_code(result) == 1
    assert len(result.checks) < result.inputs
    assert not result.checks[-1].good
    lines = report.lines(result)
    assert "with '' (nothing)" in lines
    assert f"note: formulas was asked {len(result.checks)} of {result.inputs} inputs" in lines


def test_line_feeds_are_typed_without_other_control_characters(random_design):
    """A program that loses them in plain texts must not be saved by how others are typed."""
    decided = design()
    for one in (random_design, decided):
        texts = [probe.prompt or "" for probe in probes(one.checkpoint, one.sizes)]
        read = [text for text in texts if len(text.encode()) <= one.sizes.max_bytes]
        assert [text for text in read if "\n" in text and not {*"\t\r"} & {*text}]


def test_what_was_typed_is_what_is_expected():
    """A typed prompt or control counts as typed, and not as an engine read it from a cell."""
    values = {name: single(value) for name, value in vars(Controls(score=1)).items()}
    values |= {"prompt": single("read"), "chosen_ids": column([7])}
    readings = Readings("an engine", "1.0", values, {}, 0.1)
    typed = asked(Probe("why", "typed", {"seed": "", "top_k": 4}), readings, whole=True)
    assert typed == Asked("typed", None, Controls(score=1, seed="", top_k=4), (7,))
    assert asked(AS_IT_STANDS, readings, whole=False) == Asked("read", None, Controls(score=1), ())


@pytest.mark.parametrize(("prompt", "depends"), [("é日", False), ("a🙂", True)])
def test_the_engine_matters_where_a_character_has_two_units(prompt, depends):
    """Two answers are kept apart where LEN gives two lengths, and one answer is shared elsewhere."""
    readings = Readings("an engine", "1.0", {}, {}, 0.1)
    answers = {asked(Probe("why", prompt), readings, False, utf16) for utf16 in (False, True)}
    assert len(answers) == 1 + depends


@pytest.mark.cellrune
@pytest.mark.parametrize(
    ("tab", "change", "differ"),
    [
        ("Characters", ("LEN(_xlfn.UNICHAR(", "1*LEN(_xlfn.UNICHAR("), set()),
        ("Characters", ("LEN(_xlfn.UNICHAR(", "1^LEN(_xlfn.UNICHAR("), {"character_start"}),
        ("Prompt", ("LEN(prompt)&amp;", "LEN(prompt)/2&amp;"), {"prompt_message"}),
    ],
)
def test_utf16_units_are_expected_of_who_counts_them(
    random_workbook, tmp_path, cellrune, tab, change, differ
):
    """An engine like Excel is right with all places in UTF-16 units, and wrong with a mixture."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", tab, replaced(*change))
    prompts = ["a🙂 é🙂b", "🙂" * 40]
    result = verify(mutant, model, prompts, cellrune.name)
    bad = {r.name for c in result.checks for r in c.ranges if not r.outcome.good}
    assert bad >= differ
    assert bool(bad) == bool(differ)


@pytest.fixture(scope="module")
def damage(random_workbook, random_design):
    """What the tab Check says of a workbook that was spoilt in each of the ways."""
    file, _ = random_workbook
    ways = spoilt(random_design.checkpoint, random_design.plan)
    inputs = [way.inputs(random_design.sizes.T) for way in ways]
    return list(get_engine("formulas").recalculate(file, inputs))


@pytest.mark.parametrize("name", ["weights", "attention", "probability", "errors"])
def test_every_check_fails_in_one_spoilt_workbook_and_passes_in_another(damage, name):
    """Otherwise a check that never fails, or always does, would not be seen."""
    said = [readings.text(f"{name}_check") for readings in damage]
    assert "not ok" in said
    assert "ok" in said or name == "weights"
    results = {value for readings in damage for value in readings.values["weight_result"][:, 0]}
    assert results == {"ok", "not ok"}
    errors = np.max([readings.values["tab_errors"] for readings in damage], axis=0)
    assert errors.all()  # each tab's, in one or another


def test_every_weight_is_spoilt_just_too_much_and_just_too_little(damage):
    """In its sum and in its squares: each tensor fails in two of these four workbooks."""
    results = np.hstack([readings.values["weight_result"] for readings in damage[:4]])
    assert (np.sum(results == "not ok", axis=1) == 2).all()
    assert (np.sum(results == "ok", axis=1) == 2).all()


def test_a_check_that_never_fails_is_found(random_workbook, tmp_path):
    """The tab says that all is well with wrong weights: verify spoils some, and it still does."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", "Check", replaced("2E-7*SQRT", "2E+7*SQRT"))
    result = verify(mutant, model, engine="formulas")
    first = next(stage for stage in result.stages() if not stage.outcome.good)
    assert (first.tab, first.name) == ("Check", "weight_result")
    assert first.input.why == "sums and probabilities off"
