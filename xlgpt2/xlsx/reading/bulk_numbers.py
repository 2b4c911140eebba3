"""Bulk reading of weights: long runs of plain numbers are parsed straight into arrays.

A library that reads .xlsx files creates an object for every cell, which for the 124 million of
GPT-2 takes minutes and more memory than most machines have. The writer of xlgpt2 omits the
addresses between the numbers of a row of weights; such runs are read here, some rows at a time. The
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
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import Contents, open_package
from xlgpt2.xlsx.sheet_xml import ROW_END, split_after_rows

#: Markers of runs: numbers, numbers with a style, and blank cells with a style, such as those that
#: an array formula fills.
_RUNS = (b"</v></c><c><v>", b"</v></c><c s=", b"/><c s=")

_ADDRESSED = b'<c r="'
_ROW = re.compile(rb'<row\b[^<>]*?\br="(\d{1,7})"')
_ADDRESS = re.compile(rb'([A-Z]{1,3})(\d{1,7})"')
_CELL = re.compile(rb'([A-Z]{1,3})(\d{1,7})"([^<>]*)><v>')
_COMMENT = b"<!"
_LONGEST_SHOWN = 40

#: Rectangles of numbers on one sheet. Ours have some ten; any further rows are left to the
#: libraries.
_MOST_BLOCKS = 100

Numbers = NDArray[np.float64]

#: In place of a run that is not kept.
_DROPPED = np.empty(0)


@dataclass(frozen=True, eq=False)
class NumberBlock:
    """A rectangle of constant numbers."""

    area: Area
    numbers: Numbers


@dataclass(frozen=True, eq=False)
class BulkNumbers:
    """The long runs of numbers by sheet, and the file of the workbook without them."""

    rest: bytes
    blocks: Mapping[str, tuple[NumberBlock, ...]]


def read_bulk_numbers(
    path: Path, contents: Contents, names: Collection[str] | None = None
) -> BulkNumbers | None:
    """The workbook's long runs of numbers, or None if it has none; raises WorkbookError.

    If `names` are given, other sheets are neither in the blocks nor in the rest.
    """
    parts = {part: sheet for sheet, part in contents.sheets.items()}
    blocks: dict[str, tuple[NumberBlock, ...]] = {}
    rest = io.BytesIO()
    with open_package(path) as package, zipfile.ZipFile(rest, "w") as copy:
        for name in package.namelist():
            if name not in parts:
                copy.writestr(name, package.read(name))
                continue
            if names is not None and parts[name] not in names:
                continue
            reader = _BulkReader(parts[name])
            with closing(_rows(package, name)) as rows, copy.open(name, "w") as target:
                for text in reader.rest(rows):
                    target.write(text)
            blocks[parts[name]] = reader.blocks()
    if not any(blocks.values()):
        return None
    return BulkNumbers(rest.getvalue(), blocks)


def rest_of_sheet(package: zipfile.ZipFile, part: str, sheet: str) -> Generator[bytes]:
    """A sheet's XML without its long runs of numbers, which are checked and dropped.

    Raises WorkbookError for a row whose cells are not in order from left to right.
    """
    with closing(_rows(package, part)) as rows:
        yield from _BulkReader(sheet, keep=False).rest(rows)


def lacks_addresses(path: Path, contents: Contents) -> bool:
    """Whether a workbook has cells without an address, as in long runs."""
    with open_package(path) as package:
        texts = (text for part in contents.sheets.values() for text in _rows(package, part))
        return any(run in text for text in texts for run in _RUNS)


def _rows(package: zipfile.ZipFile, part: str) -> Generator[bytes]:
    """The text of a sheet, split after every row."""
    with package.open(part) as source:
        yield from split_after_rows(source, f"workbook {package.filename}: part {part}")


class _BulkReader:
    """The runs of one sheet; runs in the same columns of consecutive rows form a block.

    If they are not kept, blocks have no numbers.
    """

    def __init__(self, sheet: str, keep: bool = True) -> None:
        self.sheet, self._keep = sheet, keep
        self._open: dict[tuple[int, int], tuple[int, list[Numbers]]] = {}  # column, length
        self._closed: list[NumberBlock] = []
        self._stopped = False  # after a comment, which may contain cells, nothing is bulk-read

    def rest(self, rows: Iterator[bytes]) -> Iterator[bytes]:
        """What is left of each row after bulk reading: an empty row if nothing is.

        Raises WorkbookError for a row whose cells are not in order from left to right.
        """
        for text in rows:
            large = any(run in text for run in _RUNS)
            start = _ROW.search(text) if large else None
            if start is None or self._stopped:
                self._stopped = self._stopped or _COMMENT in text
                yield text
                continue
            row = int(start[1])
            before, *cells = text.removesuffix(ROW_END).split(_ADDRESSED)
            self._stopped = _COMMENT in before
            yield _ADDRESSED.join([before, *self._remaining(row, cells)]) + ROW_END

    def _remaining(self, row: int, cells: Iterable[bytes]) -> Iterator[bytes]:
        """The cells of a row that are not bulk-read, each with its run of unaddressed cells."""
        free = 1  # the first column after the cells so far
        for cell in cells:
            start = _ADDRESS.match(cell)
            in_row = start is not None and int(start[2]) == row
            column = column_number(start[1].decode()) if start and in_row else 0
            if not self._stopped and column < free:
                raise WorkbookError(
                    f"sheet {self.sheet}, row {row}: expected a cell after column {free - 1}, "
                    f"got {_address(cell)!r}",
                    WORKBOOK_HINT,
                )
            free = column + 1 + cell.count(b"<c")
            if self._stopped or not (_is_blank(cell) or self._take(row, cell)):
                self._stopped = self._stopped or _COMMENT in cell
                yield cell

    def blocks(self) -> tuple[NumberBlock, ...]:
        """All blocks of the sheet."""
        for column, length in list(self._open):
            self._close(column, length)
        return tuple(self._closed)

    def _take(self, row: int, text: bytes) -> bool:
        """Store a cell and its run if they are all numbers, and return whether they are."""
        start = _CELL.match(text)
        if start is None or b"t=" in start[3] or not text.endswith(b"</v></c>"):
            return False
        between = b"</v></c><c%s><v>" % start[3]
        numbers = text[start.end() : -len(b"</v></c>")].replace(between, b",")
        try:
            values = np.array(orjson.loads(b"[%s]" % numbers), dtype=np.float64)
        except (orjson.JSONDecodeError, ValueError, TypeError):
            return False  # not only numbers
        key = column_number(start[1].decode()), values.size
        first, run = self._open.get(key, (row, []))
        if first + len(run) != row:
            self._close(*key)
            first, run = row, []
        few = run or len(self._open) + len(self._closed) < _MOST_BLOCKS
        if not few or sum(key) - 1 > MOST_COLUMNS:
            return False
        run.append(values if self._keep else _DROPPED)
        self._open[key] = first, run
        return True

    def _close(self, column: int, length: int) -> None:
        first, run = self._open.pop((column, length))
        numbers = np.array(run)
        area = Area(self.sheet, first, column, len(run), length)
        self._closed.append(NumberBlock(area, numbers))


def _address(text: bytes) -> str:
    """The address in a cell's text, for a message."""
    return text.partition(b'"')[0][:_LONGEST_SHOWN].decode(errors="replace")


def _is_blank(text: bytes) -> bool:
    """Whether a cell and its run of unaddressed cells have only styles."""
    return not any(content in text for content in (b"<v", b"<f", b"<is", _COMMENT))
