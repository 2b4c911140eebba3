"""The vocabulary as CSV files: the workshop's bpe_token_ids.csv and vocab_bpe.csv.

As the workshop's page reads them (spreadsheets-are-all-you-need, gpt2/index.html): the first has a
token and its id per line; the second begins with a header, then has the left and the right part of
a merge in columns 1 and 2 and a score in column 4; the highest score is the first merge.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.cells.values import MOST_CHARACTERS, utf16_length
from xlgpt2.checkpoint.files import read_text
from xlgpt2.checkpoint.tokenizer.added_tokens import END_OF_TEXT
from xlgpt2.errors import BadFileError
from xlgpt2.vocabulary.vocabulary import Vocabulary, byte_alphabet

#: The tokens with their ids, and the merges.
TOKENS, MERGES = "bpe_token_ids.csv", "vocab_bpe.csv"

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_ID = re.compile(r"\d{1,9}", re.ASCII)
_LONGEST_SHOWN = 40

_BOTH = f"copy {TOKENS} and {MERGES} of the workshop into the folder, or vocab.json and merges.txt"
_TOKEN_HINT = "write a token and its id per line; quote tokens that contain commas or quotes"
_MERGE_HINT = (
    "write the two parts of a merge per line, in the order of ranks; or with a score in "
    "column 4, which orders them from high to low"
)


@dataclass(frozen=True)
class CsvVocabulary:
    """The vocabulary, and notes that say what was changed or ignored."""

    vocabulary: Vocabulary
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """The cells of a line, and its number in the file."""

    number: int
    cells: tuple[str, ...]


def read_csv_vocabulary(folder: Path, vocab_size: int) -> CsvVocabulary:
    """The vocabulary in the two files of a folder; raises MissingFileError or BadFileError."""
    path = folder / TOKENS
    lines, labels = _without_labels(_lines(path), _is_token_line)
    notes = _label_notes(path, labels)
    file_tokens = _tokens(path, lines, vocab_size)
    tokens = tuple(_by_bytes(token) for token in file_tokens)
    _check_tokens(path, tokens)
    if file_tokens != tokens:
        notes.append(f"{TOKENS}: spaces and control characters in tokens are read as bytes")
    token_set = frozenset(tokens)
    path = folder / MERGES
    lines, labels = _without_labels(_lines(path), lambda line: _is_merge_line(line, token_set))
    notes += _label_notes(path, labels)
    ends = tuple(i for i, token in enumerate(tokens) if token == END_OF_TEXT)
    vocabulary = Vocabulary(tokens, _merges(path, lines, token_set), special=ends, end_ids=ends)
    return CsvVocabulary(vocabulary, tuple(notes))


def _lines(path: Path) -> list[_Line]:
    """The lines of a file that are not empty, without a byte order mark."""
    text = read_text(path, _BOTH).removeprefix("\ufeff")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [_Line(reader.line_num, tuple(cells)) for cells in reader if any(cells)]
    except csv.Error as error:
        raise BadFileError(
            f"{path}: line {reader.line_num}: expected cells separated by commas, got: {error}",
            "write it as CSV; quote cells that contain commas or quotes",
        ) from error


def _without_labels(
    lines: list[_Line], is_data: Callable[[_Line], bool]
) -> tuple[list[_Line], _Line | None]:
    """The lines without a header, and the header if there is one."""
    if lines and not is_data(lines[0]):
        return lines[1:], lines[0]
    return lines, None


def _label_notes(path: Path, labels: _Line | None) -> list[str]:
    if labels is None:
        return []
    return [f"{path.name}: line 1 is read as a header: {', '.join(labels.cells)[:_LONGEST_SHOWN]}"]


def _is_token_line(line: _Line) -> bool:
    return any(_ID.fullmatch(cell.strip()) for cell in line.cells[:2])


def _is_merge_line(line: _Line, tokens: Collection[str]) -> bool:
    return _by_bytes("".join(line.cells[:2])) in tokens


def _tokens(path: Path, lines: Sequence[_Line], vocab_size: int) -> tuple[str, ...]:
    """The tokens by id, as the file has them; the ids are in column 2, or all in column 1."""
    if len(lines) != vocab_size:
        raise BadFileError(
            f"{path}: expected {vocab_size} tokens, one per row of wte, got {len(lines)}",
            f"use {TOKENS} and the weights of the same model",
        )
    ids_first = all(_ID.fullmatch(line.cells[0].strip()) for line in lines) and not all(
        len(line.cells) > 1 and _ID.fullmatch(line.cells[1].strip()) for line in lines
    )
    by_id: dict[int, str] = {}
    for line in lines:
        if len(line.cells) != 2 or not all(line.cells):
            raise BadFileError(
                f"{path}: line {line.number}: expected a token and its id, got {line.cells!r}",
                _TOKEN_HINT,
            )
        token, number = reversed(line.cells) if ids_first else line.cells
        token_id = int(number) if _ID.fullmatch(number.strip()) else -1
        if not 0 <= token_id < vocab_size or token_id in by_id:
            raise BadFileError(
                f"{path}: line {line.number}: column {1 if ids_first else 2}: expected a "
                f"unique id from 0 to {vocab_size - 1}, got {number[:_LONGEST_SHOWN]!r}",
                _TOKEN_HINT,
            )
        by_id[token_id] = token
    return tuple(by_id[token_id] for token_id in range(vocab_size))


def _check_tokens(path: Path, tokens: Sequence[str]) -> None:
    """Raise BadFileError if a token repeats or is too long for a cell, or a byte has none."""
    first: dict[str, int] = {}
    for token_id, token in enumerate(tokens):
        if first.setdefault(token, token_id) != token_id:
            raise BadFileError(
                f"{path}: token {token[:_LONGEST_SHOWN]!r}: expected one id, got {first[token]} "
                f"and {token_id}",
                "a spreadsheet program may have changed tokens: use the file as published",
            )
        if (length := utf16_length(token)) > MOST_CHARACTERS:
            raise BadFileError(
                f"{path}: token {token_id}: expected at most {MOST_CHARACTERS:,} characters, "
                f"the limit of a cell, got {length:,}",
                _TOKEN_HINT,
            )
    for byte, character in enumerate(byte_alphabet()):
        if character not in first:
            raise BadFileError(
                f"{path}: expected a token for byte {byte:#04x} ({character!r}), got none",
                "a spreadsheet program may have changed tokens: use the file as published",
            )


def _merges(
    path: Path, lines: Sequence[_Line], tokens: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """The pairs of tokens by rank: by descending score if there is one, or in the file's order."""
    if not lines:
        raise BadFileError(f"{path}: expected at least one merge, got none", _MERGE_HINT)
    width = len(lines[0].cells)
    scored = width == 4
    pairs: dict[float, tuple[str, str]] = {}
    for rank, line in enumerate(lines):
        if len(line.cells) != width or width not in (2, 4):
            raise BadFileError(
                f"{path}: line {line.number}: expected {width if scored else 2} cells, got "
                f"{len(line.cells)}",
                _MERGE_HINT,
            )
        left, right = map(_by_bytes, line.cells[:2])
        for column, part in enumerate((left, right, left + right), start=1):
            if part not in tokens:
                where = f"column {column}" if column < 3 else "both columns"
                raise BadFileError(
                    f"{path}: line {line.number}: {where}: expected a token of {TOKENS}, got "
                    f"{part[:_LONGEST_SHOWN]!r}",
                    f"use {TOKENS} and {MERGES} of the same model",
                )
        score = -float(rank) if not scored else _score(path, line)
        if score in pairs:
            raise BadFileError(
                f"{path}: line {line.number}: column 4: expected a unique score, got "
                f"{line.cells[3]!r} again",
                _MERGE_HINT,
            )
        pairs[score] = (left, right)
    return tuple(pairs[score] for score in sorted(pairs, reverse=True))


def _score(path: Path, line: _Line) -> float:
    cell = line.cells[3].strip()
    if not _NUMBER.fullmatch(cell):
        raise BadFileError(
            f"{path}: line {line.number}: column 4: expected a score, got "
            f"{cell[:_LONGEST_SHOWN]!r}",
            _MERGE_HINT,
        )
    return float(cell)


def _by_bytes(text: str) -> str:
    """A text with the byte alphabet's characters for spaces and control characters."""
    alphabet = byte_alphabet()
    return "".join(alphabet[ord(c)] if ord(c) < 0x80 else c for c in text)
