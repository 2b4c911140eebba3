"""New tokens: greedy ones are those of transformers, sampled ones depend on the seed alone."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from tests.comparing import assert_agrees
from tests.random_models import write_random_model
from xlgpt2.checkpoint.checkpoint import Precision, load_checkpoint, shipped_model
from xlgpt2.commands.build import build
from xlgpt2.commands.prediction import RANGES, SCORE_RANGES, read_prediction
from xlgpt2.commands.run import run
from xlgpt2.commands.verify import verify
from xlgpt2.constants.sizes import sizes_of
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import get_engine
from xlgpt2.errors import LimitError
from xlgpt2.reference.tabs.draws import (
    PRIME,
    Sampling,
    random_rounds,
    sample,
)
from xlgpt2.reference.tabs.new_tokens import generate
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification import report
from xlgpt2.verification.probes import Probe
from xlgpt2.xlsx.reading.workbook import open_workbook

pytestmark = pytest.mark.slow

PROMPTS = [
    "Mike is quick. He moves",
    "Anna has a red ball. The red ball belongs to",
    "one two three",
    "The capital of France is",
    "a",
]

#: The settings that seeds are tested with.
SAMPLING = {"temperature": 0.8, "top_k": 40, "top_p": 0.9}


@pytest.fixture(scope="module")
def shipped():
    """The shipped model and the sizes of its workbook."""
    checkpoint = load_checkpoint(shipped_model())
    return checkpoint, sizes_of(checkpoint, 32)


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A random model that does not write <|endoftext|>, and so all tokens requested."""
    return write_random_model(tmp_path_factory.mktemp("endless") / "m", n_positions=24)


@pytest.fixture(scope="module")
def texts(endless, tmp_path_factory):
    """The design and the file of its workbook that writes up to 7 tokens."""
    decided = design(endless, capacity=9, max_bytes=10, new_tokens=7)
    return decided, build(decided, tmp_path_factory.mktemp("texts") / "a.xlsx", "the cat").path


