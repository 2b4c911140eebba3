"""The list of lessons: a link to each tab with an exercise, and the question that it answers."""

from __future__ import annotations

from xlgpt2.writer.sheet import Sheet


def write_lessons(sheet: Sheet, row: int, column: int) -> None:
    """Write a row for each tab with an exercise: its number, a link, its title."""
    tabs = (tab for tab in sheet.plan.tabs if tab.stage.exercise is not None)
    for number, tab in enumerate(tabs, 1):
        sheet.text(row, column, str(number), sheet.styles.header())
        sheet.link(row, column + 1, tab.name, tab.name)
        sheet.text(row, column + 2, tab.stage.title, sheet.styles.body())
        row += 1
