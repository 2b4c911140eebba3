"""Cells and rectangles of cells: their addresses and what a cell can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellError:
    """A spreadsheet error such as #VALUE! where a value should be."""

    code: str

    def __str__(self) -> str:
        return self.code


#: A rectangle of cells: float64, or object where texts, blanks or errors are among them. A blank
#: cell and an empty text are both "".
Cells = NDArray[Any]

#: Values that a user types over a named range: name -> rows of cells ("" clears a cell).
Inputs = Mapping[str, list[list[float | str]]]

#: UTF-16 units that a cell holds, in Excel and in LibreOffice 7.4.
MOST_CHARACTERS = 32_767

# Excel's specifications and limits; LibreOffice 7.4 has the same.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384

# Longer numbers and names are beyond the last row and column.
_MOST_DIGITS, _MOST_LETTERS = len(str(MOST_ROWS)), 3

_AREA = re.compile(r"'?(?P<sheet>(?:[^']|'')+?)'?!\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")


def length_in_cell(text: str) -> int:
    """UTF-16 units of a text, which is what a cell counts: two for an emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def half_character(text: str) -> str | None:
    """The first half of a surrogate pair that stands alone, or None: no file can hold it."""
    return next((character for character in text if "\ud800" <= character <= "\udfff"), None)


@cache
def column_letters(column: int) -> str:
    """The letters of a column counted from 1: 1 -> A, 27 -> AA."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column, counted from 1: A -> 1, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def quoted(sheet: str) -> str:
    """A sheet's name as a formula writes it."""
    return sheet if re.fullmatch(r"[A-Za-z_]+", sheet) else "'" + sheet.replace("'", "''") + "'"


def corner(address: str) -> tuple[int, int]:
    """Row and column, counted from 1, of a cell's address without a sheet: C5 -> 5, 3."""
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]), column_number(letters)


@dataclass(frozen=True)
class Area:
    """A rectangle on a sheet; `row` and `column` of its top left cell are counted from 1."""

    sheet: str
    row: int
    column: int
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def local(self) -> str:
        """The address without its sheet: B3 or B3:D9."""
        first = f"{column_letters(self.column)}{self.row}"
        last = f"{column_letters(self.column + self.columns - 1)}{self.row + self.rows - 1}"
        return first if first == last else f"{first}:{last}"

    @property
    def absolute(self) -> str:
        """The address as a defined name holds it: 'a tab'!$B$3:$D$9."""
        local = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", self.local)
        return f"{quoted(self.sheet)}!{local}"

    def cell(self, i: int, j: int) -> str:
        """The address, with its sheet, of the cell in row i and column j, counted from 0."""
        return f"{quoted(self.sheet)}!{column_letters(self.column + j)}{self.row + i}"

    def covers(self, other: Area) -> bool:
        """Whether all cells of another area on the same sheet are among its own."""
        return (
            self.row <= other.row
            and self.column <= other.column
            and self.row + self.rows >= other.row + other.rows
            and self.column + self.columns >= other.column + other.columns
        )

    def overlaps(self, other: Area) -> bool:
        """Whether both have a cell in common."""
        return (
            self.sheet == other.sheet
            and self.row < other.row + other.rows
            and other.row < self.row + self.rows
            and self.column < other.column + other.columns
            and other.column < self.column + self.columns
        )

    def contains(self, other: Area) -> bool:
        """Whether all cells of the other one are in this one."""
        return (
            self.sheet == other.sheet
            and self.row <= other.row
            and other.row + other.rows <= self.row + self.rows
            and self.column <= other.column
            and other.column + other.columns <= self.column + self.columns
        )

    @classmethod
    def parse(cls, text: str) -> Area:
        """The area that an address with a sheet names; raises ValueError if it is none."""
        match = _AREA.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no address with a sheet")
        sheet, left, top, right, bottom = match.groups()
        area = cls.between(sheet.replace("''", "'"), (left, top), (right or left, bottom or top))
        if area is None:
            raise ValueError(f"{text!r} is no rectangle of a sheet")
        return area

    @classmethod
    def between(cls, sheet: str, first: tuple[str, str], last: tuple[str, str]) -> Area | None:
        """The area from one cell to another, both as letters and digits; None if there is none.

        The first one is at the top left; sheets end at row 1,048,576 and column XFD.
        """
        (left, top), (right, bottom) = first, last
        if max(len(top), len(bottom)) > _MOST_DIGITS or max(len(left), len(right)) > _MOST_LETTERS:
            return None
        row, column = int(top), column_number(left)
        last_row, last_column = int(bottom), column_number(right)
        if not (1 <= row <= last_row <= MOST_ROWS and column <= last_column <= MOST_COLUMNS):
            return None
        return cls(sheet, row, column, last_row - row + 1, last_column - column + 1)


@dataclass(frozen=True)
class Readings:
    """What one engine computed from a file for one set of inputs: range name -> cells."""

    engine: str
    version: str
    values: Mapping[str, Cells]
    areas: Mapping[str, Area]
    seconds: float

    def and_then(self, later: Readings) -> Readings:
        """These and those of a later workbook, which count where both have a range."""
        return replace(
            self,
            values={**self.values, **later.values},
            areas={**self.areas, **later.areas},
            seconds=self.seconds + later.seconds,
        )

    def text(self, name: str) -> str:
        """The single cell of a range, as text; of a whole number its digits alone."""
        value = self.values[name][0, 0]
        return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)

    def number(self, name: str) -> float | None:
        """The single cell of a range as a number, or None where it holds none."""
        value = self.values[name][0, 0]
        return float(value) if isinstance(value, (int, float, np.floating)) else None