@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_text_is_that_of_transformers(shipped, prompt):
    """The same tokens, 16 of them or up to the end of the text."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    checkpoint, sizes = shipped
    ids = encode(checkpoint.vocabulary, prompt)
    model = transformers.GPT2LMHeadModel.from_pretrained(checkpoint.folder).double().eval()
    (end,) = checkpoint.vocabulary.end_ids
    transformers_ids = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids)),
        do_sample=False,
        max_new_tokens=16,
        eos_token_id=end,
        pad_token_id=end,
    )[0, len(ids) :].tolist()
    assert list(generate(checkpoint, sizes, ids, Controls(16)).ids) == transformers_ids


#: How many seeds an engine gets.
SEEDS = {"formulas": 3, "libreoffice": 6}


@pytest.mark.parametrize("name", ["formulas", pytest.param("libreoffice", marks=pytest.mark.libreoffice)])  # fmt: skip
def test_seeds_give_the_same_samples_in_every_engine(
    short_workbook, shipped, name, request, samples
):
    """Seeds of different texts, others in each run, at temperature 0.8, top-k 40 and top-p 0.9.

    An engine that ignored the seed, or a part of it, would give one text for two of them.
    """
    engine = request.getfixturevalue(name) if name == "libreoffice" else get_engine(name)
    checkpoint, sizes = shipped
    prompt = "The ball"
    ids = encode(checkpoint.vocabulary, prompt)
    seeds = {}  # by the text that they give
    for seed in range(samples.seed % 1000, samples.seed % 1000 + 40):
        if len(seeds) < SEEDS[name]:
            expected = generate(checkpoint, sizes, ids, Controls(6, **SAMPLING, seed=seed)).ids
            seeds.setdefault(expected, seed)
    assert len(seeds) == SEEDS[name]
    inputs = [
        {"prompt": [[prompt]], "seed": [[float(seed)]], "new_tokens": [[6.0]]}
        | {control: [[float(number)]] for control, number in SAMPLING.items()}
        for seed in seeds.values()
    ]
    results = engine.recalculate(open_workbook(short_workbook), inputs, ["chosen_ids"])
    for (expected, seed), readings in zip(seeds.items(), results, strict=True):
        ids_written = [int(i) for i in readings.values["chosen_ids"][:, 0] if i != ""]
        assert tuple(ids_written) == expected, seed


CONTROLS = [
    ("no new tokens requested: the next one is predicted", {"new_tokens": 0}, 1),
    ("three", {"new_tokens": 3}, 3),
    ("more than there is room for", {"new_tokens": 99}, 7),
    ("a high temperature and all tokens", {"temperature": 3.5}, 7),
    ("only top-k", {"temperature": 1.0, "top_k": 5}, 7),
    ("only top-p", {"temperature": 1.0, "top_p": 0.25, "seed": 999_999_999}, 7),
    ("top-p 0 keeps one token", {"temperature": 1.0, "top_p": 0}, 7),
    ("top-k of one", {"temperature": 2.0, "top_k": 1}, 7),
    ("numbers out of range", {"temperature": -1, "top_k": 5000, "top_p": 1.5, "seed": -3}, 7),
]


def test_every_control_is_verified(texts, samples):
    """Every range, messages included, agrees with the reference for some of these controls."""
    decided, file = texts
    rows = samples.of(CONTROLS, 5)
    probes = [Probe(sentence, controls=controls) for sentence, controls, _ in rows]
    readings = assert_agrees(get_engine("formulas"), file, decided, probes)
    counts = {
        sentence: len(read_prediction(reading, 10).generated)
        for (sentence, _, _), reading in zip(rows, readings, strict=True)
    }
    assert counts == {sentence: count for sentence, _, count in rows}


@pytest.mark.sample(2)
def test_engines_agree_on_samples(endless, texts, exact_engine):
    """With both cuts, every step of the binary searches is the same."""
    controls = SAMPLING | {"seed": 11, "new_tokens": 4}
    result = verify(texts[1], endless, engine=exact_engine.name, controls=controls)
    assert result.verified, report.lines(result)


def test_generation_ends_at_the_last_position(endless, tmp_path):
    """A model of 24 positions writes only as many tokens as the prompt leaves positions for."""
    decided = design(endless, capacity=14, max_bytes=15, new_tokens=16)
    file = build(decided, tmp_path / "a.xlsx").path
    prompt = "q z q z q z q"
    result = verify(file, endless, [prompt], "formulas")
    assert result.verified, report.lines(result)
    prediction = run(file, prompt)
    assert (
        len(prediction.token_ids) + len(prediction.generated) == 25
    )  # the last one has no position


def test_a_build_without_new_tokens_predicts_one(endless, tmp_path):
    """It has no rows and no columns for more."""
    plain = design(endless, capacity=9, max_bytes=8, new_tokens=0)
    assert plain.plan.places["residual_1"].range.rows == 9
    assert plain.plan.places["logits"].range.columns == 1
    file = build(plain, tmp_path / "a.xlsx", "the cat").path
    result = verify(file, endless, engine="formulas", probe=False)
    assert result.verified, report.lines(result)
    assert len(run(file).generated) == 1


@pytest.mark.parametrize(("split", "number"), [(False, -1), (True, 2)])
def test_impossible_numbers_of_new_tokens_are_refused(endless, split, number):
    with pytest.raises(LimitError, match=r"new_tokens: expected .* got"):
        design(endless, new_tokens=number, split=split)


def test_samples_follow_the_distribution():
    """Over 2,000 seeds, the counts of tokens pass a chi-square test at 0.1 %."""
    logits = np.log(np.array([0.05, 0.3, 0.2, 0.25, 0.15, 0.05]))
    counts = Counter(sample(logits, Sampling(1.0, seed=s), 7, 4).token_id for s in range(2000))
    expected = 2000 * np.exp(logits)
    statistic = sum((counts[i] - expected[i]) ** 2 / expected[i] for i in range(6))
    assert 0.2 < statistic < 20.5  # 5 degrees of freedom: 0.1 % at either end


@pytest.fixture(scope="module")
def in_transformers(shipped):
    """A function: the probabilities [V] of the next token after some ids, with SAMPLING."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    process = pytest.importorskip("transformers.generation.logits_process")
    model = transformers.GPT2LMHeadModel.from_pretrained(shipped[0].folder).double().eval()
    processors = [
        process.TemperatureLogitsWarper(SAMPLING["temperature"]),
        process.TopKLogitsWarper(SAMPLING["top_k"]),
        process.TopPLogitsWarper(SAMPLING["top_p"]),
    ]

    def probabilities(ids):
        with torch.no_grad():
            scores = model(torch.tensor([ids])).logits[:, -1]
        for processor in processors:
            scores = processor(None, scores)
        return torch.softmax(scores, -1)[0].numpy()

    return probabilities


