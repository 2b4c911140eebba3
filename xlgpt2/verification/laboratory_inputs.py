"""Inputs of the laboratory in probes: choices above each limit, between numbers, and usual."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from xlgpt2.cells.values import Value
from xlgpt2.constants.sizes import Sizes
from xlgpt2.verification.chosen_logits import OverrideRows
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: A guess that is more than a token.
SEVERAL_TOKENS = "two words"

#: The guess where a vocabulary has none of its kind; the default of the tab Guess.
_GUESS = " the"


def above_limits(sizes: Sizes) -> dict[str, Value]:
    """One more than the largest number that each cell takes."""
    tokens = ("overview_token_number", "one_query", "one_key", "lens_position")
    return {
        **dict.fromkeys(tokens, sizes.T),
        "one_block": sizes.L,
        "one_head": sizes.H,
        "one_column": sizes.D,
        "one_unit": sizes.n_inner,
        "lens": 2,
    }


def between_numbers(sizes: Sizes, vocabulary: Vocabulary) -> dict[str, Value]:
    """Fractions, for a prompt of four tokens or more; a guess with an odd id."""
    return {
        "overview_token_number": 1.5,
        "one_query": 2.5,
        "one_key": 1.5,
        "one_block": max(0, sizes.L - 1.5),
        "one_head": max(0, sizes.H - 1.5),
        "one_column": max(0, sizes.D - 1.5),
        "one_unit": max(0, sizes.n_inner - 1.5),
        "lens_position": 1.5,
        "guess": odd_guess(vocabulary),
    }


def in_the_first_block(sizes: Sizes, vocabulary: Vocabulary) -> dict[str, Value]:
    """The last head of the first block, for one token; a guess without its space."""
    return {
        "overview_token_number": 0,
        "one_block": 0.5,
        "one_head": sizes.H - 1,
        "one_column": 0.5,
        "one_unit": sizes.n_inner // 2,
        "lens": 0.5,
        "guess": guess_without_its_space(vocabulary),
    }


def of_two_tokens(vocabulary: Vocabulary) -> dict[str, Value]:
    """Neither the first nor the last of anything; a guess with a space too many."""
    return {
        "overview_token_number": 1,
        **dict.fromkeys(("one_block", "one_query", "one_column", "one_unit"), 1),
        "one_key": 0,
        "lens_position": 0,
        "guess": guess_with_a_space_more(vocabulary),
    }


def coded_switches(blocks: int, heads: int, bit: int) -> OverrideRows:
    """Switches of which some are off: those whose number has this bit.

    Numbers count from 1 across blocks, so that with four bits each of up to 15 switches is off in
    some inputs, and no two are off in the same ones.
    """
    numbers = iter(range(1, blocks * (heads + 1) + 1))
    return tuple(
        tuple(float(1 - (next(numbers) >> bit & 1)) for _ in range(heads + 1))
        for _ in range(blocks)
    )


def wrong_switches(blocks: int, heads: int) -> OverrideRows:
    """Switches that are neither 0 nor 1, and the last one off."""
    width = heads + 1
    wrong: tuple[Value, ...] = (2, "", 0.5, "x", -1)
    values = [*islice(cycle(wrong), blocks * width - 1), 0]
    return tuple(tuple(values[i : i + width]) for i in range(0, len(values), width))


def odd_guess(vocabulary: Vocabulary) -> str:
    """A word that is a token with an odd id."""
    return next((text for text, i in _words(vocabulary) if i % 2), _GUESS)


def guess_without_its_space(vocabulary: Vocabulary) -> str:
    """A word that is a token only with a space before it."""
    texts = {text for text, _ in _words(vocabulary)}
    words = (text[1:] for text in texts if text[0] == " " and text[1:] not in texts)
    return min(words, default=_GUESS)


def guess_with_a_space_more(vocabulary: Vocabulary) -> str:
    """A word with a space that is a token only without it."""
    texts = {text for text, _ in _words(vocabulary)}
    words = (f" {text}" for text in texts if text[0] != " " and f" {text}" not in texts)
    return min(words, default=_GUESS)


def _words(vocabulary: Vocabulary) -> Iterator[tuple[str, int]]:
    """The tokens that are words of ASCII letters, perhaps after a space, and their ids."""
    for token_id in range(len(vocabulary.tokens)):
        text = vocabulary.text(token_id)
        if text.isascii() and text.removeprefix(" ").isalpha():
            yield text, token_id
