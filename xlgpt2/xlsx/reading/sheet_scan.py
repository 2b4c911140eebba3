"""A scan of a sheet's XML as a stream, which checks that all cells are in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from xlgpt2.cells.address import (
    MOST_COLUMNS,
    MOST_ROWS,
    Area,
    column_letters,
    quoted,
)
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT

#: The most characters of a formula, in Excel's specifications and limits.
LONGEST_FORMULA = 8192

#: The most cells with links on a sheet; the Guide of GPT-2 has some eighty.
MOST_LINKS = 100_000

_DIGITS = "0123456789"
_MOST_DIGITS = 10  # of a row's number
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class SpecialCell:
    """A cell with a formula, whose `text` may be empty, or with an error as a constant.

    `formula` has the attributes of the formula, and is None if `text` is an error. A `dynamic`
    array formula is supported by newer programs only.
    """

    row: int
    column: int
    formula: Mapping[str, str] | None
    text: str
    dynamic: bool = False


def special_cells(chunks: Iterable[bytes], sheet: str, most_cells: int) -> Iterator[SpecialCell]:
    """The cells with formulas or errors in a sheet's XML, which comes in chunks.

    Raises WorkbookError where programs could read a sheet differently: for cells that are not in
    order from left to right and from top to bottom, or outside of the sheet. Also if the rectangle
    around all cells has more than `most_cells`, since libraries allocate all of it.
    """
    reader = _Reader(sheet)
    for chunk in chunks:
        reader.feed(chunk)
        yield from reader.cells
        reader.cells.clear()
    reader.feed(b"", last=True)
    yield from reader.cells
    cells = reader.rows * reader.columns
    if cells > most_cells:
        raise WorkbookError(
            f"sheet {sheet}: expected at most {most_cells:,} more cells up to the last cell, "
            f"{column_letters(reader.columns)}{reader.rows}, got {cells:,}",
            WORKBOOK_HINT,
        )


@cache
def _columns() -> Mapping[str, int]:
    """The number of every column, from 1, by its letters."""
    return {column_letters(column): column for column in range(1, MOST_COLUMNS + 1)}


class _Reader:
    """Collects cells while expat parses a sheet; one without an address follows the last one."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.cells: list[SpecialCell] = []
        self.rows = self.columns = 0
        self._row, self._row_digits, self._column = 0, "", MOST_COLUMNS
        self._in_cell = False
        self._links = 0
        self._type: str | None = None
        self._dynamic = False
        self._formula: dict[str, str] | None = None
        self._text: list[str] | None = None  # of a formula or an error, while it is read
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, data: bytes, last: bool = False) -> None:
        """Parse more bytes; raises WorkbookError, and ParseError for invalid XML."""
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise ParseError(f"{error} in sheet {self.sheet}") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if self._text is not None:
            raise self._wrong(f"cell {self._cell.absolute}", "text", f"an element {name}")
        if name == "c":
            self._enter_cell(attributes.get("r"))
            self._type = attributes.get("t")
            self._dynamic = attributes.get("cm", "0") != "0"
        elif name == "row":
            self._enter_row(attributes.get("r"))
        elif name == "hyperlink":
            self._count_links(attributes.get("ref", ""))
        elif self._in_cell and (name == "f" or (name == "v" and self._type == "e")):
            self._formula = attributes if name == "f" else None
            self._text = []
            self._parser.CharacterDataHandler = self._add

    def _end(self, name: str) -> None:
        if self._text is not None:
            text = "".join(self._text)
            cell = SpecialCell(self._row, self._column, self._formula, text, self._dynamic)
            self.cells.append(cell)
            self._text = None
            self._parser.CharacterDataHandler = None
        elif name == "c" or name.endswith(":c"):
            self._in_cell = False

    def _add(self, text: str) -> None:
        assert self._text is not None
        self._text.append(text)
        if sum(map(len, self._text)) > LONGEST_FORMULA:
            most = f"at most {LONGEST_FORMULA:,} characters"
            raise self._wrong(f"cell {self._cell.absolute}", most, "more")

    def _enter_row(self, number: str | None) -> None:
        row = self._row + 1
        if number is not None:
            is_number = number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS
            row = int(number) if is_number else 0
        if not self._row < row <= MOST_ROWS:
            raise self._wrong(
                f"sheet {self.sheet}",
                f"a row from {self._row + 1:,} to {MOST_ROWS:,}",
                f"row {(number or str(row))[:_LONGEST_SHOWN]!r}",
            )
        self._row, self._row_digits, self._column = row, str(row), 0

    def _enter_cell(self, address: str | None) -> None:
        column = self._column + 1
        if address is not None:
            letters = address.rstrip(_DIGITS)
            in_row = address[len(letters) :] == self._row_digits
            column = _columns().get(letters, 0) if in_row else 0
        if not self._column < column <= MOST_COLUMNS:
            raise self._wrong(
                f"sheet {self.sheet}, row {self._row}",
                f"a cell after column {self._column}, up to {MOST_COLUMNS:,}",
                f"{address[:_LONGEST_SHOWN]!r}" if address else "another cell",
            )
        self._column, self._in_cell = column, True
        self.rows, self.columns = self._row, max(self.columns, column)

    def _count_links(self, reference: str) -> None:
        """Count the cells of a link: LibreOffice creates a link in every cell of its area."""
        try:
            area = Area.parse(f"{quoted(self.sheet)}!{reference}")
        except ValueError:
            return  # not an area
        self._links += area.rows * area.columns
        if self._links > MOST_LINKS:
            raise self._wrong(
                f"sheet {self.sheet}",
                f"at most {MOST_LINKS:,} cells with links",
                f"{self._links:,}",
            )

    @property
    def _cell(self) -> Area:
        return Area(self.sheet, self._row, self._column, 1, 1)

    @staticmethod
    def _wrong(where: str, expected: str, got: str) -> WorkbookError:
        return WorkbookError(f"{where}: expected {expected}, got {got}", WORKBOOK_HINT)
