"""Lists: rows of texts with a link to a tab in each, as on the Tour."""

from __future__ import annotations

import math
import re

from xlgpt2.cells.address import Area, column_letters, row_and_column
from xlgpt2.errors import TemplateError, located
from xlgpt2.stages.templates import ListRow, ListTemplate
from xlgpt2.writer.sheet import Sheet

#: In a text: the address of a range's first cell.
_ADDRESS = re.compile(r"@([A-Za-z_]\w*)")

_LINE = 15  # points; one line of 10 points with some space
#: Characters per unit of width, which is a digit of 11 points; with lines that end at words.
_CHARACTERS = 1.25


def write_list(sheet: Sheet, entry: ListTemplate) -> None:
    """Write the headings and the rows of a list, each as high as its longest text."""
    top, left = row_and_column(entry.at)
    link = entry.columns.index(entry.link)
    for j, heading in enumerate(entry.columns):
        sheet.text(top, left + j, heading, sheet.styles.header())
    for number, row in enumerate(entry.rows, 1):
        with located(f"{sheet.tab.stage.file}: list at {entry.at}, row {number}", TemplateError):
            _check_tab(sheet, row.tab)
            cells = [with_addresses(sheet, text) for text in row.texts]
            place = _place(sheet, row)
        cells.insert(link, row.tab)
        lines = 1
        for j, text in enumerate(cells):
            if j == link:
                style = sheet.styles.cell_link()
                sheet.link(top + number, left + j, text, row.tab, place, style)
            else:
                sheet.text(top + number, left + j, text, sheet.styles.cell())
            width = sheet.tab.stage.widths.get(column_letters(left + j), 9)
            lines = max(lines, math.ceil(len(text) / (width * _CHARACTERS)))
        sheet.height(top + number, _LINE * lines + 3)


def with_addresses(sheet: Sheet, text: str) -> str:
    """A text in which the address of a range's first cell stands for @ and its name."""
    return _ADDRESS.sub(lambda match: _first_cell(sheet.plan.place(match[1]).area), text)


def _place(sheet: Sheet, row: ListRow) -> str:
    """The cell of its tab that a link leads to."""
    if row.range is None:
        return "A1"
    area = sheet.plan.place(row.range).area
    if area.sheet != row.tab:
        raise TemplateError(
            f"range: expected one of the tab {row.tab!r}, got {row.range!r}",
            f"it is on the tab {area.sheet!r}",
        )
    return _first_cell(area)


def _first_cell(area: Area) -> str:
    return f"{column_letters(area.column)}{area.row}"


def _check_tab(sheet: Sheet, tab: str) -> None:
    """Raise TemplateError if a tab is not there."""
    if all(entry.name != tab for entry in sheet.plan.tabs):
        raise TemplateError(
            f"tab: expected a tab of this workbook, got {tab!r}",
            "run xlgpt2 show to list the names of all tabs",
        )
