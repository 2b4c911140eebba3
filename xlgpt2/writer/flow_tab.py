"""Flow tabs: labelled rows, numbered columns, computation above, weights below."""

from __future__ import annotations

from collections.abc import Callable

from xlgpt2.cells.address import column_letters
from xlgpt2.cells.values import Cells
from xlgpt2.cells.values import column as cells_down
from xlgpt2.errors import located
from xlgpt2.layout.folds import column_folds, row_fold
from xlgpt2.layout.labels import Labels, column_labels, has_title_as_label, row_labels, row_numbers
from xlgpt2.layout.layout import (
    COLUMN_ROW,
    FIRST_ROW,
    RANGE_TITLE_ROW,
    Placed,
)
from xlgpt2.layout.looks import ColumnWidth, short_title, title, widths
from xlgpt2.layout.screen import VisibleColumn, name_pixels, text_pixels
from xlgpt2.writer.rules import write_label_rules
from xlgpt2.writer.sheet import Sheet

#: Points of the row of tokens over narrow columns: some nine letters.
_UPRIGHT_HEIGHT = 48


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
        write_label_rules(sheet, labels)
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


def write_headers(
    sheet: Sheet, columns: list[VisibleColumn], tables: Callable[[str], Cells]
) -> None:
    """Write the title, name and column labels over every range; set the columns' widths."""
    upright = False
    for placed in sheet.tab.placed:
        area = placed.area
        if placed.range.view_of:
            heading = sheet.styles.heading_of(placed.range.template.part)
            sheet.text(RANGE_TITLE_ROW, area.column, placed.range.template.title, heading)
            continue
        _title(sheet, placed, columns)
        _column_labels(sheet, placed)
        upright = upright or placed.range.template.columns == "tokens"
        if not placed.top:
            _row_names(sheet, placed, tables)
    if upright:
        sheet.height(COLUMN_ROW, _UPRIGHT_HEIGHT)
    _widths(sheet)
    _fold_rows(sheet)


def _title(sheet: Sheet, placed: Placed, columns: list[VisibleColumn]) -> None:
    """Write a range's title and name, each where there is room for it."""
    area, name = placed.area, f"{placed.range.name} {placed.range.shape}"
    row = RANGE_TITLE_ROW if placed.top else area.row - 2
    here = [c for c in columns if 0 <= c.column - area.column < area.columns]
    room = sum(column.width for column in here)
    if has_title_as_label(placed):
        if name_pixels(placed.range.name) < room:
            sheet.text(row, area.column, placed.range.name, sheet.styles.hint())
    elif not _has_views(sheet, placed):
        words = _fitting(placed, room)
        sheet.text(row, area.column, words, sheet.styles.heading())
        left = here[0].left + text_pixels(words, 11, bold=True) + 10
        beside = next((column for column in here if column.left >= left), None)
        if beside is not None and beside.left + name_pixels(name) < here[0].left + room:
            sheet.text(row, beside.column, name, sheet.styles.hint())


def _fitting(placed: Placed, room: float) -> str:
    """A range's title, or as much of it as there is room for."""
    short = short_title(placed)
    texts = (title(placed), placed.range.template.title, short)
    return next((text for text in texts if text_pixels(text, 11, bold=True) < room), short)


def _column_labels(sheet: Sheet, placed: Placed) -> None:
    style, area, titles = sheet.styles.header(), placed.area, placed.range.template.columns
    labels = column_labels(sheet.plan, placed)
    if has_title_as_label(placed):
        sheet.text(area.row - 1, area.column, placed.range.template.title, style)
    elif labels is not None:
        _write(sheet, labels, sheet.styles.upright() if titles == "tokens" else style)
    elif titles != "none":
        for j in range(area.columns):
            sheet.text(area.row - 1, area.column + j, titles[j], style)


def _row_names(sheet: Sheet, placed: Placed, tables: Callable[[str], Cells]) -> None:
    """Write the numbers or names of rows that have no labels at the left edge."""
    labels = row_numbers(placed)
    if labels.kind == "table":
        with located(f"{sheet.tab.stage.file}: range {placed.range.name}: row_names"):
            texts = tables(labels.of)[: labels.area.rows]
        sheet.table(labels.area.row, labels.area.column, texts, sheet.styles.row_label())
    else:
        _write(sheet, labels, sheet.styles.row_label())


def _widths(sheet: Sheet) -> None:
    """Set the widths of columns, and fold those that the first screen has no room for."""
    folds = list(column_folds(sheet.plan, sheet.tab))
    for width in widths(sheet.tab):
        inside = [fold for fold in folds if width.first <= fold.first <= width.last]
        start = width.first
        for fold in inside:
            if fold.first > start:
                _width(sheet, ColumnWidth(start, fold.first - 1, width.characters))
            _width(sheet, ColumnWidth(fold.first, fold.last, width.characters), folded=True)
            start = fold.last + 1
        if start <= width.last:
            _width(sheet, ColumnWidth(start, width.last, width.characters))


def _width(sheet: Sheet, width: ColumnWidth, folded: bool = False) -> None:
    columns = sheet.worksheet.column_dimensions[column_letters(width.first)]
    if width.last > width.first:
        columns.min, columns.max = width.first, width.last
    columns.width = width.characters
    if folded:
        columns.outline_level, columns.hidden = 1, True


def _fold_rows(sheet: Sheet) -> None:
    """Fold the rows that only long prompts need."""
    fold = row_fold(sheet.plan, sheet.tab)
    if fold is not None:
        sheet.rows.folded.update(range(fold.first, fold.last + 1))
        sheet.worksheet.sheet_format.outlineLevelRow = 1


def _has_views(sheet: Sheet, placed: Placed) -> bool:
    return any(other.range.view_of == placed.range.name for other in sheet.tab.placed)
