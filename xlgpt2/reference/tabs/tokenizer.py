"""The tokenizer's tabs: characters, bytes, words, and every merge on the way to tokens.

B = max_bytes is the number of rows; rows past the end of the text are blank ("").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import accumulate

from xlgpt2.cells.values import (
    Cells,
    Value,
    column,
    grid,
    single,
)
from xlgpt2.reference.byte_pairs import MergeStep, first_symbols, merge_steps
from xlgpt2.reference.tokenization import Word, special_spans, text_words, utf8
from xlgpt2.vocabulary.character_classes import character_class
from xlgpt2.vocabulary.labels import character_label, word_label
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: The contractions of the word rule in encoder.py, which has them in lower case only.
CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")

#: The mark of a pair that does not merge, in place of a rank.
NO_RANK = "–"


def tokenizer_trace(
    vocabulary: Vocabulary,
    prompt: str,
    max_bytes: int,
    capacity: int,
    length: Callable[[str], int] = len,
) -> dict[str, Cells]:
    """Every range of the tokenizer's tabs for a prompt, by name.

    Shapes: [B, 1] columns, [B, 4] utf8_bytes, [B, n_special] special_matches, [B, B] merge_ids and
    merge_symbols, [B, B-1] merge_ranks, [T, 1] found_ids, [1, 1] counts. Only the first B
    characters of a prompt are read. A prompt of more than B bytes has no words and no tokens;
    found_ids are blank if there are more than T. character_start and characters_left are in the
    units of `length`. Raises PromptError for an unpaired surrogate.
    """
    fits = len(utf8(prompt)) <= max_bytes
    read = prompt[:max_bytes]
    special = _special(vocabulary, prompt, max_bytes)
    read_words = _read_words(vocabulary, prompt, max_bytes)
    words = read_words if fits else []
    steps = list(merge_steps(vocabulary, words))
    return {
        "prompt": single(prompt),
        **special,
        **_characters(read, [left != 0 for left in special["special"][:, 0]], max_bytes),
        "character_start": column([1 + length(read[:i]) for i in range(len(read))], max_bytes),
        "characters_left": single(length(prompt) - length(read)),
        **_character_words(read_words, max_bytes),
        **_bytes(vocabulary, read_words, max_bytes),
        **_words(words, max_bytes),
        **_merges(vocabulary, steps, max_bytes),
        **_token_ranges(steps, capacity),
    }


def _read_words(vocabulary: Vocabulary, prompt: str, most: int) -> list[Word]:
    """The words of a prompt's first `most` characters; the last may be part of a special token."""
    if len(prompt) <= most:
        return text_words(vocabulary, prompt)
    cut_off = [span for span in special_spans(vocabulary, prompt) if span[0] < most < span[1]]
    if not cut_off:
        return text_words(vocabulary, prompt[:most])
    ((start, _, special_id),) = cut_off
    return [*text_words(vocabulary, prompt[:start]), Word(prompt[start:most], special_id)]


def _special(vocabulary: Vocabulary, prompt: str, rows: int) -> dict[str, Cells]:
    """The special tokens that match at each character, and the characters of one still to come."""
    read = prompt[:rows]
    texts = list(vocabulary.special_ids) or [""]
    left = [0] * len(prompt)
    ids: list[Value] = [""] * len(prompt)
    for start, stop, special_id in special_spans(vocabulary, prompt):
        left[start:stop] = range(stop - start, 0, -1)
        ids[start] = special_id
    matches = [
        [len(text) if prompt.startswith(text, start) else 0 for text in texts]
        for start in range(len(read))
    ]
    return {
        "special": column(left[:rows], rows),
        "special_id": column(ids[:rows], rows),
        "special_matches": grid([*matches, *[[]] * (rows - len(read))], len(texts)),
    }


def _characters(prompt: str, special: list[bool], rows: int) -> dict[str, Cells]:
    """The class and the UTF-8 bytes of each character; code points count as characters.

    For the word rule, the text ends where a special token begins or continues.
    """
    code_points = [ord(character) for character in prompt]
    classes = [character_class(code_point) for code_point in code_points]
    encoded = [character.encode("utf-8") for character in prompt]
    lengths = [len(data) for data in encoded]
    ends = [*special[1 : len(prompt)], *[True] * bool(prompt)]
    return {
        "code_point": column(code_points, rows),
        "character": column([character_label(code_point) for code_point in code_points], rows),
        "character_class": column(classes, rows),
        "next_code_point": column(
            [0 if end else code for end, code in zip(ends, [*code_points[1:], 0], strict=False)],
            rows,
        ),
        "next_class": column(
            ["end" if end else name for end, name in zip(ends, [*classes[1:], ""], strict=False)],
            rows,
        ),
        "utf8_length": column(lengths, rows),
        "first_byte": column(_offsets(lengths), rows),
        "utf8_bytes": grid([*map(list, encoded), *[[]] * (rows - len(prompt))], 4),
        "character_count": single(len(prompt)),
        "byte_count": single(sum(lengths)),
    }


