"""Text as GPT-2's words and token ids, by the `tokenizers` library."""

from __future__ import annotations

from functools import lru_cache

from tokenizers import Tokenizer, models, pre_tokenizers

from xlgpt2.checkpoint.vocabulary import Vocabulary
from xlgpt2.errors import PromptError

# No prefix space and GPT-2's word rule, as the model was trained.
_WORD_RULE = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def split_words(text: str) -> list[str]:
    """The words that GPT-2's rule splits a text into; together they are the text."""
    return [text[start:end] for _, (start, end) in _WORD_RULE.pre_tokenize_str(text)]


@lru_cache(maxsize=4)
def _tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """The library's byte-level BPE. No token is special: <|endoftext|> is text like any other."""
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary.ids, merges=list(vocabulary.merges), ignore_merges=False)
    )
    tokenizer.pre_tokenizer = _WORD_RULE
    return tokenizer


def encode(vocabulary: Vocabulary, text: str) -> list[int]:
    """The token ids of a text; raises PromptError where it holds half a character."""
    utf8(text)
    ids: list[int] = _tokenizer(vocabulary).encode(text, add_special_tokens=False).ids
    return ids


def utf8(text: str) -> bytes:
    """The bytes of a text; raises PromptError for a lone surrogate, which has none."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PromptError(
            f"prompt: character {error.start + 1}: expected a character, "
            f"got the lone surrogate U+{ord(text[error.start]):04X}",
            "remove it; it is half of a character that was cut in two",
        ) from error


def prompt_ids(vocabulary: Vocabulary, prompt: str, max_bytes: int, capacity: int) -> list[int]:
    """The token ids that a workbook takes from a prompt: none if it has too many bytes or tokens.

    Raises PromptError where it holds half a character.
    """
    if len(utf8(prompt)) > max_bytes:
        return []
    ids = encode(vocabulary, prompt)
    return ids if len(ids) <= capacity else []
