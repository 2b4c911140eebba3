"""How a tab is opened and printed: zoom, cursor, tab colour and page."""

from __future__ import annotations

from openpyxl.worksheet.properties import PageSetupProperties

from xlgpt2.cells.address import column_letters
from xlgpt2.writer.sheet import Sheet

#: Per cent: so a landscape page has about as many columns as a screen.
_PRINTED_SCALE = 60


def write_page(sheet: Sheet) -> None:
    """Set how a tab is opened and printed.

    There are no print areas or titles: with them LibreOffice 7.4 takes three times as long to open
    the shipped workbook, and shows dashed page breaks on the screen.
    """
    worksheet = sheet.worksheet
    view = worksheet.sheet_view
    view.showGridLines = False
    view.zoomScale = 100
    worksheet.sheet_properties.tabColor = sheet.styles.palette.groups[sheet.tab.stage.group]
    worksheet.page_setup.orientation = "landscape"
    if sheet.tab.stage.by_hand:
        worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        worksheet.page_setup.fitToHeight = 0
        _select_first_input(sheet)
    else:
        worksheet.page_setup.scale = _PRINTED_SCALE


def _select_first_input(sheet: Sheet) -> None:
    """Put the cursor where one types, or the first word typed would replace the title."""
    inputs = [placed.area for placed in sheet.tab.placed if placed.range.role == "input"]
    if inputs:
        cell = f"{column_letters(inputs[0].column)}{inputs[0].row}"
        selection = sheet.worksheet.sheet_view.selection[0]
        selection.activeCell = selection.sqref = cell
