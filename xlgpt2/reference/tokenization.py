"""Text to GPT-2's words and token ids, with the `tokenizers` library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from xlgpt2.errors import PromptError
from xlgpt2.vocabulary.vocabulary import Vocabulary

# No prefix space, and GPT-2's word rule, as in training.
_WORD_RULE = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def split_words(text: str) -> list[str]:
    """The words that GPT-2's rule splits a text into; joined they are the text."""
    return [text[start:end] for _, (start, end) in _WORD_RULE.pre_tokenize_str(text)]


@dataclass(frozen=True)
class Word:
    """A part of a text that is tokenized by itself; a special token has a `special_id`."""

    text: str
    special_id: int | None = None


def text_words(vocabulary: Vocabulary, text: str) -> list[Word]:
    """The special tokens of a text and the words between them, in order."""
    words, end = [], 0
    for start, stop, special_id in special_spans(vocabulary, text):
        words += [Word(word) for word in split_words(text[end:start])]
        words.append(Word(text[start:stop], special_id))
        end = stop
    return words + [Word(word) for word in split_words(text[end:])]


def special_spans(vocabulary: Vocabulary, text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and id of each special token; of overlapping ones the leftmost, then longest."""
    longest_first = sorted(vocabulary.special_ids, key=len, reverse=True)
    if longest_first:
        for match in re.finditer("|".join(map(re.escape, longest_first)), text):
            yield (*match.span(), vocabulary.special_ids[match.group()])


@lru_cache(maxsize=4)
def _tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """The library's byte-level BPE, which splits a text at special tokens first."""
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary.ids, merges=list(vocabulary.merges), ignore_merges=False)
    )
    tokenizer.pre_tokenizer = _WORD_RULE
    tokenizer.add_special_tokens(
        [AddedToken(text, normalized=False) for text in vocabulary.special_ids]
    )
    return tokenizer


def encode(vocabulary: Vocabulary, text: str) -> list[int]:
    """The token ids of a text; raises PromptError for an unpaired surrogate."""
    utf8(text)
    ids: list[int] = _tokenizer(vocabulary).encode(text, add_special_tokens=False).ids
    return ids


def utf8(text: str) -> bytes:
    """The UTF-8 bytes of a text; raises PromptError for an unpaired surrogate, which has none."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PromptError(
            f"prompt: character {error.start + 1}: expected valid Unicode, got the unpaired "
            f"surrogate U+{ord(text[error.start]):04X}",
            "remove it: it is half of a character",
        ) from error


def prompt_ids(vocabulary: Vocabulary, prompt: str, max_bytes: int, capacity: int) -> list[int]:
    """The token ids that a workbook takes from a prompt: none if it has too many bytes or tokens.

    Raises PromptError for an unpaired surrogate.
    """
    if len(utf8(prompt)) > max_bytes:
        return []
    ids = encode(vocabulary, prompt)
    return ids if len(ids) <= capacity else []
