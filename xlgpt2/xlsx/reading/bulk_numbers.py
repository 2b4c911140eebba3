"""Weights lifted out of a large workbook: long runs of plain numbers go straight into arrays.

A library that reads .xlsx files makes an object of every cell, which for the 124 million of GPT-2
takes minutes and more memory than most machines have. The writer of xlgpt2 leaves the addresses
out between the numbers of a row of weights; such runs are read here, some rows at a time, and the
rest, a workbook that is a thousand times smaller, is left to the libraries.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from xlgpt2.cells.address import (
    MOST_COLUMNS,
    Area,
    column_number,
)
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.package import (
    HINT,
    Contents,
    open_package,
)
from xlgpt2.xlsx.sheet_xml import ROW_END, cut_behind_rows

#: What runs are full of: numbers, numbers with a style, and blank cells with a style, such as
#: those that an array formula fills.
_RUNS = (b"</v></c><c><v>", b"</v></c><c s=", b"/><c s=")

_ADDRESSED = b'<c r="'
_ROW = re.compile(rb'<row\b[^<>]*?\br="(\d{1,7})"')
_ADDRESS = re.compile(rb'([A-Z]{1,3})(\d{1,7})"')
_CELL = re.compile(rb'([A-Z]{1,3})(\d{1,7})"([^<>]*)><v>')
_COMMENT = b"<!"
_LONGEST_SHOWN = 40

#: Rectangles of numbers on one sheet; ours have some ten, and the rows of a strange one are left
#: to the libraries.
_MOST_BLOCKS = 100

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LiftedBlock:
    """A rectangle of constants, all of them numbers."""

    area: Area
    numbers: Numbers


@dataclass(frozen=True, eq=False)
class Lifted:
    """A workbook without its long runs of numbers, as a file, and the runs by sheet."""

    rest: bytes
    blocks: Mapping[str, tuple[LiftedBlock, ...]]


def lift(path: Path, contents: Contents, names: Collection[str] | None = None) -> Lifted | None:
    """The workbook in two, or None where it has no long runs; raises WorkbookError.

    Where `names` are given, the sheets that are not among them are in neither part.
    """
    parts = {part: sheet for sheet, part in contents.sheets.items()}
    blocks: dict[str, tuple[LiftedBlock, ...]] = {}
    rest = io.BytesIO()
    with open_package(path) as package, zipfile.ZipFile(rest, "w") as copy:
        for name in package.namelist():
            if name not in parts:
                copy.writestr(name, package.read(name))
                continue
            if names is not None and parts[name] not in names:
                continue
            lifter = _Lifter(parts[name])
            with closing(_rows(package, name)) as rows, copy.open(name, "w") as target:
                for text in lifter.rest(rows):
                    target.write(text)
            blocks[parts[name]] = lifter.blocks()
    if not any(blocks.values()):
        return None
    return Lifted(rest.getvalue(), blocks)


def lacks_addresses(path: Path, contents: Contents) -> bool:
    """Whether cells of a workbook have no address, as those in long runs."""
    with open_package(path) as package:
        texts = (text for part in contents.sheets.values() for text in _rows(package, part))
        return any(run in text for text in texts for run in _RUNS)


def _rows(package: zipfile.ZipFile, part: str) -> Generator[bytes]:
    """The text of a sheet, cut behind every row."""
    with package.open(part) as source:
        yield from cut_behind_rows(source, f"workbook {package.filename}: part {part}")


class _Lifter:
    """The runs of one sheet: rows of the same columns, one under the other, make a block."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self._open: dict[tuple[int, int], tuple[int, list[Numbers]]] = {}  # column, length
        self._closed: list[LiftedBlock] = []
        self._strange = False  # from a comment on nothing is lifted: cells may be part of it

    def rest(self, rows: Iterator[bytes]) -> Iterator[bytes]:
        """What is left of each row; a row stays, with its number, where all its cells are lifted.

        Raises WorkbookError for a row whose cells do not follow each other from left to right.
        """
        for text in rows:
            large = any(run in text for run in _RUNS)
            start = _ROW.search(text) if large else None
            if start is None or self._strange:
                self._strange = self._strange or _COMMENT in text
                yield text
                continue
            row = int(start[1])
            before, *cells = text.removesuffix(ROW_END).split(_ADDRESSED)
            self._strange = _COMMENT in before
            left = list(self._left(row, cells))
            if left or not before.startswith(b"<row"):
                yield _ADDRESSED.join([before, *left]) + ROW_END

    def _left(self, row: int, cells: Iterable[bytes]) -> Iterator[bytes]:
        """The cells of a row that stay, each with those that follow it without addresses."""
        free = 1  # the first column that no cell has taken
        for cell in cells:
            start = _ADDRESS.match(cell)
            in_row = start is not None and int(start[2]) == row
            column = column_number(start[1].decode()) if start and in_row else 0
            if not self._strange and column < free:
                raise WorkbookError(
                    f"sheet {self.sheet}, row {row}: expected a cell right of column {free - 1}, "
                    f"got {_address(cell)!r}",
                    HINT,
                )
            free = column + 1 + cell.count(b"<c")
            if self._strange or not (_is_blank(cell) or self._take(row, cell)):
                self._strange = self._strange or _COMMENT in cell
                yield cell

    def blocks(self) -> tuple[LiftedBlock, ...]:
        """All blocks of the sheet."""
        for column, length in list(self._open):
            self._close(column, length)
        return tuple(self._closed)

    def _take(self, row: int, text: bytes) -> bool:
        """Whether a cell and those that follow it without addresses are numbers; keeps them."""
        start = _CELL.match(text)
        if start is None or b"t=" in start[3] or not text.endswith(b"</v></c>"):
            return False
        between = b"</v></c><c%s><v>" % start[3]
        numbers = text[start.end() : -len(b"</v></c>")].replace(between, b",")
        try:
            values = np.array(orjson.loads(b"[%s]" % numbers), dtype=np.float64)
        except (orjson.JSONDecodeError, ValueError, TypeError):
            return False  # other cells among them: they are left where they are
        key = column_number(start[1].decode()), values.size
        first, run = self._open.get(key, (row, []))
        if first + len(run) != row:
            self._close(*key)
            first, run = row, []
        few = run or len(self._open) + len(self._closed) < _MOST_BLOCKS
        if not few or sum(key) - 1 > MOST_COLUMNS:
            return False
        run.append(values)
        self._open[key] = first, run
        return True

    def _close(self, column: int, length: int) -> None:
        first, run = self._open.pop((column, length))
        numbers = np.array(run)
        area = Area(self.sheet, first, column, len(run), length)
        self._closed.append(LiftedBlock(area, numbers))


def _address(text: bytes) -> str:
    """What a cell gives as its address."""
    return text.partition(b'"')[0][:_LONGEST_SHOWN].decode(errors="replace")


def _is_blank(text: bytes) -> bool:
    """Whether a cell and those that follow it without addresses have styles and nothing else."""
    return not any(content in text for content in (b"<v", b"<f", b"<is", _COMMENT))
