"""The vocabulary of a checkpoint: tokens, their bytes and texts, and the merges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from xlgpt2.vocabulary.labels import bytes_label, bytes_text

Ids = NDArray[np.int64]


@cache
def byte_alphabet() -> tuple[str, ...]:
    """The character that stands for each byte 0..255 in vocab.json and merges.txt.

    Source: `bytes_to_unicode` of encoder.py (Radford et al. 2019): printable Latin-1 bytes map
    to themselves, the others, in order, to U+0100 and up.
    """
    printable = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
    others = [byte for byte in range(256) if byte not in printable]
    return tuple(
        chr(byte) if byte in printable else chr(0x100 + others.index(byte)) for byte in range(256)
    )


_BYTE_OF = {character: byte for byte, character in enumerate(byte_alphabet())}


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The V tokens by id and the merges by rank, as vocab.json and merges.txt spell them.

    `special` are the ids of tokens that are cut out of a text before it is split into words, such
    as <|endoftext|>; generation stops after one of `end_ids`. `unused` are rows of wte without a
    token; their entry in `tokens` is empty. `read_vocabulary` checks what is assumed here: the
    token of every byte, and both parts and the result of every merge, are among the tokens.
    """

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    special: tuple[int, ...] = ()
    end_ids: tuple[int, ...] = ()
    unused: frozenset[int] = frozenset()

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each token."""
        return {token: i for i, token in enumerate(self.tokens) if i not in self.unused}

    @cached_property
    def special_ids(self) -> dict[str, int]:
        """The id of each special token, by its text."""
        return {self.tokens[i]: i for i in self.special}

    @cached_property
    def byte_tokens(self) -> tuple[int, ...]:
        """The id of the token of each byte 0..255."""
        return tuple(self.ids[character] for character in byte_alphabet())

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes of a token.

        A token with a character outside the byte alphabet can't come from merges; it was added
        by hand, and its bytes are its own characters in UTF-8.
        """
        token = self.tokens[token_id]
        try:
            return bytes(map(_BYTE_OF.__getitem__, token))
        except KeyError:
            return token.encode("utf-8", "surrogatepass")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every token in visible form: · for a space, ↵ for a line break, <E2> for a byte."""
        return tuple(
            f"<no token {i}>" if i in self.unused else bytes_label(self.token_bytes(i))
            for i in range(len(self.tokens))
        )

    def label(self, token_id: int) -> str:
        """A token in visible form."""
        return self.labels[token_id]

    def text(self, token_id: int) -> str:
        """A token's text as a cell can hold it; U+FFFD replaces what is not UTF-8."""
        return bytes_text(self.token_bytes(token_id))

    @cached_property
    def merge_left(self) -> Ids:
        """The id of each merge's left part [n_merges]."""
        return np.array([self.ids[left] for left, _ in self.merges], dtype=np.int64)

    @cached_property
    def merge_right(self) -> Ids:
        """The id of each merge's right part [n_merges]."""
        return np.array([self.ids[right] for _, right in self.merges], dtype=np.int64)

    @cached_property
    def merge_result(self) -> Ids:
        """The id of each merge's result [n_merges]."""
        return np.array([self.ids[left + right] for left, right in self.merges], dtype=np.int64)

    @cached_property
    def ranks(self) -> dict[tuple[int, int], int]:
        """The rank of each pair of ids that merges.

        A pair that is listed twice has its last rank, as in encoder.py and `tokenizers`.
        """
        pairs = zip(self.merge_left.tolist(), self.merge_right.tolist(), strict=True)
        return {pair: rank for rank, pair in enumerate(pairs)}

    @cached_property
    def merge_keys(self) -> Ids:
        """left_id * V + right_id of every merge, ascending [n_merges]."""
        return np.sort(self.merge_left * len(self.tokens) + self.merge_right)

    @cached_property
    def merge_key_ranks(self) -> Ids:
        """The rank of each of `merge_keys` [n_merges]."""
        pairs = (divmod(key, len(self.tokens)) for key in self.merge_keys.tolist())
        return np.array([self.ranks[pair] for pair in pairs], dtype=np.int64)

    @cached_property
    def merge_labels(self) -> tuple[str, ...]:
        """Every merge in visible form: i + c → ic."""
        ids = (self.merge_left.tolist(), self.merge_right.tolist(), self.merge_result.tolist())
        labels = self.labels
        return tuple(
            f"{labels[left]} + {labels[right]} → {labels[result]}"
            for left, right, result in zip(*ids, strict=True)
        )
