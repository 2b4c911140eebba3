"""The prompt that stands in a file: a text, or a number that every program reads as one text."""

from __future__ import annotations

import math
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.errors import PromptError
from xlgpt2.xlsx.package import Contents
from xlgpt2.xlsx.reading.workbook_file import read_sheets

#: Whole numbers below this are the same digits in every program and country.
_LARGEST = 1e15


def check_own_prompt(path: Path, contents: Contents) -> None:
    """Nothing where the prompt in a file is a text, blank, a whole number or a formula.

    Formulas take a number for a text, but where it has a point or an exponent programs write it in
    several ways, and TRUE is another word in other languages. Raises PromptError.
    """
    area = contents.areas.get("prompt")
    if area is None:
        return
    (sheet,) = read_sheets(path, contents, [area.sheet])
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
        f"prompt at {area.cell(0, 0)}: expected a text, got {got}",
        "type it as a text, with an apostrophe in front, or give it with --prompt",
    )
