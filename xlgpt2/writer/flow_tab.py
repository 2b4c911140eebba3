"""Flow tabs: labelled rows, numbered columns, computation above, weights below."""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.cells.address import column_letters
from xlgpt2.cells.values import Cells
from xlgpt2.cells.values import column as cells_down
from xlgpt2.errors import located
from xlgpt2.layout.labels import Labels, column_labels, row_labels, row_numbers
from xlgpt2.layout.layout import (
    BAND_ROW,
    COLUMN_ROW,
    FIRST_ROW,
    RANGE_TITLE_ROW,
    Placed,
)
from xlgpt2.layout.looks import COLUMN, name_and_shape, title, widths
from xlgpt2.writer.rules import write_label_rule
from xlgpt2.writer.sheet import Sheet


def write_labels(sheet: Sheet, tables: Callable[[str], Cells]) -> None:
    """Write the rows' labels at the left edge, and freeze the panes."""
    stage = sheet.tab.stage
    for column, label in enumerate(stage.labels, 1):
        sheet.text(COLUMN_ROW, column, label.title, sheet.styles.header())
        sheet.worksheet.column_dimensions[column_letters(column)].width = label.width
    for labels in row_labels(sheet.tab):
        if labels.kind == "table":
            with located(f"{stage.file}: labels"):
                texts = tables(labels.of)[: labels.area.rows]
            sheet.table(FIRST_ROW, labels.area.column, texts, sheet.styles.row_label())
        else:
            _write(sheet, labels, sheet.styles.row_label())
        write_label_rule(sheet, labels)
    corner = column_letters(len(stage.labels) + 1)
    sheet.worksheet.freeze_panes = f"{corner}{FIRST_ROW}"


def _write(sheet: Sheet, labels: Labels, style: str) -> None:
    """Write labels: numbers, or the cells of a range."""
    area = labels.area
    count = max(area.shape)
    if labels.kind == "range":
        with located(f"{sheet.tab.stage.file}: labels"):
            source = sheet.plan.place(labels.of).area
        sheet.plain_formulas(area, [source.cell(i, 0) for i in range(count)], style)
    else:
        numbers = cells_down(range(labels.first, labels.first + count))
        sheet.table(area.row, area.column, numbers.reshape(area.shape), style)


def write_headers(sheet: Sheet) -> None:
    """Write the title, name and column labels over every range; set the columns' widths."""
    for placed in sheet.tab.placed:
        if placed.range.view_of:
            sheet.text(
                BAND_ROW, placed.area.column, placed.range.template.title, sheet.styles.heading()
            )
        elif placed.top:
            _header(sheet, placed, RANGE_TITLE_ROW)
        else:
            _header(sheet, placed, placed.area.row - 2)
            _write(sheet, row_numbers(placed), sheet.styles.row_label())
    _widths(sheet)


def _header(sheet: Sheet, placed: Placed, title_row: int) -> None:
    area = placed.area
    sheet.text(title_row, area.column, title(placed), sheet.styles.heading())
    if placed.top and not _has_views(sheet, placed):
        sheet.text(BAND_ROW, area.column, name_and_shape(placed), sheet.styles.hint())
    elif area.columns > 1:
        covered = int(len(title(placed)) * 1.2 / COLUMN) + 1  # columns under the title
        if covered < area.columns:
            sheet.text(
                title_row, area.column + covered, name_and_shape(placed), sheet.styles.hint()
            )
    _column_labels(sheet, placed)


def _column_labels(sheet: Sheet, placed: Placed) -> None:
    style, area, titles = sheet.styles.header(), placed.area, placed.range.template.columns
    labels = column_labels(sheet.plan, placed)
    if labels is not None:
        _write(sheet, labels, style)
    elif titles != "none":
        for j in range(area.columns):
            sheet.text(area.row - 1, area.column + j, titles[j], style)


def _widths(sheet: Sheet) -> None:
    dimensions = sheet.worksheet.column_dimensions
    for width in widths(sheet.tab):
        columns = dimensions[column_letters(width.first)]
        if width.last > width.first:
            columns.min, columns.max = width.first, width.last
        columns.width = width.characters


def _has_views(sheet: Sheet, placed: Placed) -> bool:
    return any(other.range.view_of == placed.range.name for other in sheet.tab.placed)
