"""Charts: horizontal bars, lines, or points for the numbers of ranges."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart
from openpyxl.chart import Series as XySeries
from openpyxl.chart._chart import ChartBase
from openpyxl.chart.axis import _BaseAxis
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import Series as DrawnSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties

from xlgpt2.cells.address import Area
from xlgpt2.errors import located
from xlgpt2.layout.charts import Series, chart_series
from xlgpt2.stages.chart_templates import AxisTemplate, ChartTemplate
from xlgpt2.writer.sheet import Sheet

#: The width of a line, in English metric units: 2.25 points.
_LINE_WIDTH = 28_575

#: The colour of lines across a chart.
_GRID = "D9D9D9"

#: The title of a chart of lines or points, in hundredths of a point: it has less room.
_TITLE = 1200

#: The diameter of a point, in points.
_POINT = 8


def write_chart(sheet: Sheet, template: ChartTemplate) -> None:
    """Add a chart; of bars the first is on top."""
    with located(f"{sheet.tab.stage.file}: chart {template.title!r}"):
        series = list(chart_series(sheet.plan, template))
    match template.kind:
        case "bar":
            chart: ChartBase = _bars(sheet, template, series)
        case "line":
            chart = _lines(sheet, template, series)
        case "scatter":
            chart = _points(sheet, template, series)
    chart.title = template.title
    # By default Excel puts the title over the bars.
    assert chart.title is not None, "openpyxl makes a title of the text"
    chart.title.overlay = False
    if template.kind != "bar":
        _make_smaller(chart.title)
    if not template.names:
        chart.legend = None
    chart.width = template.width  # type: ignore[assignment]  # centimetres, may be fractional
    chart.height = template.height
    sheet.worksheet.add_chart(chart, template.at)


def _make_smaller(title: Title) -> None:
    """Give a title of one line the size of those of lines and points."""
    assert title.tx is not None
    assert title.tx.rich is not None, "openpyxl makes rich text of a title"
    for run in title.tx.rich.p[0].r:
        run.rPr = CharacterProperties(sz=_TITLE, b=True)


def _bars(sheet: Sheet, template: ChartTemplate, series: Sequence[Series]) -> BarChart:
    chart = BarChart()
    chart.type = "bar"
    chart.gapWidth = 40
    for number, each in enumerate(series):
        chart.add_data(_reference(sheet, each.values), titles_from_data=False)
        bars = chart.series[number]
        bars.graphicalProperties.solidFill = _colour(sheet, number)
        _name(bars, template, number)
    chart.set_categories(_reference(sheet, series[0].categories))
    if len(series) == 1:
        chart.dataLabels = _labels(showVal=True)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.scaling.min = 0
    chart.y_axis.majorGridlines = None
    if "%" in (sheet.plan.place(template.values).range.template.number_format or ""):
        # The format of the cells may show numbers near the ends in another way.
        chart.y_axis.number_format = "0%"
        chart.y_axis.numFmt.sourceLinked = False
    # A single series shows its numbers; by default openpyxl hides both axes.
    chart.x_axis.delete, chart.y_axis.delete = False, len(series) == 1
    return chart


def _lines(sheet: Sheet, template: ChartTemplate, series: Sequence[Series]) -> LineChart:
    """Lines over categories at equal distances."""
    chart = LineChart()
    for number, each in enumerate(series):
        chart.add_data(_reference(sheet, each.values), titles_from_data=False)
        _draw_line(sheet, chart.series[number], template, number)
    chart.set_categories(_reference(sheet, series[0].categories))
    _set_axis(chart.x_axis, template.x_axis)
    _set_axis(chart.y_axis, template.y_axis)
    return chart


def _points(sheet: Sheet, template: ChartTemplate, series: Sequence[Series]) -> ScatterChart:
    """Lines over numbers, or points with names."""
    chart = ScatterChart()
    chart.style = 13
    for number, each in enumerate(series):
        drawn = XySeries(_reference(sheet, each.values), _reference(sheet, each.categories))
        if each.name is None:
            _draw_line(sheet, drawn, template, number)
        else:
            _draw_point(sheet, drawn, each.name, number)
        chart.series.append(drawn)
    _set_axis(chart.x_axis, template.x_axis)
    _set_axis(chart.y_axis, template.y_axis)
    return chart


def _draw_line(sheet: Sheet, drawn: DrawnSeries, template: ChartTemplate, number: int) -> None:
    colour = _colour(sheet, number)
    drawn.smooth = False
    drawn.marker = Marker("circle", size=5)
    drawn.marker.graphicalProperties.solidFill = colour
    drawn.marker.graphicalProperties.line.solidFill = colour
    drawn.graphicalProperties.line.solidFill = colour
    drawn.graphicalProperties.line.width = _LINE_WIDTH
    _name(drawn, template, number)


def _draw_point(sheet: Sheet, drawn: DrawnSeries, name: Area, number: int) -> None:
    """A point without a line, with the text of a cell beside it."""
    colour = _colour(sheet, number)
    drawn.tx = SeriesLabel(strRef=StrRef(name.absolute))
    drawn.marker = Marker("circle", size=_POINT)
    drawn.marker.graphicalProperties.solidFill = colour
    drawn.marker.graphicalProperties.line.solidFill = colour
    drawn.graphicalProperties.line.noFill = True
    drawn.dLbls = _labels(showSerName=True)
    drawn.dLbls.position = "r"


def _name(drawn: DrawnSeries, template: ChartTemplate, number: int) -> None:
    if template.names:
        drawn.tx = SeriesLabel(v=template.names[number])


def _labels(showVal: bool = False, showSerName: bool = False) -> DataLabelList:
    return DataLabelList(
        showVal=showVal,
        showSerName=showSerName,
        showCatName=False,
        showLegendKey=False,
        showPercent=False,
    )


def _set_axis(axis: _BaseAxis, template: AxisTemplate) -> None:
    """Show an axis, with its title and limits; by default openpyxl hides it."""
    axis.delete = False
    if template.title:
        axis.title = template.title
        assert axis.title is not None, "openpyxl makes a title of the text"
        axis.title.overlay = False
    axis.scaling.min, axis.scaling.max = template.least, template.most
    if axis.majorGridlines is not None:
        axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=_GRID))


def _colour(sheet: Sheet, number: int) -> str:
    """The colour of a series."""
    palette = sheet.styles.palette
    colours = (palette.accent, palette.scale_high, palette.scale_below)
    return colours[number % len(colours)]


def _reference(sheet: Sheet, area: Area) -> Reference:
    return Reference(
        sheet.workbook[area.sheet],
        min_col=area.column,
        min_row=area.row,
        max_col=area.column + area.columns - 1,
        max_row=area.row + area.rows - 1,
    )
