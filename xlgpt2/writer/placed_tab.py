"""Placed tabs, laid out by the template: texts, panels, lists and charts, as on the Guide."""

from __future__ import annotations

from xlgpt2.cells.address import Area, column_letters, row_and_column
from xlgpt2.errors import TemplateError, located
from xlgpt2.layout.layout import Placed
from xlgpt2.stages.templates import PanelTemplate
from xlgpt2.writer.charts import write_chart
from xlgpt2.writer.lessons import write_lessons
from xlgpt2.writer.lists import with_addresses, write_list
from xlgpt2.writer.model_picture import write_picture
from xlgpt2.writer.sheet import Sheet

LAST_WIDE_COLUMN = 15  # a wide cell reaches to column O


def write_placed_tab(sheet: Sheet) -> None:
    """Write texts, labels, panels and charts where the template places them."""
    stage = sheet.tab.stage
    styles = {
        "heading": sheet.styles.heading(),
        "body": sheet.styles.body(),
        "hint": sheet.styles.hint(),
    }
    for letters, width in stage.widths.items():
        sheet.worksheet.column_dimensions[letters].width = width
    for entry in stage.texts:
        row, column = row_and_column(entry.at)
        with located(f"{stage.file}: text at {entry.at}"):
            text = with_addresses(sheet, entry.text)
        if (entry.across, entry.down) == (1, 1):
            sheet.text(row, column, text, styles[entry.style])
        else:
            sheet.text(row, column, text, sheet.styles.wrapped())
            area = Area(sheet.tab.name, row, column, entry.down, entry.across)
            sheet.merge(area, sheet.styles.wrapped())
    for placed in sheet.tab.placed:
        _label(sheet, placed)
    for panel in stage.panels:
        _panel(sheet, panel)
    for rows in stage.lists:
        write_list(sheet, rows)
    _check_places(sheet)
    for chart in stage.charts:
        write_chart(sheet, chart)


def _check_places(sheet: Sheet) -> None:
    """Raise TemplateError if two ranges, or a range and a text, are in one cell."""
    place = sheet.rows.taken_twice()
    if place is not None:
        row, column = place
        raise TemplateError(
            f"{sheet.tab.stage.file}: cell {column_letters(column)}{row}: expected one range or "
            "text, got two",
            "change the `at` of one of them, or the shape of the range",
        )


def _label(sheet: Sheet, placed: Placed) -> None:
    """Write the title of a range or column labels; merge wide cells."""
    area, template = placed.area, placed.range.template
    if isinstance(template.columns, tuple):
        for j, text in enumerate(template.columns):
            sheet.text(area.row - 1, area.column + j, text, sheet.styles.header())
    elif template.title:
        _title(sheet, placed)
    if template.across > 1 and template.down == 1:
        for row in range(area.row, area.row + area.rows):
            _merge(sheet, placed, row, area.column + template.across - 1)
    if template.down > 1:
        _merge(sheet, placed, area.row, area.column + template.across - 1, template.down)
    if template.style in ("wide", "note"):
        _merge(sheet, placed, area.row, LAST_WIDE_COLUMN)
    if (height := _height(placed)) is not None:
        sheet.height(area.row, height)


def _title(sheet: Sheet, placed: Placed) -> None:
    """Write a title: over a range, but left of a single cell that is not beside another range."""
    area, template = placed.area, placed.range.template
    single = area.shape == (1, 1)
    if template.beside or (template.at and not single and area.row > 1):
        if template.beside or sheet.rows.is_free(area.row - 1, area.column):
            sheet.text(area.row - 1, area.column, template.title, sheet.styles.hint())
    elif single and template.style is None:
        if sheet.rows.is_free(area.row, area.column - 1):
            sheet.text(area.row, area.column - 1, template.title, sheet.styles.body())
        else:
            sheet.text(area.row, area.column + 1, template.title, sheet.styles.hint())


def _height(placed: Placed) -> float | None:
    """The height of a range's row, in points, if it is not the usual one."""
    template = placed.range.template
    if template.height is not None:
        return template.height
    match template.style:
        case "wide":
            return 24 if template.role == "label" else 48
        case "note":
            return 15  # else LibreOffice computes the text to see how high it is
        case "upright":
            return 72
        case "large":
            return 44 if template.down == 1 else None
        case _:
            return None


def _merge(sheet: Sheet, placed: Placed, row: int, last: int, rows: int = 1) -> None:
    """Merge cells of a range with those to its right, up to column `last`, and below."""
    left = placed.area.column
    merged = Area(sheet.tab.name, row, left, rows, last - left + 1)
    sheet.merge(merged, sheet.styles.of_range(placed.range))


def _panel(sheet: Sheet, panel: PanelTemplate) -> None:
    row, column = row_and_column(panel.at)
    if panel.kind == "legend":
        for role, paint in sheet.styles.palette.roles.items():
            sheet.text(row, column, role, sheet.styles.role(paint, role))
            sheet.text(row, column + 1, paint.meaning, sheet.styles.body())
            row += 1
        future = sheet.styles.palette.future
        sheet.text(row, column, "", sheet.styles.role(future, "future"))
        sheet.text(row, column + 1, future.meaning, sheet.styles.body())
        return
    if panel.kind == "model":
        write_picture(sheet, row, column)
        return
    if panel.kind == "lessons":
        write_lessons(sheet, row, column)
        return
    for tab in sheet.plan.tabs:
        sheet.link(row, column, tab.name, tab.name)
        steps = tab.stage.steps
        numbers = f"   (steps {steps[0]} to {steps[-1]} of the workshop)" if len(steps) > 1 else ""
        sheet.text(row, column + 1, tab.stage.title + numbers, sheet.styles.body())
        row += 1
