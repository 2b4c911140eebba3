"""The corpus, and the model trained on it."""

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.numpy import load_file

import xlgpt2
from training.corpus import KINDS, build_corpus, documents, runs
from training.lexicon import MANNERS, MEN, WOMEN
from training.tokenizer import load_tokenizer

TINY = Path(xlgpt2.__file__).parent / "models" / "tiny"
FILES = {"config.json", "model.safetensors", "vocab.json", "merges.txt", "MODEL_CARD.md"}


@pytest.fixture(scope="module")
def corpus():
    return build_corpus(seed=0)


@pytest.fixture(scope="module")
def card():
    return (TINY / "MODEL_CARD.md").read_text("utf-8")


@pytest.fixture(scope="module")
def vocabulary():
    return json.loads((TINY / "vocab.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def merges():
    lines = (TINY / "merges.txt").read_text("utf-8").splitlines()
    assert lines[0] == "#version: 0.2"
    return [tuple(line.split(" ")) for line in lines[1:]]


@pytest.fixture(scope="module")
def model():
    """The shipped model in transformers."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from training.measure import load_model

    return load_model(TINY)


def words(passages):
    """The words of passages."""
    return {word for p in passages for word in re.findall(r"\w+", p.text)}


def test_a_seed_gives_one_corpus():
    """The same seed gives the same passages and documents, another seed gives others."""
    first, again, other = (build_corpus(seed, samples_per_kind=100) for seed in (3, 3, 4))
    assert first == again
    assert first.training != other.training
    assert list(islice(documents(first, 5), 50)) == list(islice(documents(again, 5), 50))


def test_held_out_passages_are_never_trained_on(corpus):
    """No training passage and no training document contains a held-out passage."""
    held_out = {p.text for passages in corpus.held_out.values() for p in passages}
    training = {p.text for passages in corpus.training.values() for p in passages}
    assert not held_out & training
    for text in [*training, *islice(documents(corpus, seed=0), 2000)]:
        assert held_out.isdisjoint(runs(text)), text


def test_every_kind_is_trained_on_and_held_out(corpus):
    """Each kind has passages of both sorts, and held-out passages use words from training."""
    assert len(corpus.training) == len(corpus.held_out) == len(KINDS)
    vocabulary = {word for passages in corpus.training.values() for word in words(passages)}
    for kind, passages in corpus.held_out.items():
        assert corpus.training[kind]
        assert passages, kind
        if kind != "new name":
            assert words(passages) <= vocabulary, kind


def test_determined_words_are_marked(corpus):
    """In "Mike is quick. He moves quickly." the pronoun and the adverb are measured."""
    pronouns = {p.name: p.start for p in MEN + WOMEN}
    adverbs = {m.adjective: m.adverb for m in MANNERS}
    shape = re.compile(r"(\w+) is (\w+)\. \w+ \w+ \w+\.")
    checked = 0
    for passage in corpus.held_out["adverb"]:
        if match := shape.fullmatch(passage.text):
            marked = [passage.text[start:stop] for start, stop in passage.spans]
            assert marked == [pronouns[match[1]], adverbs[match[2]]]
            checked += 1
    assert checked > 100


def test_every_determined_word_follows_something(corpus):
    """Spans are in order, inside the text, and never at its beginning."""
    for passages in [*corpus.training.values(), *corpus.held_out.values()]:
        for passage in passages:
            edges = [0, *(edge for span in passage.spans for edge in span), len(passage.text)]
            assert edges == sorted(edges), passage
            assert passage.spans, passage
            assert passage.spans[0][0] > 0, passage


def test_the_shipped_folder_is_complete_and_small():
    """Five files, at most 1.5 MB together."""
    assert {path.name for path in TINY.iterdir()} == FILES
    assert sum(path.stat().st_size for path in TINY.iterdir()) <= 1_500_000


def test_ids_are_bytes_then_merges_then_end_of_text(vocabulary, merges):
    """Ids 0 to 255 are the bytes in GPT-2's order, then the merges by rank, then <|endoftext|>."""
    # bytes_to_unicode of GPT-2's encoder.py: printable bytes first, the others from U+0100 on.
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet = [chr(b) for b in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    expected = [*alphabet, *(left + right for left, right in merges), "<|endoftext|>"]
    assert list(vocabulary) == expected
    assert list(vocabulary.values()) == list(range(len(expected)))
    assert 512 <= len(expected) <= 1024


def test_merges_build_on_earlier_merges(vocabulary, merges):
    """Both parts of a merge are bytes or made by earlier merges."""
    for rank, (left, right) in enumerate(merges):
        assert max(vocabulary[left], vocabulary[right]) < vocabulary[left + right] == 256 + rank


@pytest.mark.parametrize(
    "text",
    [
        "Mike is quick. He moves quickly.",
        "One, two;\n\n  three\t4 5 6!",
        "naïve Zoë 東京 Ω",
        "a 🙂 and a 👩‍🚀",
        "",
    ],
)
def test_text_survives_the_tokenizer(text):
    """Decoding an encoded text returns the text, whatever its characters."""
    tokenizer = load_tokenizer(TINY)
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_the_words_of_the_demo_are_single_tokens():
    """Each word of the demo prompt is one token, so that attention is between words."""
    encoding = load_tokenizer(TINY).encode("Mike is quick. He moves quickly.")
    assert encoding.tokens == ["Mike", "Ġis", "Ġquick", ".", "ĠHe", "Ġmoves", "Ġquickly", "."]


def test_weights_have_the_published_names_and_are_not_large():
    """Names as in the published GPT-2, float32, finite, none beyond 20."""
    tensors = load_file(TINY / "model.safetensors")
    layers = Counter(name.split(".")[1] for name in tensors if name.startswith("h."))
    assert layers == {"0": 12, "1": 12, "2": 12}
    assert set(tensors) - {name for name in tensors if name.startswith("h.")} == {
        "wte.weight",
        "wpe.weight",
        "ln_f.weight",
        "ln_f.bias",
    }
    width = tensors["wte.weight"].shape[1]
    assert tensors["h.0.attn.c_attn.weight"].shape == (width, 3 * width)
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float32, name
        assert np.abs(tensor).max() < 20, name


def test_the_card_states_the_sizes(card, vocabulary, merges):
    """Parameters, vocabulary, merges and bytes in the card are those of the files."""
    stated = dict(re.findall(r"^\| ([^|]+) \| ([\d,]+) \|$", card, re.MULTILINE))
    parameters = sum(t.size for t in load_file(TINY / "model.safetensors").values())
    assert stated["parameters"] == f"{parameters:,}"
    assert stated["vocabulary"] == f"{len(vocabulary):,}"
    assert stated["of which merges"] == f"{len(merges):,}"
    for name in FILES - {"MODEL_CARD.md"}:
        assert stated[f"`{name}`, bytes"] == f"{(TINY / name).stat().st_size:,}"


def test_the_shipped_model_predicts(model, corpus, card):
    """The demo prompt gives " quickly", as likely as the card says; 95 % of a sample is right."""
    from training.measure import Trial, demo_probability, judge, next_probabilities

    tokenizer = load_tokenizer(TINY)
    best = int(next_probabilities(model, tokenizer, ["Mike is quick. He moves"])[0].argmax())
    assert tokenizer.decode([best]) == " quickly"
    stated = re.search(r'Probability of " quickly" after "[^"]+":\s+(\d\.\d+)\.', card)
    assert demo_probability(model, tokenizer) == pytest.approx(float(stated[1]), abs=1e-4)

    held_out = [p for passages in corpus.held_out.values() for p in passages]
    sample = Random(0).sample(held_out, 200)
    assert judge(model, tokenizer, [Trial(p) for p in sample]).accuracy >= 0.95
