"""The cells of charts: of each series, its name, its categories or x values, and its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlgpt2.cells.address import Area
from xlgpt2.layout.layout import Plan
from xlgpt2.stages.chart_templates import ChartTemplate


@dataclass(frozen=True)
class Series:
    """The cells of one series of a chart; a labelled point has a cell with its name."""

    categories: Area
    values: Area
    name: Area | None = None


def chart_series(plan: Plan, chart: ChartTemplate) -> Iterator[Series]:
    """The series of a chart; raises UnknownNameError for a range that is not there."""
    categories = plan.place(chart.categories).area
    if chart.points is None:
        for name in (chart.values, *chart.more_values):
            yield Series(categories, plan.place(name).area)
        return
    names, values = plan.place(chart.points).area, plan.place(chart.values).area
    for row in range(names.rows):
        yield Series(_row(categories, row), _row(values, row), _row(names, row))


def _row(area: Area, row: int) -> Area:
    return Area(area.sheet, area.row + row, area.column, 1, area.columns)


def chart_areas(plan: Plan, chart: ChartTemplate) -> Iterator[tuple[str, Area]]:
    """Each rectangle of cells that a chart refers to, and the range that it is of."""
    if chart.points is None:
        for name in (chart.categories, chart.values, *chart.more_values):
            yield name, plan.place(name).area
        return
    for series in chart_series(plan, chart):
        yield chart.categories, series.categories
        yield chart.values, series.values
        if series.name is not None:
            yield chart.points, series.name
