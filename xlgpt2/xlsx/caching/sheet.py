"""Results in a sheet: its text as it streams by, with what its formulas gave in their cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import Cells
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.caching.row import formula_attributes, with_results
from xlgpt2.xlsx.sheet_xml import (
    SheetCell,
    SheetRow,
    cells,
    rows,
)

HINT = "open the workbook in LibreOffice or Excel, save it as .xlsx, and try again"

#: Cells that are read from the engine at a time.
_CELLS_A_BAND = 100_000

_ATTRIBUTE = re.compile(rb"""\b(t|ref)\s*=\s*["']([^"']*)["']""")
_KINDS = ("normal", "shared", "array")


@dataclass(frozen=True)
class _Marked:
    """A row, its cells, and the columns in which they hold results."""

    row: SheetRow
    cells: list[SheetCell]
    columns: set[int]


class _Band:
    """Rows that follow each other, whose results lie in one rectangle, and space between them."""

    def __init__(self) -> None:
        self.pieces: list[_Marked | bytes] = []
        self.first = self.rows = self.left = self.right = 0

    def takes(self, piece: _Marked | bytes) -> bool:
        """Whether a piece can be added."""
        if isinstance(piece, bytes):
            return piece.isspace()
        if not self.rows:
            return True
        columns = max(self.right, *piece.columns) - min(self.left, *piece.columns) + 1
        follows = piece.row.number == self.first + self.rows
        return follows and (self.rows + 1) * columns <= _CELLS_A_BAND

    def add(self, piece: _Marked | bytes) -> None:
        """Add a piece that it takes."""
        self.pieces.append(piece)
        if isinstance(piece, bytes):
            return
        if not self.rows:
            self.first = piece.row.number
            self.left, self.right = min(piece.columns), max(piece.columns)
        self.left, self.right = min(self.left, *piece.columns), max(self.right, *piece.columns)
        self.rows += 1


class SheetResults:
    """A sheet on its way from one file to another, and what has been stored in it so far.

    `read` gives what a rectangle of cells holds. `last_row` and `last_column` are as far as array
    formulas reach.
    """

    def __init__(self, name: str, read: Callable[[Area], Cells]) -> None:
        self.name = name
        self.formulas = self.values = 0
        self.last_row = self.last_column = 0
        self._read = read
        self._arrays: list[Area] = []  # those that reach below the rows that were marked

    def bits(self, source: IO[bytes]) -> Iterator[bytes]:
        """The sheet's text in bits, the first of which is all that stands before its rows.

        Rows that follow each other get their results together. Raises WorkbookError for XML that
        no spreadsheet program writes.
        """
        band = _Band()
        for piece in self._marked_rows(source):
            if not band.takes(piece):
                yield from self._filled(band)
                band = _Band()
            if isinstance(piece, _Marked) or band.pieces:
                band.add(piece)
            else:
                yield piece
        yield from self._filled(band)

    def _marked_rows(self, source: IO[bytes]) -> Iterator[_Marked | bytes]:
        """The rows that hold results, those that the file lacks among them; all else as it is."""
        last = 0
        for piece in rows(source, f"sheet {self.name}"):
            if b"<!" in (piece.text if isinstance(piece, SheetRow) else piece):
                raise WorkbookError(
                    f"sheet {self.name}: expected XML without comments and CDATA, got some", HINT
                )
            if isinstance(piece, SheetRow):
                yield from self._lacking(last + 1, piece.number)
                yield self._marked(piece) or piece.xml()
                last = piece.number
            else:
                if b"</sheetData>" in piece:
                    yield from self._lacking(last + 1, self.last_row + 1)
                yield piece

    def _lacking(self, first: int, stop: int) -> Iterator[_Marked]:
        """Rows that array formulas fill and the file does not have."""
        end = max((array.row + array.rows for array in self._arrays), default=0)
        for number in range(first, min(stop, end)):
            marked = self._marked(SheetRow(number, b'<row r="%d">' % number, b""))
            if marked is not None:
                yield marked

    def _marked(self, row: SheetRow) -> _Marked | None:
        """A row with what holds results in it; None where nothing does."""
        if not self._arrays and b"<f" not in row.text:
            return None
        found = list(cells(row))
        columns = set()
        for cell in found:
            attributes = formula_attributes(cell)
            if attributes is not None:
                self.formulas += 1
                columns.add(cell.column)
                self._note_array(attributes)
        for array in self._arrays:
            if array.row <= row.number < array.row + array.rows:
                columns.update(range(array.column, array.column + array.columns))
        self._arrays = [a for a in self._arrays if a.row + a.rows - 1 > row.number]
        self.values += len(columns)
        return _Marked(row, found, columns) if columns else None

    def _note_array(self, attributes: bytes) -> None:
        """Keep the area that a formula fills, if that is more than its own cell."""
        known = {name: value.decode() for name, value in _ATTRIBUTE.findall(attributes)}
        kind = known.get(b"t", "normal")
        if kind not in _KINDS:
            raise WorkbookError(
                f"sheet {self.name}: expected formulas of the kinds normal, shared and array, "
                f"got {kind!r}",
                "put values in place of these formulas",
            )
        if kind != "array" or b"ref" not in known:
            return
        try:
            area = Area.parse(f"{quoted(self.name)}!{known[b'ref']}")
        except ValueError as error:
            raise WorkbookError(
                f"sheet {self.name}: expected the area of an array formula, got {known[b'ref']!r}",
                HINT,
            ) from error
        self._arrays.append(area)
        self.last_row = max(self.last_row, area.row + area.rows - 1)
        self.last_column = max(self.last_column, area.column + area.columns - 1)

    def _filled(self, band: _Band) -> Iterator[bytes]:
        """The pieces of a band with their results."""
        if not band.pieces:
            return
        area = Area(self.name, band.first, band.left, band.rows, band.right - band.left + 1)
        results = self._read(area).tolist()
        for piece in band.pieces:
            if isinstance(piece, _Marked):
                line = results[piece.row.number - band.first]
                here = {column: line[column - band.left] for column in piece.columns}
                yield with_results(piece.row, piece.cells, here)
            else:
                yield piece
