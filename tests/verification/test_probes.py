"""Probes: a few inputs made for a workbook's sizes reach all its rows and branches."""

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
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.verification import report
from xlgpt2.verification.expected import Reference
from xlgpt2.verification.probe_texts import BEGINNINGS, CHARACTERS, packed
from xlgpt2.verification.probes import OWN_INPUTS, Probe, probes
from xlgpt2.verification.requests import Request, request_of
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shipped():
    """The design of the shipped model's default workbook."""
    return design()


@pytest.fixture(scope="module")
def traces(shipped):
    """The reference's traces for all probes, with the default prompt for those without one."""
    reference = Reference(shipped.checkpoint, shipped.sizes)
    result = {}
    for probe in probes(shipped.checkpoint, shipped.sizes):
        prompt = "Mike is quick. He moves" if probe.prompt is None else probe.prompt
        controls = Controls(**{"new_tokens": shipped.sizes.G, **probe.controls})
        request = Request(prompt, probe.token_ids, controls, (), tuple(probe.weights.items()))
        result[request] = reference.trace(request)
    return list(result.values())


def values_of(traces, name):
    """All values of a range in any of the traces."""
    return {value for trace in traces for value in trace[name].ravel().tolist()}


def test_probes_are_few(shipped):
    """Every engine has to compute each of them."""
    inputs = probes(shipped.checkpoint, shipped.sizes)
    assert inputs[0] == OWN_INPUTS
    assert len(inputs) <= 23


@pytest.mark.parametrize(
    "words",
    [
        "^The prompt is empty",
        "^Too long: the prompt has more than 192 characters",
        r"^Too long: the prompt has \d+ bytes and",
        r"^Too long: the prompt has \d+ tokens and this workbook",
        r"^Too long: the prompt has \d+ tokens and the model",
        "^Token ids were overridden",
        "^Uses 23? of 32 tokens",
    ],
)
def test_every_message_about_the_prompt_is_reached(traces, words):
    messages = values_of(traces, "prompt_message")
    assert [m for m in messages if re.search(words.replace("23?", r"\d+"), m)], words


@pytest.mark.parametrize(
    "name", ["new_tokens", "temperature", "top_k", "top_p", "seed", "score", "check"]
)
def test_every_message_about_a_control_is_reached(traces, name):
    """Blank, too small, too large, default and other values."""
    assert len(values_of(traces, f"{name}_message")) >= 3


@pytest.mark.parametrize(
    "name",
    [
        *("overview", "one_block", "one_head", "one_query", "one_key", "one_column", "one_unit"),
        *("lens", "lens_position"),
    ],
)
def test_every_message_of_the_laboratory_is_reached(traces, name):
    """The meaning, a number out of range, and a fraction."""
    messages = {re.sub(r"[\d.-]+", "#", text) for text in values_of(traces, f"{name}_message")}
    assert len(messages) >= 3, messages


@pytest.mark.parametrize(
    "sentence",
    [
        "Rank", "Type a guess", "There is nothing to guess", "Not one token: try",
        "Not one token; but it is one with a", "Not one token; but it is one without",
    ],
)  # fmt: skip
def test_every_sentence_about_a_guess_is_reached(traces, sentence):
    verdicts = values_of(traces, "guess_verdict")
    assert [text for text in verdicts if text.startswith(sentence)], verdicts


def test_every_row_of_tokens_and_bytes_is_reached(traces, shipped):
    rows = np.max([trace["active"][:, 0] for trace in traces], axis=0)
    assert rows.tolist() == [1] * shipped.sizes.N
    for name in ("code_point", "byte_value", "merge_word"):
        assert any("" not in trace[name] for trace in traces), name


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
    """Every possible value of these ranges occurs with some probe."""
    assert values <= values_of(traces, name)


def test_every_contraction_begins_a_prompt(shipped):
    """The first row has its own formulas."""
    prompts = [probe.prompt or "" for probe in probes(shipped.checkpoint, shipped.sizes)]
    missing = [text for text in BEGINNINGS if not any(p.startswith(text) for p in prompts)]
    assert missing == []
    assert "a" in prompts  # a single character


def test_cuts_are_between_tokens_with_equal_logits(traces):
    """No two tokens of a trained model have equal logits, so only these show which one is kept."""
    between = {"cut_k_id": 0, "cut_id": 0}
    for trace in traces:
        for g in np.flatnonzero(trace["sampled"][0]):
            ordered = -np.sort(-trace["logits"][:, g])
            for name, size in (("cut_k_id", "kept_k"), ("cut_id", "nucleus_size")):
                count = int(trace[size][0, g])
                between[name] += count < ordered.size and ordered[count - 1] == ordered[count]
    assert min(between.values()) >= 4, between


