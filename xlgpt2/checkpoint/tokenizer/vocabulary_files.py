"""The vocabulary in a checkpoint's files, checked before anything relies on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlgpt2.cells.values import (
    MOST_CHARACTERS,
    unpaired_surrogate,
    utf16_length,
)
from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.checkpoint.folder_contents import vocabulary_hint
from xlgpt2.checkpoint.tokenizer.added_tokens import added_tokens
from xlgpt2.checkpoint.tokenizer.end_tokens import read_end_ids
from xlgpt2.checkpoint.tokenizer.hints import MORE_ROWS, SAME_MODEL
from xlgpt2.checkpoint.tokenizer.merges_file import read_merges
from xlgpt2.checkpoint.tokenizer.tokenizer_config import read_tokenizer_config
from xlgpt2.checkpoint.tokenizer.tokenizer_json import (
    check_steps,
    model_ids,
    model_merges,
)
from xlgpt2.errors import BadFileError
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

Merges = tuple[tuple[str, str], ...]

_LONGEST_SHOWN = 40

_FOR_CELLS = "use another model: the workbook stores each token as the text of a cell"


def read_vocabulary(folder: Path, vocab_size: int) -> Vocabulary:
    """The vocabulary of a checkpoint folder whose config.json counts `vocab_size` rows of wte.

    It is in tokenizer.json, or in vocab.json and merges.txt; rows may be left without a token.
    Raises MissingFileError, UnsupportedModelError for another tokenizer than GPT-2's, and
    BadFileError if two tokens share an id, files disagree or a byte has no token.
    """
    config_path = folder / "config.json"
    config = read_json_object(config_path) if config_path.exists() else {}
    settings = read_tokenizer_config(folder, config)
    path = folder / "tokenizer.json"
    tokenizer = read_json_object(path) if path.exists() else None
    if tokenizer is None:
        path, merges_path = folder / "vocab.json", folder / "merges.txt"
        whole = path.exists() and merges_path.exists()
        hint = "" if whole else vocabulary_hint(folder)
        content, merges = read_json_object(path, hint), read_merges(merges_path, hint)
    else:
        check_steps(path, tokenizer)
        content, merges = model_ids(path, tokenizer), model_merges(path, tokenizer)
        merges_path = path
    _check_ids(path, content, vocab_size)
    added = added_tokens(folder, config, settings, tokenizer, content)
    _check_ids(path, {**content, **added}, vocab_size)
    _check_bytes(path, content)
    _check_merges(merges_path, merges, content, path)
    if tokenizer is not None:
        _check_same(folder, content, merges, added)
    by_id = {token_id: token for token, token_id in {**content, **added}.items()}
    return Vocabulary(
        tokens=tuple(by_id.get(i, "") for i in range(vocab_size)),
        merges=merges,
        special=tuple(sorted(added.values())),
        end_ids=read_end_ids(folder, config, vocab_size),
        unused=frozenset(range(vocab_size)) - frozenset(added.values()) - _ids(content),
    )


def _ids(content: Mapping[str, object]) -> frozenset[int]:
    return frozenset(value for value in content.values() if isinstance(value, int))


def _check_ids(path: Path, content: Mapping[str, object], vocab_size: int) -> None:
    """Raise BadFileError if a token has no row of wte to itself, or a cell can't hold it."""
    if len(content) > vocab_size:
        raise BadFileError(
            f"{path}: expected at most {vocab_size} tokens (vocab_size of config.json), "
            f"got {len(content)}",
            MORE_ROWS,
        )
    taken: set[object] = set()
    for token, token_id in content.items():
        shown = f"{path}: token {token[:_LONGEST_SHOWN]!r}"
        if type(token_id) is not int or not 0 <= token_id < vocab_size or token_id in taken:
            raise BadFileError(
                f"{shown}: expected a unique id from 0 to {vocab_size - 1}, got {token_id!r}",
                f"use the {path.name} of the model, which maps each token to its row of wte",
            )
        if (half := unpaired_surrogate(token)) is not None:
            raise BadFileError(
                f"{shown}: expected valid Unicode, got an unpaired surrogate, {half!r}", _FOR_CELLS
            )
        if (length := utf16_length(token)) > MOST_CHARACTERS:
            raise BadFileError(
                f"{shown}: expected at most {MOST_CHARACTERS:,} characters, the limit of a "
                f"cell, got {length:,}",
                _FOR_CELLS,
            )
        taken.add(token_id)


def _check_bytes(path: Path, tokens: Mapping[str, object]) -> None:
    """Raise BadFileError if a byte has no token."""
    for byte, character in enumerate(byte_alphabet()):
        if character not in tokens:
            raise BadFileError(
                f"{path}: expected a token {character!r} for byte {byte:#04x}, got none",
                "use a model with a byte-level vocabulary such as GPT-2's, which can "
                "encode every text",
            )


def _check_merges(
    path: Path, merges: Merges, tokens: Mapping[str, object], vocabulary: Path
) -> None:
    """Raise BadFileError if there are no merges, or a merge's part or result is not a token."""
    if not merges:
        raise BadFileError(
            f"{path}: expected at least one merge, got none",
            "use another model: a model whose tokens are single bytes or characters has no merges",
        )
    for rank, (left, right) in enumerate(merges):
        for token in (left, right, left + right):
            if token not in tokens:
                raise BadFileError(
                    f"{path}: merge {rank} ({left} {right}): expected token {token!r} "
                    f"in {vocabulary.name}, got none",
                    SAME_MODEL,
                )


def _check_same(
    folder: Path, content: Mapping[str, object], merges: Merges, added: Mapping[str, int]
) -> None:
    """Raise BadFileError if vocab.json or merges.txt exists too and disagrees."""
    path = folder / "vocab.json"
    if path.exists():
        other = read_json_object(path)
        for token in sorted(other.keys() | content.keys()):
            own_id = content.get(token, added.get(token))
            if other.get(token, added.get(token)) != own_id:
                raise BadFileError(
                    f"{path}: token {token[:_LONGEST_SHOWN]!r}: expected id {own_id}, which it has "
                    f"in tokenizer.json, got {other.get(token)}",
                    _DISAGREE,
                )
    path = folder / "merges.txt"
    if path.exists() and (other_merges := read_merges(path, "")) != merges:
        same = _equal_at_first(merges, other_merges)
        raise BadFileError(
            f"{path}: expected the merges of tokenizer.json, got different ones from "
            f"merge {same} on",
            _DISAGREE,
        )


_DISAGREE = "remove the files that are not of this model: transformers uses tokenizer.json"


def _equal_at_first(left: Merges, right: Merges) -> int:
    """How many pairs two lists have in common before the first that differs."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(left), len(right)))
