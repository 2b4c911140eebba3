"""Weights as CSV files, one for each tensor, as the workshop's JavaScript version has them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from xlgpt2.cells.address import MOST_COLUMNS, MOST_ROWS
from xlgpt2.checkpoint.families.family import Family
from xlgpt2.checkpoint.files import check_file, unreadable
from xlgpt2.checkpoint.tensors import ArrayTensor, Weights
from xlgpt2.errors import BadFileError

#: Bytes that pandas reads at a time; the longest line, of 16,384 float64 numbers, has half as many.
_PIECE = 1_000_000

#: A cell without the spaces around it.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_HINT = (
    "write it without header and index: one matrix row per line, numbers separated by commas; "
    "a vector is one line or one column"
)


@dataclass(frozen=True, eq=False)
class CsvTensor:
    """A tensor in a file of its own, read as a whole on first use."""

    path: Path
    name: str
    is_vector: bool

    @cached_property
    def array(self) -> Weights:
        """All of it; raises BadFileError for a cell that is not a number."""
        rows = _read(self.path)
        return rows.reshape(-1) if self.is_vector and 1 in rows.shape else rows

    @property
    def shape(self) -> tuple[int, ...]:
        """Its one or two sizes."""
        return self.array.shape

    def rows(self, start: int, stop: int) -> Weights:
        """Some of its rows."""
        return np.atleast_2d(self.array)[start:stop]

    def part(self, start: int, stop: int) -> ArrayTensor:
        """Some of its rows, in memory."""
        return ArrayTensor(self.rows(start, stop))


def csv_tensors(folder: Path, family: Family) -> dict[str, CsvTensor]:
    """The tensors of a folder's files model_*.csv by their checkpoint names; none is read yet.

    Raises BadFileError if two files have the same tensor.
    """
    tensors: dict[str, CsvTensor] = {}
    for path in sorted(folder.glob("model_*.csv")):
        name = family.csv_name(path.stem)
        if name in tensors:
            raise BadFileError(
                f"{folder}: {name}: expected one CSV file, got {tensors[name].path.name} and "
                f"{path.name}",
                "remove the file that is not of this model",
            )
        tensors[name] = CsvTensor(path, name, family.is_vector(name))
    return tensors


def _read(path: Path) -> Weights:
    """The numbers of a file [lines, columns], read piece by piece and rounded to float32."""
    import pandas as pd  # noqa: PLC0415 - takes half a second, and few models are CSV files

    rows, parts = 0, list[Weights]()
    check_file(path)
    try:
        # Numbers too large for float32 become infinite; these are rejected later, with their place.
        with np.errstate(over="ignore"):
            for piece in _pieces(path):
                part = pd.read_csv(
                    io.BytesIO(piece),
                    header=None,
                    dtype=np.float32,
                    na_filter=False,
                    skip_blank_lines=False,
                )
                parts.append(np.ascontiguousarray(part.to_numpy()))
                rows += len(part)
                if rows > MOST_ROWS:
                    raise BadFileError(
                        f"{path}: expected at most {MOST_ROWS:,} lines, got {rows:,} or more",
                        _HINT,
                    )
            return np.concatenate(parts)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise _wrong_cell(path, error) from error


def _pieces(path: Path) -> Iterator[bytes]:
    """The lines of a file, some at a time; raises BadFileError if one is too long."""
    first = True
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            piece += (rest := file.readline(_PIECE))
            if first and (numbers := piece.partition(b"\n")[0].count(b",") + 1) > MOST_COLUMNS:
                raise BadFileError(
                    f"{path}: line 1: expected at most {MOST_COLUMNS:,} numbers, the columns "
                    f"of a sheet, got {numbers:,}",
                    _HINT,
                )
            if len(rest) == _PIECE and not rest.endswith(b"\n"):
                raise BadFileError(
                    f"{path}: expected at most {_PIECE:,} bytes per line, got more", _HINT
                )
            first = False
            yield piece


def _wrong_cell(path: Path, error: ValueError) -> BadFileError:
    """The error for the first line of another width than line 1, or with a non-numeric cell."""
    width = 0
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            lines = csv.reader(iter(lambda: file.readline(_PIECE), ""))
            for cells in lines:
                place = f"{path}: line {lines.line_num}"
                width = width or len(cells)
                for column, cell in enumerate(cells, start=1):
                    if not _NUMBER.fullmatch(cell.strip(" \t")):
                        return BadFileError(
                            f"{place}: column {column}: expected a number, got {cell[:40]!r}", _HINT
                        )
                if len(cells) != width or not cells:
                    return BadFileError(
                        f"{place}: expected {width or 'some'} numbers, got {len(cells)}", _HINT
                    )
    except csv.Error as broken:
        return BadFileError(f"{path}: line {lines.line_num}: expected numbers, got {broken}", _HINT)
    if not width:
        return BadFileError(f"{path}: expected numbers, got an empty file", _HINT)
    return BadFileError(f"{path}: expected numbers, got {str(error).splitlines()[0]}", _HINT)
