"""Texts of probes: parts that different formulas read, combined into prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlgpt2.reference.tokenization import encode
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: Other formulas read the beginning of a prompt than the rest: each prompt begins with another
#: contraction, or with something that has a letter of one in the same place.
BEGINNINGS = ("'s", "'ve", "'ll", "'t", "'re", "'m", "'d", "'le", "'rl", "'vl", "as")

#: Contractions and their lookalikes, and every class of character next to every other.
_WORDS = (
    "it's|I'm| we've| you're| he'll| don't| she'd| 'S| o'er|'l|'v |'le|'rl|'vl|"
    "a1b|2!|c?3| 4| !|½|Ⅷ|٣"
)

#: Texts that formulas read in different ways: these, every kind of white space, control characters,
#: every length of UTF-8 with its first and last character.
CHARACTERS = (
    *_WORDS.split("|"),
    *(" x  y", "   z", "\ta", " \n", "\n\nb", "\r", "\u00a0", "\u2003c", " \u3000", "\u0085"),
    *("~", "\x01", "\x1f", "\x7f", "\u0080", "\u009f", "é", " Zürich", "\u07ff", "\u0800"),
    *(
        "日本",
        " हि",
        "\ufffd",
        "\U00010000",
        "\U0010fffd",
        "👋🏽",
        "👩\u200d👧",
        "=",
        "_x0041_",
        "<&>",
        '"',
    ),
    *("aaaaaaaa", " "),
)

#: A text with at most one token per character, to be repeated.
PROSE = "the cat sat, two dogs ran! Is it so? We all went on, q z 1 2 3 and then it was over. "

#: How many special tokens are used; a vocabulary may have hundreds.
_SPECIAL = 4


def first_merge(vocabulary: Vocabulary) -> str:
    """A word with one pair that can be merged, the first of the merges, if there are any."""
    if not vocabulary.merges:
        return "!"
    merged = vocabulary.ids["".join(vocabulary.merges[0])]
    return "!" + vocabulary.token_bytes(merged).decode("utf-8", "ignore")


def special_texts(vocabulary: Vocabulary) -> Iterator[str]:
    """Special tokens: alone, doubled, and without the last character, which makes them none."""
    texts = list(vocabulary.special_ids)[:_SPECIAL]
    for text in texts:
        yield text
        yield f"{text}{text}"
        yield f"{text[:-1]} "


def packed(parts: Sequence[str], most: int, beginnings: Iterator[str]) -> Iterator[str]:
    """Texts of at most `most` bytes that together contain all parts, except those too long."""
    text = next(beginnings)
    longest = most - max(map(len, BEGINNINGS))
    for part in (part for part in parts if len(part.encode("utf-8")) <= longest):
        if len((text + part).encode("utf-8")) > most:
            yield text
            text = next(beginnings)
        text += part
    yield text


def with_tokens(vocabulary: Vocabulary, text: str, count: int, most: int) -> str:
    """The beginning of a text with at most `count` tokens and at most `most` bytes."""
    room = text.encode("utf-8")[:most].decode("utf-8", "ignore")
    tokens = encode(vocabulary, room)[: count + 1]
    end = len(b"".join(map(vocabulary.token_bytes, tokens)).decode("utf-8", "ignore"))
    beginnings = (room[:n] for n in range(end, 0, -1))
    return next((part for part in beginnings if len(encode(vocabulary, part)) <= count), "")
