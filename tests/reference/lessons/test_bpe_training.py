"""The lesson BPE training: against published merges, and against the library tokenizers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from xlgpt2.reference.lessons.bpe_training import PASSES, merged, trace, train

#: Sennrich, Haddow and Birch (2016), algorithm 1: its words, and what it prints for them.
WORDS = (("low", 5), ("lower", 2), ("newest", 6), ("widest", 3))
PUBLISHED = [
    *(("e", "s"), ("es", "t"), ("est", "_"), ("l", "o"), ("lo", "w")),
    *(("n", "e"), ("ne", "w"), ("new", "est_"), ("low", "_"), ("w", "i")),
]


def contents(words, times, show=3.0, own=""):
    """The contents of the yellow ranges."""
    rows = {"bpe_words": words, "bpe_times": times, "bpe_show": [show], "bpe_training_own": [own]}
    return {name: np.array([[value] for value in cells], object) for name, cells in rows.items()}


def test_the_published_merges():
    assert [of_pass.pair for of_pass in train(WORDS, PASSES)] == PUBLISHED


WORD_LISTS = st.dictionaries(
    st.text("abc", min_size=1, max_size=8), st.integers(1, 30), min_size=1, max_size=6
)


@given(WORD_LISTS)
def test_the_library_tokenizers_merges_the_same_pairs(words):
    """As long as no two pairs are equally frequent: then each has a rule of its own."""
    passes = train(tuple(words.items()), PASSES)
    unique = 0
    for of_pass in passes:
        if of_pass.pair is None or Counter(of_pass.counts.values())[of_pass.most] > 1:
            break
        unique += 1
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=4 + unique, show_progress=False)
    texts = [f"{word}_" for word, times in words.items() for _ in range(times)]
    tokenizer.train_from_iterator(texts, trainer)
    made = tokenizer.get_vocab()
    symbols = ["".join(of_pass.pair) for of_pass in passes[:unique]]
    assert set(symbols) <= made.keys()
    assert sorted(symbols, key=made.__getitem__) == symbols


def test_merged_pairs_do_not_overlap():
    """The left one of two that do is merged."""
    assert merged(("a",) * 5, ("a", "a")) == ("aa", "aa", "a")
    assert merged(("b", "a", "b", "a", "b"), ("b", "a")) == ("ba", "ba", "b")


VERDICTS = [
    ("without a fifth word", "", "", "not yet"),
    ("a word that adds too little", "low", 1.0, "not yet"),
    ("equal, and first in reading order", "low", 2.0, "right"),
    ("more frequent", "aa", 10.0, "right"),
    ("equal, but later in reading order", "aa", 9.0, "almost"),
    ("too long", "strawberry", 99.0, "not yet"),
    ("a number", 12.0, 99.0, "not yet"),
    ("how often is a text", "low", "many", "not yet"),
]


@pytest.mark.parametrize(("what", "word", "times", "verdict"), VERDICTS, ids=str)
def test_the_verdict_on_a_fifth_word(what, word, times, verdict):
    words, counts = [list(column) for column in zip(*WORDS, strict=True)]
    ranges = trace(contents([*words, word, ""], [*map(float, counts), times, ""]))
    assert ranges["bpe_training_verdict"][0, 0] == verdict, what


@pytest.mark.parametrize(
    ("own", "verdict"),
    [("", "not yet"), ("7", "not yet"), (7.0, "right"), (7.5, "almost"), (8.0, "not yet")],
)
def test_the_verdict_on_a_formula_of_ones_own(own, verdict):
    words, counts = [list(column) for column in zip(*WORDS, strict=True)]
    ranges = trace(contents([*words, "", ""], [*map(float, counts), "", ""], own=own))
    assert ranges["bpe_training_own_verdict"][0, 0] == verdict