def _character_words(words: list[Word], rows: int) -> dict[str, Cells]:
    """Where each word begins, and the characters of a contraction still to come."""
    return {
        "word_start": column([int(i == 0) for word in words for i in range(len(word.text))], rows),
        "word": column([n for n, word in enumerate(words, start=1) for _ in word.text], rows),
        "contraction": column(
            [
                len(word.text) - i if word.special_id is None and word.text in CONTRACTIONS else 0
                for word in words
                for i in range(len(word.text))
            ],
            rows,
        ),
    }


def _bytes(vocabulary: Vocabulary, words: list[Word], rows: int) -> dict[str, Cells]:
    """Each byte of the text: its character, its value, its token and its word.

    The first byte of a special token has that token's id.
    """
    characters = [
        (n, character) for n, word in enumerate(words, start=1) for character in word.text
    ]
    owners = [
        (i, n, byte)
        for i, (n, character) in enumerate(characters)
        for byte in character.encode("utf-8")
    ][:rows]
    tokens: list[int] = []
    for word in words:
        symbols = first_symbols(vocabulary, word)
        byte_tokens = [vocabulary.byte_tokens[byte] for byte in word.text.encode("utf-8")]
        tokens += [*symbols, *byte_tokens[len(symbols) :]]
    return {
        "byte_character": column([i for i, _, _ in owners], rows),
        "byte_value": column([byte for _, _, byte in owners], rows),
        "byte_token_id": column(tokens[:rows], rows),
        "byte_word": column([n for _, n, _ in owners], rows),
    }


def _words(words: list[Word], rows: int) -> dict[str, Cells]:
    """Each word's label, bytes and first symbols; word 1 is in the first row."""
    lengths = [len(word.text.encode("utf-8")) for word in words]
    return {
        "word_label": column([word_label(word.text) for word in words], rows),
        "word_first_byte": column(_offsets(lengths), rows),
        "word_bytes": column(lengths, rows),
        "word_symbols": column(
            [n if w.special_id is None else 1 for n, w in zip(lengths, words, strict=True)], rows
        ),
        "word_count": single(len(words)),
    }


def _merges(vocabulary: Vocabulary, steps: list[MergeStep], rows: int) -> dict[str, Cells]:
    """One row per step: the symbols, their pairs' ranks, and the next merge."""
    blank_rows: list[list[Value]] = [[]] * (rows - len(steps))
    symbols = [list(step.symbols) for step in steps]
    best = [step.best for step in steps]
    return {
        "merge_word": column([step.word for step in steps], rows),
        "merge_size": column([len(step.symbols) for step in steps], rows, past=0),
        "merge_ids": grid([*symbols, *blank_rows], rows),
        "merge_symbols": grid(
            [*([*map(vocabulary.label, ids)] for ids in symbols), *blank_rows], rows
        ),
        "merge_ranks": grid(
            [*(_blanks(step.ranks, NO_RANK) for step in steps), *blank_rows], rows - 1
        ),
        "merge_best": column(_blanks(best), rows),
        "merge_at": column(_blanks(step.at for step in steps), rows),
        "merge_new_id": column(
            ["" if rank is None else int(vocabulary.merge_result[rank]) for rank in best], rows
        ),
        "merge_label": column(
            ["" if rank is None else vocabulary.merge_labels[rank] for rank in best], rows
        ),
        "merge_done": column([int(rank is None) for rank in best], rows),
        "merge_tokens_before": column(
            [step.tokens_before for step in steps], rows, past=len(_tokens(steps))
        ),
    }


def _token_ranges(steps: list[MergeStep], capacity: int) -> dict[str, Cells]:
    """The tokens of all words, blank if there are more than `capacity`."""
    tokens = _tokens(steps)
    ids = tokens if len(tokens) <= capacity else []
    return {"found_count": single(len(tokens)), "found_ids": column(ids, capacity)}


def _tokens(steps: list[MergeStep]) -> list[int]:
    return [token for step in steps if step.best is None for token in step.symbols]


def _offsets(lengths: list[int]) -> list[int]:
    """The start of each part, from 0, for consecutive parts of these lengths."""
    return list(accumulate(lengths, initial=0))[:-1]


def _blanks(values: Iterable[int | None], blank: str = "") -> list[Value]:
    return [blank if value is None else value for value in values]
