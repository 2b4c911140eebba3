"""Cached values in a sheet, whose text is streamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.values import Cells
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.caching.row import formula_attributes, with_cached_values
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
class _FormulaRow:
    """A row, its cells, and the columns that formulas fill."""

    row: SheetRow
    cells: list[SheetCell]
    columns: set[int]


class _Band:
    """Consecutive rows with formulas, whose values are read together, and white space between."""

    def __init__(self) -> None:
        self.pieces: list[_FormulaRow | bytes] = []
        self.first = self.rows = self.left = self.right = 0

    def takes(self, piece: _FormulaRow | bytes) -> bool:
        """Whether a piece can be added."""
        if isinstance(piece, bytes):
            return piece.isspace()
        if not self.rows:
            return True
        columns = max(self.right, *piece.columns) - min(self.left, *piece.columns) + 1
        follows = piece.row.number == self.first + self.rows
        return follows and (self.rows + 1) * columns <= _CELLS_A_BAND

    def add(self, piece: _FormulaRow | bytes) -> None:
        """Add a piece; `takes` must hold."""
        self.pieces.append(piece)
        if isinstance(piece, bytes):
            return
        if not self.rows:
            self.first = piece.row.number
            self.left, self.right = min(piece.columns), max(piece.columns)
        self.left, self.right = min(self.left, *piece.columns), max(self.right, *piece.columns)
        self.rows += 1


class CachedSheet:
    """A sheet that is copied with its cached values, and the number of formulas and values so far.

    `read` returns the values of a rectangle of cells. `last_row` and `last_column` are those of
    all array formulas.
    """

    def __init__(self, name: str, read: Callable[[Area], Cells]) -> None:
        self.name = name
        self.formulas = self.values = 0
        self.last_row = self.last_column = 0
        self._read = read
        self._arrays: list[Area] = []  # those that reach below the rows read so far

    def pieces(self, source: IO[bytes]) -> Iterator[bytes]:
        """The sheet's text in pieces, of which the first is all before its rows.

        The values of consecutive rows are read together. Raises WorkbookError for XML that no
        spreadsheet program writes.
        """
        band = _Band()
        for piece in self._formula_rows(source):
            if not band.takes(piece):
                yield from self._filled(band)
                band = _Band()
            if isinstance(piece, _FormulaRow) or band.pieces:
                band.add(piece)
            else:
                yield piece
        yield from self._filled(band)

    def _formula_rows(self, source: IO[bytes]) -> Iterator[_FormulaRow | bytes]:
        """The rows that formulas fill, including those missing in the file; all else as bytes."""
        last = 0
        for piece in rows(source, f"sheet {self.name}"):
            if b"<!" in (piece.text if isinstance(piece, SheetRow) else piece):
                raise WorkbookError(
                    f"sheet {self.name}: expected XML without comments or CDATA, got some", HINT
                )
            if isinstance(piece, SheetRow):
                yield from self._missing(last + 1, piece.number)
                yield self._formula_row(piece) or piece.xml()
                last = piece.number
            else:
                if b"</sheetData>" in piece:
                    yield from self._missing(last + 1, self.last_row + 1)
                yield piece

    def _missing(self, first: int, stop: int) -> Iterator[_FormulaRow]:
        """Rows that array formulas fill and the file does not have."""
        end = max((array.row + array.rows for array in self._arrays), default=0)
        for number in range(first, min(stop, end)):
            filled = self._formula_row(SheetRow(number, b'<row r="%d">' % number, b""))
            if filled is not None:
                yield filled

    def _formula_row(self, row: SheetRow) -> _FormulaRow | None:
        """A row with the columns that formulas fill, or None if there are none."""
        if not self._arrays and b"<f" not in row.text:
            return None
        in_row = list(cells(row))
        columns = set()
        for cell in in_row:
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
        return _FormulaRow(row, in_row, columns) if columns else None

    def _note_array(self, attributes: bytes) -> None:
        """Remember the area of an array formula; raises WorkbookError for other kinds."""
        values = {name: value.decode() for name, value in _ATTRIBUTE.findall(attributes)}
        kind = values.get(b"t", "normal")
        if kind not in _KINDS:
            raise WorkbookError(
                f"sheet {self.name}: expected normal, shared or array formulas, got {kind!r}",
                "replace these formulas with values",
            )
        if kind != "array" or b"ref" not in values:
            return
        try:
            area = Area.parse(f"{quoted(self.name)}!{values[b'ref']}")
        except ValueError as error:
            raise WorkbookError(
                f"sheet {self.name}: expected the area of an array formula, got {values[b'ref']!r}",
                HINT,
            ) from error
        self._arrays.append(area)
        self.last_row = max(self.last_row, area.row + area.rows - 1)
        self.last_column = max(self.last_column, area.column + area.columns - 1)

    def _filled(self, band: _Band) -> Iterator[bytes]:
        """The pieces of a band with their cached values."""
        if not band.pieces:
            return
        area = Area(self.name, band.first, band.left, band.rows, band.right - band.left + 1)
        values = self._read(area).tolist()
        for piece in band.pieces:
            if isinstance(piece, _FormulaRow):
                line = values[piece.row.number - band.first]
                in_row = {column: line[column - band.left] for column in piece.columns}
                yield with_cached_values(piece.row, piece.cells, in_row)
            else:
                yield piece
