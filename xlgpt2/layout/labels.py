"""Labels: cells beside and over ranges that name rows and columns, and their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from xlgpt2.cells.address import Area
from xlgpt2.errors import located
from xlgpt2.layout.layout import FIRST_ROW, Placed, Plan, TabPlan


@dataclass(frozen=True)
class Labels:
    """The labels of some rows, or of some columns: numbers, or the cells of a range or a table.

    `of` is the range's or the table's name; numbers count from `first`.
    """

    area: Area
    kind: Literal["range", "table", "index"]
    of: str = ""
    first: int = 0

    @property
    def name(self) -> str:
        """Their name in reports; unlike a range's, it has a space in it."""
        return f"labels {self.area.absolute}"


def labels(plan: Plan, tab: TabPlan) -> Iterator[Labels]:
    """All labels of a tab; titles over columns are not labels."""
    if tab.stage.by_hand:
        return
    yield from row_labels(tab)
    for placed in tab.placed:
        if placed.range.view_of:
            continue
        over = column_labels(plan, placed)
        if over is not None:
            yield over
        if not placed.top:
            yield row_numbers(placed)


def row_labels(tab: TabPlan) -> Iterator[Labels]:
    """The labels at the left edge, column by column."""
    for column, label in enumerate(tab.stage.labels, 1):
        area = Area(tab.name, FIRST_ROW, column, tab.label_rows, 1)
        if label.range:
            yield Labels(area, "range", label.range)
        elif label.table:
            yield Labels(area, "table", label.table)
        else:
            yield Labels(area, "index", first=label.index or 0)


def column_labels(plan: Plan, placed: Placed) -> Labels | None:
    """The labels over a range: numbers of its columns, or tokens; None if there are none.

    A single column has its title there.
    """
    if has_title_as_label(placed):
        return None
    area = placed.area
    over = Area(area.sheet, area.row - 1, area.column, 1, area.columns)
    if placed.range.template.columns == "tokens":
        with located(f"range {placed.range.name}: columns"):
            return Labels(over, "range", plan.place("token_labels").range.name)
    return Labels(over, "index") if placed.range.template.columns == "numbers" else None


def has_title_as_label(placed: Placed) -> bool:
    """Whether a range is a single column, under its title."""
    template = placed.range.template
    return template.shape[1] == "1" and bool(template.title) and not template.at


def row_numbers(placed: Placed) -> Labels:
    """The row numbers of weights, or the names of their rows, in the gap at their left."""
    area = placed.area
    beside = Area(area.sheet, area.row, area.column - 1, area.rows, 1)
    if placed.range.template.row_names:
        return Labels(beside, "table", placed.range.template.row_names)
    return Labels(beside, "index")