def test_texts_follow_the_distribution_of_transformers(shipped, in_transformers):
    """Over 250 seeds, the counts of the first two tokens pass a chi-square test at 0.1 %.

    The second token has another distribution after each first one. Texts that are expected less
    than 5 times are counted together.
    """
    checkpoint, sizes = shipped
    ids, seeds = encode(checkpoint.vocabulary, "The"), range(250)
    texts = Counter(
        generate(checkpoint, sizes, ids, Controls(2, **SAMPLING, seed=seed)).ids for seed in seeds
    )
    expected = {}
    first = in_transformers(ids)
    for one in np.flatnonzero(first).tolist():
        second = in_transformers([*ids, one])
        for two in np.flatnonzero(second).tolist():
            expected[one, two] = len(seeds) * first[one] * second[two]
    assert texts.keys() <= expected.keys()
    frequent = [text for text, number in expected.items() if number >= 5]
    pairs = [(texts[text], expected[text]) for text in frequent]
    pairs.append(tuple(len(seeds) - sum(column) for column in zip(*pairs, strict=True)))
    statistic = sum((count - number) ** 2 / number for count, number in pairs)
    assert len(pairs) == 28
    assert 9.8 < statistic < 55.5  # 27 degrees of freedom: 0.1 % at either end


def test_pseudo_random_numbers_are_uniform():
    """Adjacent seeds and positions give numbers that are uniform over 64 bins and uncorrelated."""
    numbers = np.array(
        [
            [random_rounds(seed, position)[1][-1] / PRIME for position in range(40)]
            for seed in range(500)
        ]
    )
    counts = np.histogram(numbers, bins=64, range=(0, 1))[0]
    statistic = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
    assert 30 < statistic < 110  # 63 degrees of freedom: 0.01 % at either end
    for a, b in [(numbers[1:], numbers[:-1]), (numbers[:, 1:], numbers[:, :-1])]:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.03


def test_rounds_are_permutations():
    """The modulus is a prime and 2 more than a multiple of 3, so that cubing permutes."""
    assert all(PRIME % n for n in range(2, 8192))
    assert PRIME < 2**26
    assert PRIME % 3 == 2


CUTS = [(5, 1.0), (0, 0.5), (40, 0.9), (300, 0.05), (7, 0.999), (1, 0.3), (0, 0.0)]


