"""Byte pair encoding step by step: a word's bytes, then one merge at a time.

Source: `bpe` of encoder.py (Radford et al. 2019; Sennrich et al. 2016), which merges all
occurrences of a pair at once; here, as in the workbook, one by one from the left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlgpt2.reference.tokenization import Word
from xlgpt2.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True)
class MergeStep:
    """A word's symbols before a merge, and the rank of each adjacent pair, None if none."""

    word: int
    symbols: tuple[int, ...]
    ranks: tuple[int | None, ...]
    tokens_before: int

    @property
    def best(self) -> int | None:
        """The lowest rank, or None if no pair merges."""
        return min((rank for rank in self.ranks if rank is not None), default=None)

    @property
    def at(self) -> int | None:
        """The index of the leftmost pair with the lowest rank."""
        return None if self.best is None else self.ranks.index(self.best)


def first_symbols(vocabulary: Vocabulary, word: Word) -> tuple[int, ...]:
    """A word's symbols before any merge: its bytes, or the one special token."""
    if word.special_id is not None:
        return (word.special_id,)
    return tuple(vocabulary.byte_tokens[byte] for byte in word.text.encode("utf-8"))


def merge_steps(vocabulary: Vocabulary, words: Sequence[Word]) -> Iterator[MergeStep]:
    """The steps of all words in order; the symbols of a word's last step are its tokens."""
    tokens_before = 0
    for number, word in enumerate(words, start=1):
        symbols = first_symbols(vocabulary, word)
        while True:
            ranks = tuple(vocabulary.ranks.get(pair) for pair in pairwise(symbols))
            step = MergeStep(number, symbols, ranks, tokens_before)
            yield step
            if step.at is None or step.best is None:
                break
            merged = int(vocabulary.merge_result[step.best])
            symbols = (*symbols[: step.at], merged, *symbols[step.at + 2 :])
        tokens_before += len(symbols)
