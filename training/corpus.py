"""The corpus: passages sampled with a seed, split into training and held-out, and documents."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from training import kinds_people, kinds_things
from training.passage import Passage

Maker = Callable[[Random], Passage]

# The weight of each kind in documents. Kinds that need two things told apart ("contrast",
# "owners", "recall") are learnt last, so they are more frequent.
KINDS: dict[Maker, int] = {
    kinds_people.adverb: 7,
    kinds_people.adverb_pair: 3,
    kinds_people.adverb_group: 2,
    kinds_people.adverb_animal: 2,
    kinds_people.contrast: 11,
    kinds_people.mutual: 2,
    kinds_people.possessive: 1,
    kinds_people.new_name: 4,
    kinds_people.owner: 2,
    kinds_people.owners: 6,
    kinds_things.recall: 6,
    kinds_things.opposite: 2,
    kinds_things.capital: 2,
    kinds_things.home: 1,
    kinds_things.day: 1,
    kinds_things.counting: 4,
    kinds_things.count_to: 2,
    kinds_things.total: 3,
    kinds_things.repeat: 3,
}
SAMPLES_PER_KIND = 6000
HELD_OUT_PERCENT = 10
# Weights of one, two ... passages; more would not fit into 64 tokens.
PASSAGES_PER_DOCUMENT = [5, 4, 4, 3, 3]


@dataclass(frozen=True)
class Corpus:
    """Passages by kind: those for training, and those only for measuring.

    A training passage is listed as often as it was sampled, so that short facts keep their
    frequency; a held-out passage is listed once.
    """

    training: dict[str, list[Passage]]
    held_out: dict[str, list[Passage]]
    weights: dict[str, int]
    held_out_texts: frozenset[str]


def is_held_out(passage: Passage) -> bool:
    """Whether a passage is held out, which depends on its text alone, not on the seed."""
    checksum = zlib.crc32(passage.text.encode("utf-8"))
    return not passage.only_here and checksum % 100 < HELD_OUT_PERCENT


def runs(text: str) -> Iterator[str]:
    """A text and every run of adjacent sentences in it; "and" and "but" may join sentences."""
    yield text
    sentences = re.split(r"(?<=[.?])\s| (?:and|but) (?=\w+ is )", text)
    for first in range(len(sentences)):
        for stop in range(first + 1, len(sentences) + 1):
            yield " ".join(sentences[first:stop])


def build_corpus(seed: int = 0, samples_per_kind: int = SAMPLES_PER_KIND) -> Corpus:
    """Sample the passages of every kind and split them."""
    sampled: dict[str, list[Passage]] = {}
    for number, maker in enumerate(KINDS):
        # Each kind has its own generator, so that changing one does not change the others.
        rng = Random(seed * 1000 + number)
        passages = [maker(rng) for _ in range(samples_per_kind)]
        sampled[passages[0].kind] = passages
    held_out = {k: list(dict.fromkeys(filter(is_held_out, p))) for k, p in sampled.items()}
    texts = frozenset(p.text for passages in held_out.values() for p in passages)
    # A training passage must not contain a held-out one, for example after a question.
    training = {k: [p for p in ps if texts.isdisjoint(runs(p.text))] for k, ps in sampled.items()}
    weights = dict(zip(sampled, KINDS.values(), strict=True))
    return Corpus(training, held_out, weights, texts)


def separator(rng: Random) -> str:
    """The separator of two passages in a document: mostly a space, sometimes a newline."""
    return "\n" if rng.random() < 0.2 else " "


def document(corpus: Corpus, rng: Random) -> str:
    """Join one to five training passages."""
    (count,) = rng.choices([1, 2, 3, 4, 5], PASSAGES_PER_DOCUMENT)
    kinds = rng.choices(list(corpus.weights), list(corpus.weights.values()), k=count)
    text = ""
    for kind in kinds:
        text += (separator(rng) if text else "") + rng.choice(corpus.training[kind]).text
    return text


def documents(corpus: Corpus, seed: int) -> Iterator[str]:
    """Endless training documents; no adjacent passages form a held-out passage."""
    rng = Random(seed)
    while True:
        text = document(corpus, rng)
        if corpus.held_out_texts.isdisjoint(runs(text)):
            yield text
