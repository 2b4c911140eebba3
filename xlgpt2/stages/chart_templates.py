"""Charts in templates: bars, lines and points of ranges."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from xlgpt2.stages.fields import Strict, SymbolicAddress
from xlgpt2.stages.variant import ALL_SPLIT_PARTS, SplitPartKind

ChartKind = Literal["bar", "line", "scatter"]


class AxisTemplate(Strict):
    """An axis of a chart: its title and its limits; without them programs choose."""

    title: str = ""
    least: float | None = None
    most: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> AxisTemplate:
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"most: expected more than least, {self.least:g}, got {self.most:g}")
        return self


class ChartTemplate(Strict):
    """A chart of one or more ranges over another: horizontal bars, lines, or points.

    In a scatter chart `categories` are the numbers of the x axis. With `points`, a range of names,
    each row is a point with its name beside it; otherwise lines connect the points.
    """

    at: SymbolicAddress
    title: str
    kind: ChartKind = "bar"
    categories: str
    values: str
    more_values: tuple[str, ...] = ()  # further bars or lines beside the first
    names: tuple[str, ...] = ()  # of all bars or lines, if there are several
    points: str | None = None
    x_axis: AxisTemplate = AxisTemplate()
    y_axis: AxisTemplate = AxisTemplate()
    width: float = Field(default=14, gt=2, le=40)  # centimetres
    height: float = Field(default=8, gt=2, le=40)
    costly: bool = False  # takes long to compute: not in a workbook of many weights
    volumes: tuple[SplitPartKind, ...] = ALL_SPLIT_PARTS

    @model_validator(mode="after")
    def _fits_its_kind(self) -> ChartTemplate:
        if self.points is not None and (self.kind != "scatter" or self.more_values):
            got = "more_values" if self.more_values else f"kind = {self.kind!r}"
            raise ValueError(f"points: expected kind = 'scatter' and one range, got {got}")
        limits = self.x_axis.least is not None or self.x_axis.most is not None
        if limits and self.kind != "scatter":
            raise ValueError(f"x_axis: expected limits only in a scatter chart, got {self.kind!r}")
        count = 1 + len(self.more_values)
        if self.names and len(self.names) != count:
            raise ValueError(f"names: expected {count}, one for each range, got {len(self.names)}")
        return self
