"""The layout: which cells every range takes, as a plan that can be printed before building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlgpt2.cells.address import (
    MOST_COLUMNS,
    MOST_ROWS,
    Area,
    row_and_column,
)
from xlgpt2.errors import LimitError, TemplateError, UnknownNameError
from xlgpt2.stages.sources import View
from xlgpt2.stages.stages import Range, Stage

# Rows of a tab's head. Token position t is row FIRST_ROW + t on every tab that has tokens.
TITLE_ROW = 1
LINKS_ROW = 2
TEXT_ROW = 3
EQUATION_ROW = 4
RANGE_TITLE_ROW = 5
COLUMN_ROW = 6
FIRST_ROW = 7
#: On a tab laid out by hand each sentence has a row.
EQUATION_ROW_BY_HAND = 6


@dataclass(frozen=True)
class Placed:
    """A range with the cells it takes."""

    range: Range
    area: Area

    @property
    def top(self) -> bool:
        """Whether it starts in the first row of a tab's computation."""
        return self.area.row == FIRST_ROW


@dataclass(frozen=True)
class TabPlan:
    """A tab with its ranges placed, in the order of its template."""

    stage: Stage
    placed: tuple[Placed, ...]

    @property
    def name(self) -> str:
        """The tab's name."""
        return self.stage.tab

    @property
    def label_rows(self) -> int:
        """How many rows of the computation have labels at the left edge."""
        return max((p.range.rows for p in self.placed if p.top), default=0)


@dataclass(frozen=True)
class Plan:
    """The plan of a whole workbook: tabs, ranges, cells."""

    symbols: Mapping[str, int]
    tabs: tuple[TabPlan, ...]
    places: Mapping[str, Placed]
    notice: str = ""  # a note on every tab, if this is not the whole model

    def place(self, name: str) -> Placed:
        """The placed range of that name; raises UnknownNameError."""
        if name not in self.places:
            raise UnknownNameError(
                f"expected the name of a range, got {name!r}",
                "run xlgpt2 show to list the names of all ranges",
            )
        return self.places[name]

    @property
    def prompt_rows(self) -> int:
        """The rows of the prompt's tokens, T; those below are for tokens that the model writes."""
        return self.symbols.get("T", 0)

    @property
    def shown_rows(self) -> int:
        """Those of them that are not folded."""
        return self.symbols.get("shown", self.prompt_rows)

    @property
    def in_flow(self) -> list[str]:
        """The names of all ranges in the order in which data reaches their tabs."""
        order = {tab.name: number for number, tab in enumerate(self.tabs)}

        def place(tab: TabPlan) -> tuple[bool, float]:
            before = order.get(tab.stage.computed_before or "")
            number = order[tab.name] if before is None else before - 0.5
            return tab.stage.shows_later_tabs, number

        tabs = sorted(self.tabs, key=place)
        return [placed.range.name for tab in tabs for placed in tab.placed]

    def stage_of(self, name: str) -> Stage | None:
        """The stage that a range belongs to, or None."""
        if name not in self.places:
            return None
        sheet = self.places[name].area.sheet
        return next(tab.stage for tab in self.tabs if tab.name == sheet)


def plan(stages: tuple[Stage, ...], symbols: Mapping[str, int], notice: str = "") -> Plan:
    """The plan of all stages; raises LimitError or TemplateError."""
    tabs = tuple(_plan_tab(stage) for stage in stages)
    places = {p.range.name: p for tab in tabs for p in tab.placed}
    tabs = tuple(_place_views(tab, places) for tab in tabs)
    places = {p.range.name: p for tab in tabs for p in tab.placed}
    for tab in tabs:
        for placed in tab.placed:
            _check_limits(placed)
    return Plan(symbols, tabs, places, notice)


def _plan_tab(stage: Stage) -> TabPlan:
    placed: dict[str, Placed] = {}
    beside = [
        r
        for r in stage.ranges
        if not (r.template.at or r.template.beside or r.template.below or r.template.view)
    ]
    beside.sort(key=lambda r: not r.template.leftmost)
    column = len(stage.labels) + 2  # the row labels of weights are in the column between two groups
    below_row = FIRST_ROW + max((r.rows for r in beside), default=0) + 2
    for top in beside:
        under = [r for r in stage.ranges if r.template.below == top.name]
        placed[top.name] = Placed(top, Area(stage.tab, FIRST_ROW, column, top.rows, top.columns))
        row = below_row + 2  # its title and its column labels
        for entry in under:
            placed[entry.name] = Placed(
                entry, Area(stage.tab, row, column, entry.rows, entry.columns)
            )
            row += entry.rows + 3
        column += max(r.columns for r in [top, *under]) + 1
    for entry in stage.ranges:
        if entry.template.at:
            placed[entry.name] = Placed(
                entry,
                Area(stage.tab, *row_and_column(entry.template.at), entry.rows, entry.columns),
            )
        elif entry.template.beside:
            placed[entry.name] = _beside(stage, entry, placed)
        elif entry.template.below and entry.name not in placed:
            raise TemplateError(
                f"{stage.file}: range {entry.name}: below: expected a range of this tab, "
                f"got {entry.template.below!r}",
                "use a range of the same tab that is not itself below another one",
            )
    return TabPlan(stage, tuple(placed[r.name] for r in stage.ranges if r.name in placed))


def _beside(stage: Stage, entry: Range, placed: Mapping[str, Placed]) -> Placed:
    """A range right of another one, usually with a column between."""
    name = entry.template.beside
    if name is None or name not in placed:
        raise TemplateError(
            f"{stage.file}: range {entry.name}: beside: expected a range above it on this tab, "
            f"got {name!r}",
            "use a range that the template places before this one",
        )
    left = placed[name].area
    column = left.column + left.columns + entry.template.gap
    return Placed(entry, Area(stage.tab, left.row, column, entry.rows, entry.columns))


def _place_views(tab: TabPlan, places: Mapping[str, Placed]) -> TabPlan:
    """The tab with its views added: columns of other ranges with a name of their own."""
    placed = list(tab.placed)
    for entry in tab.stage.ranges:
        view = entry.source
        if not isinstance(view, View):
            continue
        base = places.get(view.range)
        if base is None:
            raise UnknownNameError(
                f"{tab.stage.file}: range {entry.name}: view: expected the name of a range, "
                f"got {view.range!r}",
                "use a range that has its own cells",
            )
        column = base.area.column + view.first_column
        area = Area(base.area.sheet, base.area.row, column, entry.rows, entry.columns)
        if view.first_column + entry.columns > base.area.columns or entry.rows > base.area.rows:
            raise TemplateError(
                f"{tab.stage.file}: range {entry.name}: expected columns inside "
                f"{view.range}, got {area.local}",
                "fix shape or first_column",
            )
        placed.append(Placed(entry, area))
    return TabPlan(tab.stage, tuple(placed))


def _check_limits(placed: Placed) -> None:
    area = placed.area
    last_row, last_column = area.row + area.rows - 1, area.column + area.columns - 1
    if last_row > MOST_ROWS or last_column > MOST_COLUMNS:
        raise LimitError(
            f"range {placed.range.name} on tab {area.sheet!r}: expected at most {MOST_ROWS:,} rows "
            f"and {MOST_COLUMNS:,} columns, got row {last_row:,} and column {last_column:,}",
            "build with a smaller --capacity or --max-bytes",
        )
