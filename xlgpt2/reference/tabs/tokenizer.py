"""The tokenizer's tabs in Python: characters, bytes, words, and every merge on the way to tokens.

B = max_bytes is the number of rows; what lies past the end of the text is blank ("").
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
from xlgpt2.reference.byte_pairs import Step, first_symbols, merge_steps
from xlgpt2.reference.tokenization import Word, special_spans, text_words, utf8
from xlgpt2.vocabulary.character_classes import character_class
from xlgpt2.vocabulary.labels import character_label, word_label
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: The endings that the word rule of encoder.py knows; it knows them in lower case only.
CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")

#: What stands for the rank of a pair that does not merge.
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
    merge_symbols, [B, B-1] merge_ranks, [T, 1] found_ids, [1, 1] counts. Of a prompt of more than
    B characters the first B are read, and one of more than B bytes has no words and no tokens; nor
    has found_ids any where there are more than T. Where characters start, and how many are not
    read, is told in what `length` counts. Raises PromptError for half a character.
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
        **_found(steps, capacity),
    }


def _read_words(vocabulary: Vocabulary, prompt: str, most: int) -> list[Word]:
    """The words of a prompt's first characters; a special token may be cut at their end."""
    if len(prompt) <= most:
        return text_words(vocabulary, prompt)
    cut = [span for span in special_spans(vocabulary, prompt) if span[0] < most < span[1]]
    if not cut:
        return text_words(vocabulary, prompt[:most])
    ((start, _, special_id),) = cut
    return [*text_words(vocabulary, prompt[:start]), Word(prompt[start:most], special_id)]


def _special(vocabulary: Vocabulary, prompt: str, rows: int) -> dict[str, Cells]:
    """Which special tokens stand at each character, and how much of one is still to come."""
    read = prompt[:rows]
    texts = list(vocabulary.special_ids) or [""]
    left = [0] * len(prompt)
    ids: list[Value] = [""] * len(prompt)
    for start, stop, special_id in special_spans(vocabulary, prompt):
        left[start:stop] = range(stop - start, 0, -1)
        ids[start] = special_id
    matches = [
        [len(text) if prompt.startswith(text, place) else 0 for text in texts]
        for place in range(len(read))
    ]
    return {
        "special": column(left[:rows], rows),
        "special_id": column(ids[:rows], rows),
        "special_matches": grid([*matches, *[[]] * (rows - len(read))], len(texts)),
    }


def _characters(prompt: str, special: list[bool], rows: int) -> dict[str, Cells]:
    """What each character is, and how UTF-8 writes it; code points count as characters.

    What comes next ends for the word rule where a special token begins or goes on.
    """
    code_points = [ord(character) for character in prompt]
    classes = [character_class(code_point) for code_point in code_points]
    encoded = [character.encode("utf-8") for character in prompt]
    lengths = [len(data) for data in encoded]
    cut = [*special[1 : len(prompt)], *[True] * bool(prompt)]
    return {
        "code_point": column(code_points, rows),
        "character": column([character_label(code_point) for code_point in code_points], rows),
        "character_class": column(classes, rows),
        "next_code_point": column(
            [0 if ends else code for ends, code in zip(cut, [*code_points[1:], 0], strict=False)],
            rows,
        ),
        "next_class": column(
            ["end" if ends else name for ends, name in zip(cut, [*classes[1:], ""], strict=False)],
            rows,
        ),
        "utf8_length": column(lengths, rows),
        "first_byte": column(_offsets(lengths), rows),
        "utf8_bytes": grid([*map(list, encoded), *[[]] * (rows - len(prompt))], 4),
        "character_count": single(len(prompt)),
        "byte_count": single(sum(lengths)),
    }


def _character_words(words: list[Word], rows: int) -> dict[str, Cells]:
    """Where each word begins, and how much of a contraction is still to come."""
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
    places = [(n, character) for n, word in enumerate(words, start=1) for character in word.text]
    owners = [
        (i, n, byte)
        for i, (n, character) in enumerate(places)
        for byte in character.encode("utf-8")
    ][:rows]
    tokens: list[int] = []
    for word in words:
        symbols = first_symbols(vocabulary, word)
        own = [vocabulary.byte_tokens[byte] for byte in word.text.encode("utf-8")]
        tokens += [*symbols, *own[len(symbols) :]]
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


def _merges(vocabulary: Vocabulary, steps: list[Step], rows: int) -> dict[str, Cells]:
    """One row per step: the symbols, their pairs' ranks, and the merge that comes next."""
    past: list[list[Value]] = [[]] * (rows - len(steps))
    symbols = [list(step.symbols) for step in steps]
    best = [step.best for step in steps]
    return {
        "merge_word": column([step.word for step in steps], rows),
        "merge_size": column([len(step.symbols) for step in steps], rows, past=0),
        "merge_ids": grid([*symbols, *past], rows),
        "merge_symbols": grid([*([*map(vocabulary.label, ids)] for ids in symbols), *past], rows),
        "merge_ranks": grid([*(_blanks(step.ranks, NO_RANK) for step in steps), *past], rows - 1),
        "merge_best": column(_blanks(best), rows),
        "merge_at": column(_blanks(step.at for step in steps), rows),
        "merge_new_id": column(
            ["" if rank is None else int(vocabulary.merge_result[rank]) for rank in best], rows
        ),
        "merge_label": column(
            ["" if rank is None else vocabulary.merge_label(rank) for rank in best], rows
        ),
        "merge_done": column([int(rank is None) for rank in best], rows),
        "merge_tokens_before": column(
            [step.tokens_before for step in steps], rows, past=len(_tokens(steps))
        ),
    }


def _found(steps: list[Step], capacity: int) -> dict[str, Cells]:
    """The tokens that all words end as."""
    tokens = _tokens(steps)
    found = tokens if len(tokens) <= capacity else []
    return {"found_count": single(len(tokens)), "found_ids": column(found, capacity)}


def _tokens(steps: list[Step]) -> list[int]:
    return [token for step in steps if step.best is None for token in step.symbols]


def _offsets(lengths: list[int]) -> list[int]:
    """Where each part begins, from 0, when parts of these lengths follow each other."""
    return list(accumulate(lengths, initial=0))[:-1]


def _blanks(values: Iterable[int | None], blank: str = "") -> list[Value]:
    return [blank if value is None else value for value in values]
