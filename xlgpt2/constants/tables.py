"""The constants of a workbook that are not weights: vocabulary, merges, classes, sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from xlgpt2.cells.values import (
    Cells,
    Value,
    column,
    single,
    to_15_digits,
)
from xlgpt2.checkpoint.checkpoint import Checkpoint, Family
from xlgpt2.vocabulary.character_classes import class_runs
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

#: Columns [V, 1], [256, 1], [n_merges, 1], [n_special, 1] and [n_ends, 1] of vocabulary data.
_VOCABULARY: dict[str, Callable[[Vocabulary], list[Value]]] = {
    "vocabulary": lambda vocabulary: list(vocabulary.tokens),
    "vocabulary_labels": lambda vocabulary: list(vocabulary.labels),
    "vocabulary_texts": lambda vocabulary: [
        vocabulary.text(token_id) for token_id in range(len(vocabulary.tokens))
    ],
    # At least one row, which never matches: an empty text, and the id -1.
    "special_texts": lambda vocabulary: list(vocabulary.special_ids) or [""],
    "special_ids": lambda vocabulary: list(vocabulary.special) or [-1],
    "special_lengths": lambda vocabulary: [len(text) for text in vocabulary.special_ids] or [0],
    "end_ids": lambda vocabulary: list(vocabulary.end_ids) or [-1],
    # Nothing-up-my-sleeve numbers, as in SHA-2: the first digits after the point, to base 2^26, of
    # the square roots of the first primes.
    "draw_constants": lambda _: [
        int(math.sqrt(prime) % 1 * 2**26) for prime in (2, 3, 5, 7, 11, 13, 17, 19)
    ],
    "byte_tokens": lambda vocabulary: list(vocabulary.byte_tokens),
    "byte_letters": lambda _: list(byte_alphabet()),
    "byte_letter_codes": lambda _: [ord(letter) for letter in byte_alphabet()],
    "merge_left": lambda vocabulary: vocabulary.merge_left.tolist(),
    "merge_right": lambda vocabulary: vocabulary.merge_right.tolist(),
    "merge_result": lambda vocabulary: vocabulary.merge_result.tolist(),
    "merge_labels": lambda vocabulary: list(vocabulary.merge_labels),
    "merge_keys": lambda vocabulary: vocabulary.merge_keys.tolist(),
    "merge_key_ranks": lambda vocabulary: vocabulary.merge_key_ranks.tolist(),
}

#: Columns [n_classes, 1] of the character classes.
_CLASSES: dict[str, Callable[[], list[Value]]] = {
    "class_starts": lambda: [start for start, _ in class_runs()],
    "class_names": lambda: [name for _, name in class_runs()],
}

#: Single cells [1, 1] that say which model this is, and how its weights are written.
_WORDS: dict[str, Callable[[Checkpoint], Value]] = {
    "model_name": lambda checkpoint: checkpoint.name,
    "model_source": lambda checkpoint: checkpoint.source,
    "checkpoint_sha256": lambda checkpoint: checkpoint.sha256,
    "model_blocks": lambda checkpoint: blocks_text(checkpoint.blocks),
    "weight_dtype": lambda checkpoint: checkpoint.precision.dtype,
    # Shows whether a program keeps line breaks: three characters, one of them a line feed.
    "line_break_text": lambda _: "a\nb",
    "weight_digits": lambda checkpoint: checkpoint.precision.digits or "shortest",
}


def table_names(family: Family) -> tuple[str, ...]:
    """The names of all tables that a model of a family has."""
    return (*_VOCABULARY, *_CLASSES, *family.numbers, *_WORDS)


def blocks_text(blocks: Sequence[int]) -> str:
    """Some blocks in words: block 0, blocks 0 to 3, blocks 0, 2, 5."""
    numbers = ", ".join(map(str, blocks))
    if len(blocks) > 2 and blocks[-1] - blocks[0] == len(blocks) - 1:
        numbers = f"{blocks[0]} to {blocks[-1]}"
    return f"block{'s' if len(blocks) > 1 else ''} {numbers}"


def part_text(blocks: Sequence[int], n_layer: int) -> str:
    """The blocks of a workbook in words: only block 0 of 12; "" if all are there."""
    return "" if len(blocks) == n_layer else f"only {blocks_text(blocks)} of {n_layer}"


def table(name: str, checkpoint: Checkpoint) -> Cells:
    """The cells of one of the tables: float64, or object for texts.

    Shapes: [V, 1] vocabulary*, [256, 1] byte_*, [n_merges, 1] merge_*, [n_special, 1] special_*,
    [n_ends, 1] end_ids, [n_classes, 1] class_*, [1, 1] the sizes and words.
    Raises KeyError for other names.
    """
    if name in _VOCABULARY:
        return column(_VOCABULARY[name](checkpoint.vocabulary))
    if name in _CLASSES:
        return column(_CLASSES[name]())
    if name in checkpoint.family.numbers:
        return single(to_15_digits(checkpoint.family.numbers[name](checkpoint.config)))
    return single(_WORDS[name](checkpoint))
