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


def checked_prompt(vocabulary: Vocabulary, prompt: str, max_bytes: int, capacity: int) -> list[int]:
    """The token ids of a prompt that fits; raises PromptError that says which limit it breaks."""
    if not prompt:
        raise PromptError("prompt: expected at least one character, got none", "type some text")
    byte_count = len(utf8(prompt))
    if byte_count > max_bytes:
        raise PromptError(
            f"prompt: expected at most {max_bytes} bytes of UTF-8 (max_bytes), got {byte_count}",
            f"shorten the prompt, or make room for it with --max-bytes {byte_count}",
        )
    ids = encode(vocabulary, prompt)
    if len(ids) > capacity:
        raise PromptError(
            f"prompt: expected at most {capacity} tokens (capacity), got {len(ids)}",
            f"shorten the prompt, or make room for it with --capacity {len(ids)} "
            "where the model has as many positions",
        )
    return ids
