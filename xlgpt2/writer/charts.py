"""Charts: horizontal bars for the numbers of a range."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import SeriesLabel

from xlgpt2.cells.address import Area
from xlgpt2.errors import located
from xlgpt2.stages.templates import ChartTemplate
from xlgpt2.writer.sheet import Sheet


def write_chart(sheet: Sheet, template: ChartTemplate) -> None:
    """Add a bar chart with the first bar on top."""
    with located(f"{sheet.tab.stage.file}: chart {template.title!r}"):
        categories = sheet.plan.place(template.categories).area
        series = [sheet.plan.place(name).area for name in (template.values, *template.more_values)]
    chart = BarChart()
    chart.type = "bar"
    chart.title = template.title
    # By default Excel puts the title over the bars.
    assert chart.title is not None, "openpyxl makes a title of the text"
    chart.title.overlay = False
    if not template.names:
        chart.legend = None
    chart.gapWidth = 40
    chart.width = template.width  # type: ignore[assignment]  # centimetres, may be fractional
    chart.height = template.height
    palette = sheet.styles.palette
    colours = (palette.accent, palette.scale_high, palette.scale_below)
    for number, values in enumerate(series):
        chart.add_data(_reference(sheet, values), titles_from_data=False)
        bars = chart.series[number]
        bars.graphicalProperties.solidFill = colours[number % len(colours)]
        if template.names:
            bars.tx = SeriesLabel(v=template.names[number])
    chart.set_categories(_reference(sheet, categories))
    if len(series) == 1:
        chart.dataLabels = DataLabelList(
            showVal=True,
            showSerName=False,
            showCatName=False,
            showLegendKey=False,
            showPercent=False,
        )
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.scaling.min = 0
    chart.y_axis.majorGridlines = None
    if "%" in (sheet.plan.place(template.values).range.template.number_format or ""):
        # The format of the cells may show numbers near the ends in another way.
        chart.y_axis.number_format = "0%"
        chart.y_axis.numFmt.sourceLinked = False
    # A single series shows its numbers; by default openpyxl hides both axes.
    chart.x_axis.delete, chart.y_axis.delete = False, len(series) == 1
    sheet.worksheet.add_chart(chart, template.at)


def _reference(sheet: Sheet, area: Area) -> Reference:
    return Reference(
        sheet.workbook[area.sheet],
        min_col=area.column,
        min_row=area.row,
        max_col=area.column + area.columns - 1,
        max_row=area.row + area.rows - 1,
    )
