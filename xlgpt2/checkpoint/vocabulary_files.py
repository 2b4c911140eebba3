"""The vocabulary as vocab.json and merges.txt hold it, checked before anything relies on it."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.cells import MOST_CHARACTERS, half_character, length_in_cell
from xlgpt2.checkpoint.files import read_json_object, read_text
from xlgpt2.checkpoint.vocabulary import Vocabulary, byte_alphabet
from xlgpt2.errors import BadFileError

_LONGEST_SHOWN = 40

_SAME_MODEL = "take config.json, vocab.json and merges.txt from one and the same model"
_FOR_CELLS = "take another model: the workbook has each token as the text of a cell"
_SPLIT_FILE = (
    "where there is only a tokenizer.json, the tokenizers library writes both files: "
    'Tokenizer.from_file("tokenizer.json").model.save(folder)'
)


def read_vocabulary(folder: Path, vocab_size: int) -> Vocabulary:
    """The vocabulary of a checkpoint folder whose config.json counts `vocab_size` tokens.

    Raises MissingFileError, and BadFileError where the ids are not 0..V-1, the files don't
    fit each other or a byte has no token.
    """
    tokens = _tokens(folder / "vocab.json", vocab_size)
    known = frozenset(tokens)
    for byte, character in enumerate(byte_alphabet()):
        if character not in known:
            raise BadFileError(
                f"{folder / 'vocab.json'}: expected a token {character!r} "
                f"for byte {byte:#04x}, got none",
                "take a model with a byte-level vocabulary such as GPT-2's, which knows every text",
            )
    path = folder / "merges.txt"
    merges = _merges(path)
    for rank, (left, right) in enumerate(merges):
        for token in (left, right, left + right):
            if token not in known:
                raise BadFileError(
                    f"{path}: merge {rank} ({left} {right}): expected token {token!r} "
                    "in vocab.json, got none",
                    _SAME_MODEL,
                )
    return Vocabulary(tokens, merges)


def _tokens(path: Path, vocab_size: int) -> tuple[str, ...]:
    """The tokens by id."""
    content = read_json_object(path, _SPLIT_FILE)
    if len(content) != vocab_size:
        raise BadFileError(
            f"{path}: expected {vocab_size} tokens (vocab_size of config.json), got {len(content)}",
            _SAME_MODEL,
        )
    by_id: dict[int, str] = {}
    for token, token_id in content.items():
        shown = f"{path}: token {token[:_LONGEST_SHOWN]!r}"
        if type(token_id) is not int or not 0 <= token_id < vocab_size or token_id in by_id:
            raise BadFileError(
                f"{shown}: expected an id of its own from 0 to {vocab_size - 1}, got {token_id!r}",
                "take the model's own vocab.json, which gives each token its row in wte",
            )
        if (half := half_character(token)) is not None:
            raise BadFileError(
                f"{shown}: expected whole characters, got half of one, {half!r}", _FOR_CELLS
            )
        if (length := length_in_cell(token)) > MOST_CHARACTERS:
            raise BadFileError(
                f"{shown}: expected at most {MOST_CHARACTERS:,} characters, which is what a cell "
                f"holds, got {length:,}",
                _FOR_CELLS,
            )
        by_id[token_id] = token
    return tuple(by_id[token_id] for token_id in range(vocab_size))


def _merges(path: Path) -> tuple[tuple[str, str], ...]:
    """The pairs of tokens by rank, without the line that names the version."""
    merges: list[tuple[str, str]] = []
    # Not splitlines(): it would break lines at characters that are part of merges elsewhere.
    for number, line in enumerate(read_text(path, _SPLIT_FILE).split("\n"), start=1):
        parts = line.rstrip("\r").split(" ")
        if line.startswith("#version") or parts == [""]:
            continue
        if len(parts) != 2 or not all(parts):
            raise BadFileError(
                f"{path}: line {number}: expected two tokens with a space between, got {line!r}",
                "take the model's own merges.txt, which has one merge a line in the order of ranks",
            )
        merges.append((parts[0], parts[1]))
    if not merges:
        raise BadFileError(
            f"{path}: expected at least one merge, got none",
            "take another model: one whose tokens are single bytes or characters has no merges",
        )
    return tuple(merges)
