"""Addresses of cells and of rectangles of cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# Excel's specifications and limits; LibreOffice 7.4 has the same ones.
MOST_ROWS = 1_048_576

MOST_COLUMNS = 16_384

# More digits or letters than these are past the last row or column.
_MOST_DIGITS, _MOST_LETTERS = len(str(MOST_ROWS)), 3

_AREA = re.compile(r"'?(?P<sheet>(?:[^']|'')+?)'?!\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")


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
    """A sheet's name as it is written in a formula."""
    return sheet if re.fullmatch(r"[A-Za-z_]+", sheet) else "'" + sheet.replace("'", "''") + "'"


def row_and_column(address: str) -> tuple[int, int]:
    """Row and column, counted from 1, of a cell address without a sheet: C5 -> 5, 3."""
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]), column_number(letters)


@dataclass(frozen=True)
class Area:
    """A rectangle on a sheet; `row` and `column` are its top left cell's, counted from 1."""

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
        """The address as it is written in a defined name: 'a tab'!$B$3:$D$9."""
        local = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", self.local)
        return f"{quoted(self.sheet)}!{local}"

    def cell(self, i: int, j: int) -> str:
        """The address, with its sheet, of the cell in row i and column j of the area, from 0."""
        return f"{quoted(self.sheet)}!{column_letters(self.column + j)}{self.row + i}"

    def overlaps(self, other: Area) -> bool:
        """Whether the two areas share a cell."""
        return (
            self.sheet == other.sheet
            and self.row < other.row + other.rows
            and other.row < self.row + self.rows
            and self.column < other.column + other.columns
            and other.column < self.column + self.columns
        )

    def contains(self, other: Area) -> bool:
        """Whether the other area is part of this one."""
        return (
            self.sheet == other.sheet
            and self.row <= other.row
            and other.row + other.rows <= self.row + self.rows
            and self.column <= other.column
            and other.column + other.columns <= self.column + self.columns
        )

    @classmethod
    def parse(cls, text: str) -> Area:
        """The area at an address with a sheet; raises ValueError if the text is no such address."""
        match = _AREA.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not an address with a sheet")
        sheet, left, top, right, bottom = match.groups()
        area = cls.between(sheet.replace("''", "'"), (left, top), (right or left, bottom or top))
        if area is None:
            raise ValueError(f"{text!r} is not a rectangle of a sheet")
        return area

    @classmethod
    def between(cls, sheet: str, first: tuple[str, str], last: tuple[str, str]) -> Area | None:
        """The area from the top left cell to the bottom right one, as (letters, digits).

        None if `last` is left of or above `first`, or outside the sheet, which ends at XFD1048576.
        """
        (left, top), (right, bottom) = first, last
        if max(len(top), len(bottom)) > _MOST_DIGITS or max(len(left), len(right)) > _MOST_LETTERS:
            return None
        row, column = int(top), column_number(left)
        last_row, last_column = int(bottom), column_number(right)
        if not (1 <= row <= last_row <= MOST_ROWS and column <= last_column <= MOST_COLUMNS):
            return None
        return cls(sheet, row, column, last_row - row + 1, last_column - column + 1)