def test_texts_end_at_once_and_inside_a_character(traces):
    """One ends at the first of many new tokens, another at the last possible one."""
    ended = [
        trace["generated_count"] == 1 < trace["new_count"]
        for trace in traces
        if trace["chosen_ids"][0, 0] != ""
    ]
    assert any(ended)
    pending = [trace["waiting"][-2:, 0].tolist() for trace in traces]
    assert any(before == "" != last for before, last in pending), pending


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("what", "tab", "old", "new"),
    [
        ("a cut after tokens with equal logits", "Sampling", "*(vocabulary_ids&lt;=shown_cut_k_id)", ""),
        ("a token ranked twice", "Ranking", "vocabulary_ids&gt;", "vocabulary_ids&gt;="),
        ("a control of 0 taken for blank", "Draws", "COUNT(top_p)=0", "SUM(top_p)=0"),
        ("a letter of a contraction not tested", "Characters", "*($O11=108)&gt;0", "&gt;0"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rare_case_is_found(random_workbook, tmp_path, what, tab, old, new):
    """Regression test: prompts and controls did not reach these faults before there were probes."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", tab, replaced(old, new))
    result = verify(mutant, model, engine="formulas")
    wrong = [stage.tab for stage in result.stages() if not stage.outcome.good]
    assert wrong[:1] == [tab], what


@pytest.mark.parametrize("most", [24, 29, 192])
def test_texts_have_every_character_and_fit(most):
    """Whatever the limit, all characters are in some text, and each text begins differently."""
    texts = list(packed(CHARACTERS, most, iter(BEGINNINGS * 2)))
    assert all(len(text.encode("utf-8")) <= most for text in texts)
    assert set("".join(CHARACTERS)) <= set("".join(texts))
    pairs = zip(texts, BEGINNINGS, strict=False)
    assert [text for text, begin in pairs if not text.startswith(begin)] == []


@pytest.mark.sample(1)
def test_probes_are_verified_in_every_engine(random_workbook, exact_engine):
    """Every range for every probe, with a model of other sizes and few merges."""
    file, model = random_workbook
    result = verify(file, model, engine=exact_engine.name)
    assert result.verified, report.lines(result)
    assert len(result.checks) == result.inputs > 8
    assert f"on {len(set(report.inputs(result)))} inputs" in report.verdict(result)


def test_explicit_inputs_replace_probes(random_workbook):
    """With a prompt or a control only these are checked, unless probes are requested."""
    file, model = random_workbook
    for options in ({"prompts": ["the"]}, {"controls": {"temperature": 1}}, {"probe": False}):
        assert len(verify(file, model, engine="formulas", **options).checks) == 1
    templates = load_templates(shipped_templates())
    inspected = inspect([open_workbook(file)], load_checkpoint(model), templates)
    explicit = Probe("as requested", "the")
    inputs = with_probes([explicit], inspected)
    own = probes(inspected.checkpoint, inspected.sizes)
    assert inputs[: 1 + len(own)] == [explicit, *own]
    assert all(tampering.overrides for tampering in inputs[1 + len(own) :])


def test_large_models_are_not_probed_by_default():
    """GPT-2 is large, as each input would take minutes; the shipped model is not."""
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
    """It has none; its text, its limits and overridden ids are probed."""
    model = random_design.checkpoint.folder
    build_split(design(model, split=True, capacity=6, max_bytes=20), tmp_path / "s")
    result = verify(tmp_path / "s", model, engine="formulas")
    assert result.verified, report.lines(result)
    assert len(result.checks) > 5


def test_probing_ends_with_the_first_difference(random_workbook, tmp_path):
    """The difference is reported with its input and the number of inputs tried."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", "Prompt", replaced("is empty", "is  empty"))
    result = verify(mutant, model, engine="formulas")
    assert report.exit_code(result) == 1
    assert len(result.checks) < result.inputs
    assert not result.checks[-1].good
    lines = report.lines(result)
    assert "with '' (empty prompt)" in lines
    assert f"note: formulas computed {len(result.checks)} of {result.inputs} inputs" in lines


def test_line_feeds_are_probed_without_other_control_characters(random_design):
    """Other control characters are entered in a way that also preserves line feeds."""
    for decided in (random_design, design()):
        texts = [probe.prompt or "" for probe in probes(decided.checkpoint, decided.sizes)]
        fitting = [text for text in texts if len(text.encode()) <= decided.sizes.max_bytes]
        assert [text for text in fitting if "\n" in text and not {*"\t\r"} & {*text}]


def test_the_reference_gets_the_inputs_themselves():
    """It does not get them as an engine read them from cells."""
    values = {name: single(value) for name, value in vars(Controls(score=1)).items()}
    values |= {"prompt": single("read"), "chosen_ids": column([7])}
    readings = Readings("an engine", "1.0", values, {}, 0.1)
    request = request_of(Probe("why", "typed", {"seed": "", "top_k": 4}), readings, whole=True)
    assert request == Request("typed", None, Controls(score=1, seed="", top_k=4), (7,))
    assert request_of(OWN_INPUTS, readings, whole=False) == Request(
        "read", None, Controls(score=1), ()
    )


@pytest.mark.parametrize(("prompt", "depends"), [("é日", False), ("a🙂", True)])
def test_answers_depend_on_the_engine_only_if_a_character_has_two_units(prompt, depends):
    """There are two answers if LEN can give two lengths, otherwise one for all engines."""
    readings = Readings("an engine", "1.0", {}, {}, 0.1)
    requests = {request_of(Probe("why", prompt), readings, False, utf16) for utf16 in (False, True)}
    assert len(requests) == 1 + depends


@pytest.mark.cellrune
@pytest.mark.parametrize(
    ("tab", "change", "differ"),
    [
        ("Characters", ("LEN(_xlfn.UNICHAR(", "1*LEN(_xlfn.UNICHAR("), set()),
        ("Characters", ("LEN(_xlfn.UNICHAR(", "1^LEN(_xlfn.UNICHAR("), {"character_start"}),
        ("Prompt", ("LEN(prompt)&amp;", "LEN(prompt)/2&amp;"), {"prompt_message"}),
    ],
)
def test_utf16_units_are_expected_of_engines_that_count_them(
    random_workbook, tmp_path, cellrune, tab, change, differ
):
    """An engine like Excel agrees if all positions are in UTF-16 units, not with a mixture."""
    file, model = random_workbook
    mutant = sabotaged(file, tmp_path / "m.xlsx", tab, replaced(*change))
    prompts = ["a🙂 é🙂b", "🙂" * 40]
    result = verify(mutant, model, prompts, cellrune.name)
    bad = {r.name for c in result.checks for r in c.ranges if not r.outcome.good}
    assert bad >= differ
    assert bool(bad) == bool(differ)
