"""The prompt stored in a file: a text, or a number that all programs read as the same text."""

from __future__ import annotations

import math

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.errors import PromptError
from xlgpt2.xlsx.reading.workbook import Workbook
from xlgpt2.xlsx.reading.workbook_file import read_sheets

#: Whole numbers below this have the same digits in every program and locale.
_LARGEST = 1e15


def check_own_prompt(workbook: Workbook) -> None:
    """Raise PromptError if a file's prompt is a fraction, a large number, a boolean or an error.

    Formulas read a number as text, but programs write a point or an exponent in several ways, and
    TRUE is another word in other languages.
    """
    area = workbook.areas.get("prompt")
    if area is None:
        return
    (sheet,) = read_sheets(workbook, [area.sheet])
    place = area.row - 1, area.column - 1
    value = sheet.constants.others.get(place, "")
    numbers = sheet.constants.numbers
    if place[0] < numbers.shape[0] and place[1] < numbers.shape[1]:
        number = float(numbers[place])
        if not math.isnan(number) and not (number.is_integer() and abs(number) < _LARGEST):
            raise _no_text(area, f"the number {number!r}")
    if isinstance(value, (bool, CellError)):
        raise _no_text(area, str(value).upper())


def _no_text(area: Area, got: str) -> PromptError:
    return PromptError(
        f"prompt at {area.cell(0, 0)}: expected text, got {got}",
        "type it as text, with a leading apostrophe, or pass it with --prompt",
    )
