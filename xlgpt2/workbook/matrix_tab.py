"""Tabs with matrices: labelled rows, numbered columns, computation above, weights below."""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.cells import Area, Cells, column_letters
from xlgpt2.columns import column as cells_down
from xlgpt2.errors import located
from xlgpt2.layout.layout import (
    BAND_ROW,
    COLUMN_ROW,
    FIRST_ROW,
    RANGE_TITLE_ROW,
    Placed,
)
from xlgpt2.workbook.sheet import Sheet

GAP = 2.0  # characters; the column between two groups of columns
NUMBERED_GAP = 6.0  # the same where weights below have their rows numbered in it
COLUMN = 9.0  # a number such as -12.345


def write_labels(sheet: Sheet, tables: Callable[[str], Cells]) -> None:
    """The rows' labels at the left edge and the frozen panes beside them."""
    stage = sheet.tab.stage
    style = sheet.styles.row_label()
    for column, label in enumerate(stage.labels, 1):
        sheet.text(COLUMN_ROW, column, label.title, sheet.styles.header())
        sheet.worksheet.column_dimensions[column_letters(column)].width = label.width
        rows = sheet.tab.label_rows
        if label.range:
            with located(f"{stage.file}: labels"):
                source = sheet.plan.place(label.range)
            area = Area(sheet.tab.name, FIRST_ROW, column, rows, 1)
            sheet.plain_formulas(area, [source.area.cell(i, 0) for i in range(rows)], style)
        elif label.table:
            with located(f"{stage.file}: labels"):
                texts = tables(label.table)
            sheet.table(FIRST_ROW, column, texts[:rows], style)
        else:
            first = label.index or 0
            sheet.table(FIRST_ROW, column, cells_down(range(first, first + rows)), style)
    corner = column_letters(len(stage.labels) + 1)
    sheet.worksheet.freeze_panes = f"{corner}{FIRST_ROW}"


def write_headers(sheet: Sheet) -> None:
    """Over every range its title, its name and its columns' labels; the columns' widths."""
    for placed in sheet.tab.placed:
        if placed.range.view_of:
            sheet.text(
                BAND_ROW, placed.area.column, placed.range.template.title, sheet.styles.heading()
            )
        elif placed.top:
            _header(sheet, placed, RANGE_TITLE_ROW)
        else:
            _header(sheet, placed, placed.area.row - 2)
            _row_numbers(sheet, placed)
    _widths(sheet)


def _header(sheet: Sheet, placed: Placed, title_row: int) -> None:
    area = placed.area
    sheet.text(title_row, area.column, _title(placed), sheet.styles.heading())
    if placed.top and not _has_views(sheet, placed):
        sheet.text(BAND_ROW, area.column, _name(placed), sheet.styles.hint())
    elif area.columns > 1:
        covered = int(len(_title(placed)) * 1.2 / COLUMN) + 1  # columns that the title reaches over
        if covered < area.columns:
            sheet.text(title_row, area.column + covered, _name(placed), sheet.styles.hint())
    _column_labels(sheet, placed, area.row - 1)


def _column_labels(sheet: Sheet, placed: Placed, row: int) -> None:
    columns = placed.range.template.columns
    style, first, count = sheet.styles.header(), placed.area.column, placed.area.columns
    if columns == "tokens":
        with located(f"{sheet.tab.stage.file}: range {placed.range.name}: columns"):
            tokens = sheet.plan.place("token_labels")
        area = Area(sheet.tab.name, row, first, 1, count)
        sheet.plain_formulas(area, [tokens.area.cell(j, 0) for j in range(count)], style)
    elif columns == "numbers":
        sheet.table(row, first, cells_down(range(count)).T, style)
    elif columns != "none":
        for j in range(count):
            sheet.text(row, first + j, columns[j], style)


def _row_numbers(sheet: Sheet, placed: Placed) -> None:
    """Weights' rows are numbered in the gap at their left."""
    area, style = placed.area, sheet.styles.row_label()
    sheet.table(area.row, area.column - 1, cells_down(range(area.rows)), style)


def _widths(sheet: Sheet) -> None:
    """Columns wide enough for their numbers, and together for the words over them."""
    dimensions = sheet.worksheet.column_dimensions
    for placed in sheet.tab.placed:
        if not placed.top or placed.range.view_of:
            continue
        area = placed.area
        width = placed.range.template.width or COLUMN
        words = max(len(_title(placed)) * 1.15, len(_name(placed)))
        width = max(width, (words + 1) / area.columns)
        columns = dimensions[column_letters(area.column)]
        columns.min, columns.max = area.column, area.column + area.columns - 1
        columns.width = width
        numbered = any(p.range.template.below == placed.range.name for p in sheet.tab.placed)
        gap = NUMBERED_GAP if numbered else GAP
        dimensions[column_letters(area.column - 1)].width = gap


def _title(placed: Placed) -> str:
    step = placed.range.template.step
    title = placed.range.template.title
    return f"step {step} · {title}" if step else title


def _name(placed: Placed) -> str:
    """A range's name and, unless it is one column of the tab's rows, its shape."""
    name = placed.range.name
    return name if placed.range.columns == 1 else f"{name} {placed.range.shape}"


def _has_views(sheet: Sheet, placed: Placed) -> bool:
    return any(other.range.view_of == placed.range.name for other in sheet.tab.placed)