@pytest.mark.parametrize(("top_k", "top_p"), CUTS)
@pytest.mark.parametrize("ties", [False, True])
def test_cuts_keep_the_tokens_that_transformers_keeps(top_k, top_p, ties):
    """Top-k, then top-p, as in its logits processors; of equal logits the lower ids are ids.

    The processors keep all ties at top-k and leave the order of equal logits open, so that ties
    are not compared with them.
    """
    torch = pytest.importorskip("torch")
    process = pytest.importorskip("transformers.generation.logits_process")
    logits = np.random.default_rng(top_k + 3).normal(size=301) * 2
    if ties:
        logits = np.round(logits)
    temperature = 0.7
    result = sample(logits, Sampling(temperature, top_k, top_p, 5), 3, 10)
    size, cut, last = (result.cells[n] for n in ("nucleus_size", "cut_logit", "cut_id"))
    ids = np.flatnonzero((logits > cut) | ((logits == cut) & (np.arange(301) <= last)))
    assert len(ids) == size
    order = np.lexsort((np.arange(301), -logits))
    assert sorted(order[: int(size)]) == ids.tolist()
    assert result.token_id in ids
    if not ties:
        scores = torch.tensor(logits[None] / temperature)
        if top_k:
            scores = process.TopKLogitsWarper(top_k)(None, scores)
        if top_p < 1:
            scores = process.TopPLogitsWarper(top_p)(None, scores)
        transformers_ids = torch.isfinite(scores[0]).nonzero()[:, 0].tolist()
        assert ids.tolist() == transformers_ids


SCORED = [*PROMPTS[:4], "Where is the ball? The ball is in Berlin."]


@pytest.fixture(scope="module")
def predictions(short_workbook):
    """The shipped model's predictions and scores in the engine formulas, by prompt."""
    prompts = [*SCORED, "a"]
    inputs = [{"prompt": [[prompt]], "score": [[1.0]]} for prompt in prompts]
    readings = get_engine("formulas").recalculate(
        open_workbook(short_workbook), inputs, [*RANGES, *SCORE_RANGES]
    )
    return {
        prompt: read_prediction(reading, 10)
        for prompt, reading in zip(prompts, readings, strict=True)
    }


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_workbook_writes_the_text_of_the_reference(shipped, predictions, prompt):
    """Greedy text, of which every range is verified in every engine with the shipped model."""
    checkpoint, sizes = shipped
    expected = generate(checkpoint, sizes, encode(checkpoint.vocabulary, prompt), Controls(16))
    assert tuple(token.id for token in predictions[prompt].generated) == expected.ids


def test_generation_ends_after_endoftext(shipped, predictions):
    """Nothing is written after <|endoftext|>."""
    prediction = predictions[PROMPTS[0]]
    assert prediction.generated[-1].id == shipped[0].vocabulary.end_ids[0]
    assert len(prediction.generated) < 16


@pytest.mark.parametrize("prompt", SCORED)
def test_the_loss_is_that_of_transformers(shipped, predictions, prompt):
    """The workbook's loss and perplexity in the engine formulas, to at least 5 digits."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    checkpoint, _ = shipped
    prediction = predictions[prompt]
    model = transformers.GPT2LMHeadModel.from_pretrained(checkpoint.folder).double().eval()
    ids = torch.tensor([prediction.token_ids])
    with torch.no_grad():
        loss = float(model(ids, labels=ids).loss)  # float32
    assert prediction.score.loss == pytest.approx(loss, rel=1e-6)
    assert prediction.score.perplexity == pytest.approx(float(np.exp(loss)), rel=1e-6)
    assert len(prediction.score.log_probabilities) == len(prediction.token_ids) - 1


@pytest.fixture(scope="module")
def of_precision(endless, tmp_path_factory):
    """The design and the file of a workbook of a precision."""
    folder = tmp_path_factory.mktemp("precisions")

    def built(precision):
        decided = design(endless, 9, 10, new_tokens=2, precision=Precision(precision))
        return decided, build(decided, folder / f"{precision}.xlsx", "the cat").path

    return cache(built)


@pytest.mark.sample(4)
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_scores_are_verified(of_precision, exact_engine, precision):
    """On and off, for one token and for several; int8 weights come with their scales."""
    decided, file = of_precision(precision)
    probes = [
        Probe("score", prompt, {"score": score}) for prompt in ("the cat", "q") for score in (1, 0)
    ]
    readings = assert_agrees(exact_engine, file, decided, probes)
    scores = [read_prediction(reading, 1).score for reading in readings]
    assert [score is not None for score in scores] == [True, False, False, False]
