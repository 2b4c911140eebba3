"""How a tab is opened and printed: zoom, cursor, tab colour, page and titles."""

from __future__ import annotations

from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.properties import PageSetupProperties

from xlgpt2.cells.address import MOST_COLUMNS, column_letters
from xlgpt2.layout.layout import COLUMN_ROW
from xlgpt2.writer.placed_tab import LAST_WIDE_COLUMN
from xlgpt2.writer.sheet import Sheet
from xlgpt2.writer.styles import WHITE

#: Columns of a screen beside the last one that is used; those of a whole sheet take LibreOffice long.
_SCREEN_COLUMNS = 30

#: Per cent: so a landscape page has about as many columns as a screen.
_PRINTED_SCALE = 60


def write_page(sheet: Sheet) -> None:
    """Set how a tab is opened and printed."""
    worksheet = sheet.worksheet
    view = worksheet.sheet_view
    view.showGridLines = False
    view.zoomScale = 100
    worksheet.sheet_properties.tabColor = sheet.styles.palette.groups[sheet.tab.stage.group]
    worksheet.page_setup.orientation = "landscape"
    _whiten(sheet)
    if sheet.tab.stage.by_hand:
        worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        worksheet.page_setup.fitToHeight = 0
        worksheet.print_area = f"A1:{column_letters(LAST_WIDE_COLUMN)}{sheet.rows.last_row}"
        _select_first_input(sheet)
    else:
        worksheet.page_setup.scale = _PRINTED_SCALE
        worksheet.print_title_rows = f"1:{COLUMN_ROW}"
        worksheet.print_title_cols = f"A:{column_letters(max(1, len(sheet.tab.stage.labels)))}"


def _whiten(sheet: Sheet) -> None:
    """Give all columns a white background, on which LibreOffice shows no dashed page breaks."""
    dimensions = sheet.worksheet.column_dimensions
    taken = 0
    for letters in list(dimensions):
        columns = dimensions[letters]
        columns.fill = WHITE
        taken = max(taken, columns.max or column_index_from_string(letters))
    rest = dimensions[column_letters(taken + 1)]
    rest.min, rest.max = taken + 1, min(taken + _SCREEN_COLUMNS, MOST_COLUMNS)
    rest.fill = WHITE


def _select_first_input(sheet: Sheet) -> None:
    """Put the cursor where one types, or the first word typed would replace the title."""
    inputs = [placed.area for placed in sheet.tab.placed if placed.range.role == "input"]
    if inputs:
        cell = f"{column_letters(inputs[0].column)}{inputs[0].row}"
        selection = sheet.worksheet.sheet_view.selection[0]
        selection.activeCell = selection.sqref = cell
