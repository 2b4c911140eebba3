"""What the first screen of a sheet shows: each text as it is formatted, and the room it has."""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path

from openpyxl.utils import column_index_from_string
from PIL import ImageFont

#: The cells of a window of 1600 x 900 pixels, without its bars.
WIDTH, HEIGHT = 1480, 690

#: Fonts as wide, letter by letter, as those that the workbook names.
FONTS = Path("/usr/share/fonts/truetype")
METRIC = {
    ("Calibri", False): "crosextra/Carlito-Regular.ttf",
    ("Calibri", True): "crosextra/Carlito-Bold.ttf",
}

#: Pixels right of the screen, over which a text may run on.
PAST_IT = 500

#: Pixels of a cell that its text can't have.
EDGE = 3


@functools.cache
def font(name: str, size: float, bold: bool) -> ImageFont.FreeTypeFont:
    """A font of some points at 96 pixels an inch."""
    file = FONTS / METRIC[name, bold]
    return ImageFont.truetype(file, round(size * 96 / 72), layout_engine=ImageFont.Layout.BASIC)


def pixels(text: str, style) -> float:
    """The width of a text in a cell's font."""
    if style.name != "Calibri":  # Consolas: every letter has 0.55 of the size
        return len(text) * style.size * 96 / 72 * 0.55
    return font(style.name, style.size, bool(style.bold)).getlength(text)


def shown(value: object, code: str) -> str:
    """A value in a number format: of those that the workbook has."""
    if isinstance(value, str) or code in ("@", "General"):
        return value if isinstance(value, str) else f"{value:.7g}"
    number = float(value)
    sections = re.findall(r'(?:[^;"]|"[^"]*")+|(?<=;)(?=;|$)', code) or [""]
    section = _section(number, code.split(";") if '"' not in code else sections)
    digits = re.search(r"[0#]*\.?[0#]+(E\+00)?", re.sub(r'\[[^]]*\]|"[^"]*"', "", section))
    literal = "".join(re.findall(r'"([^"]*)"', section))
    if digits is None:
        return literal
    scaled = number * 100 if "%" in section else number
    body = digits[0]
    if body.endswith("E+00"):
        text = f"{scaled:.{len(body.partition('.')[2]) - 4}E}"
    else:
        whole, _, decimals = body.partition(".")
        text = f"{scaled:,.{len(decimals)}f}" if "," in section else f"{scaled:.{len(decimals)}f}"
        if "#" in decimals:
            text = text.rstrip("0").rstrip(".")
        if not whole:
            text = re.sub(r"^(-?)0\.", r"\1.", text)
    return literal + text + ("%" if "%" in section else "")


def _section(number: float, sections: list[str]) -> str:
    """The section of a format for a number: by its conditions, or by its sign."""
    for section in sections:
        if match := re.match(r"\[([<>]=?)([-\d.]+)\]", section):
            limit = float(match[2])
            if (number > limit) if match[1][0] == ">" else (number < limit):
                return section
    plain = [section for section in sections if not re.match(r"\[[<>]", section)]
    if number < 0 and len(plain) > 1:
        return plain[1].lstrip("-") and plain[1]
    return plain[2] if number == 0 and len(plain) > 2 else plain[0]


class Screen:
    """The first screen of a sheet: `values` are those of cells with formulas, after its rules."""

    def __init__(self, sheet, values) -> None:
        self.sheet, self.values = sheet, values
        self.widths = dict(self._columns())
        self.rows = dict(self._rows())
        self.large = [
            (part, float(rule.formula[1]), rule.dxf.numFmt.formatCode)
            for formatting in sheet.conditional_formatting
            for rule in formatting.rules
            if rule.operator == "notBetween"
            for part in formatting.sqref.ranges
        ]
        self.merged = {
            (row, column): area
            for area in sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
        }

    def _columns(self):
        """The width of each column on the screen, in pixels; folded ones have none."""
        sizes, left = {}, 0.0
        for letters, entry in self.sheet.column_dimensions.items():
            first = entry.min or column_index_from_string(letters)
            for column in range(first, min(entry.max or first, 2000) + 1):
                width = entry.width if entry.customWidth else 8.43
                sizes[column] = 0 if entry.hidden else round(7 * width + 5)
        column = 1
        while left < WIDTH + PAST_IT:
            yield column, sizes.get(column, 64)
            left += sizes.get(column, 64)
            column += 1

    def _rows(self):
        """The height of each row on the screen, in pixels."""
        top, row = 0.0, 1
        while top < HEIGHT:
            entry = self.sheet.row_dimensions[row]
            height = 0 if entry.hidden else (entry.height or 15) * 96 / 72
            yield row, height
            top += height
            row += 1

    def value(self, row, column):
        """A cell's value as the rules let it be seen; None if there is no cell."""
        place = self.sheet.title, row, column
        return self.values.get(place, self.sheet.cell(row, column).value)

    def faults(self):
        """What is cut, or would be shown as ####, on this screen."""
        left = 0.0
        for column, width in self.widths.items():
            left += width
            if left > WIDTH:
                return
            for row in self.rows:
                text = self._text(row, column)
                if text and self.rows[row] and self.widths[column]:
                    yield from self._fault(row, column, text)

    def _text(self, row, column):
        area = self.merged.get((row, column))
        if area is not None and (row, column) != (area.min_row, area.min_col):
            return ""
        value = self.value(row, column)
        cell = self.sheet.cell(row, column)
        if value is None or value == "" or str(value).startswith("="):
            return ""
        return shown(value, self._format(cell, value))

    def _format(self, cell, value):
        """A cell's number format, or that of a rule for large numbers."""
        if isinstance(value, float):
            for area, limit, code in self.large:
                inside = area.min_row <= cell.row <= area.max_row
                if abs(value) > limit and inside and area.min_col <= cell.column <= area.max_col:
                    return code
        return cell.number_format

    def _fault(self, row, column, text):
        cell, area = self.sheet.cell(row, column), self.merged.get((row, column))
        across = range(column, (area.max_col if area else column) + 1)
        down = range(row, (area.max_row if area else row) + 1)
        room = sum(self.widths.get(c, 0) for c in across) - EDGE
        height = sum(self.rows.get(r, 20) for r in down)
        name = f"{self.sheet.title}!{cell.coordinate}: {text[:60]!r}"
        alignment, needed = cell.alignment, pixels(text, cell.font)
        if alignment.textRotation == 90:
            if needed > height:
                yield f"{name} has {needed:.0f} pixels in a height of {height:.0f}"
        elif not isinstance(self.value(row, column), str):
            if needed > room:
                yield f"{name} would be ####: {needed:.0f} pixels in {room:.0f}"
        elif alignment.wrap_text:
            lines = math.ceil(needed * 1.03 / room)
            if lines * cell.font.size * 96 / 72 * 1.15 > height + 2:
                yield f"{name} needs {lines} lines in {height:.0f} pixels"
        elif needed > room + self._beside(row, max(across), alignment.horizontal):
            yield f"{name} is cut: {needed:.0f} pixels in {room:.0f} and the empty cells beside"

    def _beside(self, row, column, horizontal):
        """The pixels of empty cells to the right, over which a text may run."""
        if horizontal in ("center", "right"):
            return 0
        room = 0
        for right in range(column + 1, max(self.widths) + 1):
            cell = self.sheet.cell(row, right)
            if (self.sheet.title, row, right) in self.values or cell.value not in (None, ""):
                break
            room += self.widths[right]
        return room
