"""Looks: how ranges, labels and columns are shown, decided once, for every renderer.

A renderer turns these values into its own terms: the writer into styles and rules of an .xlsx file.
How a cell looks never changes what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Placed, Plan, TabPlan
from xlgpt2.stages.stages import Range
from xlgpt2.stages.templates import Role

#: The number format of a role if a template names none.
_NUMBER_FORMATS: dict[Role, str] = {
    "input": "@",
    "weight": "0.0000",
    "lookup": "General",
    "activation": "0.000",
    "label": "General",
    "result": "0.000",
}

# Widths of columns, in characters.
GAP = 2.0  # between two groups of columns
NUMBERED_GAP = 6.0  # the same if it has the row numbers of weights below
COLUMN = 9.0  # a number such as -12.345


@dataclass(frozen=True)
class CellLook:
    """How the cells of a range look, whatever they hold."""

    role: Role
    number_format: str
    style: Literal["large", "wide", "upright", "verdict"] | None
    at_left: bool

    @property
    def font_size(self) -> int:
        """In points."""
        return {"large": 26, "wide": 13}.get(self.style or "", 10)


@dataclass(frozen=True)
class WithoutToken:
    """Hidden: rows without a token, whose label in column `labels` of the tab is blank."""

    labels: int


@dataclass(frozen=True)
class WhereZero:
    """Hidden: rows, or all, where a range has 0."""

    range: str


@dataclass(frozen=True)
class ColumnsWithoutToken:
    """Hidden: columns whose label is blank."""


@dataclass(frozen=True)
class Future:
    """Grey: cells right of the diagonal, to which a token can't attend."""


@dataclass(frozen=True)
class ColourScale:
    """A colour that deepens with the number, from 0 to `top`, or to the largest."""

    top: float | None


@dataclass(frozen=True)
class Verdict:
    """Green for one text, plain for another, if given, and red for every other and for errors."""

    good: str
    neutral: str | None = None


Hidden: TypeAlias = "WithoutToken | WhereZero | ColumnsWithoutToken"
Rule: TypeAlias = "Future | WithoutToken | WhereZero | ColumnsWithoutToken | ColourScale | Verdict"


@dataclass(frozen=True)
class ColumnWidth:
    """The width of some columns of a tab, in characters; columns count from 1."""

    first: int
    last: int
    characters: float


def cell_look(target: Range) -> CellLook:
    """How the cells of a range look."""
    template = target.template
    style = template.style or ("verdict" if template.good is not None else None)
    number_format = template.number_format or _NUMBER_FORMATS[target.role]
    at_left = template.style is not None or target.role == "label"
    return CellLook(target.role, number_format, style, at_left)


def rules(plan: Plan, tab: TabPlan, placed: Placed) -> Iterator[Rule]:
    """The rules that depend on values of cells, in order of precedence."""
    template = placed.range.template
    if template.triangle == "lower":
        yield Future()
    if (rows := _hidden_rows(plan, tab, placed)) is not None:
        yield rows
    if template.columns == "tokens":
        yield ColumnsWithoutToken()
    if template.colour_scale:
        # To a fixed number, so that heads and prompts can be compared.
        yield ColourScale(template.colour_top)
    if template.good is not None:
        yield Verdict(template.good, template.neutral)


def label_rule(plan: Plan, tab: TabPlan, labels: Labels) -> WithoutToken | None:
    """The rule that hides labels at the left edge: a row without a token has no position."""
    tokens = _token_labels(plan, tab)
    return None if tokens is None or labels.kind != "range" else WithoutToken(tokens[0])


def widths(tab: TabPlan) -> Iterator[ColumnWidth]:
    """Columns wide enough for their numbers, and together for the title over them."""
    for placed in tab.placed:
        if not placed.top or placed.range.view_of:
            continue
        area = placed.area
        words = max(len(title(placed)) * 1.15, len(name_and_shape(placed)))
        width = max(placed.range.template.width or COLUMN, (words + 1) / area.columns)
        yield ColumnWidth(area.column, area.column + area.columns - 1, width)
        numbered = any(p.range.template.below == placed.range.name for p in tab.placed)
        yield ColumnWidth(area.column - 1, area.column - 1, NUMBERED_GAP if numbered else GAP)


def title(placed: Placed) -> str:
    """The title over a range."""
    step = placed.range.template.step
    words = placed.range.template.title
    return f"step {step} · {words}" if step else words


def name_and_shape(placed: Placed) -> str:
    """A range's name and, unless it is one column of the tab's rows, its shape."""
    name = placed.range.name
    return name if placed.range.columns == 1 else f"{name} {placed.range.shape}"


def _hidden_rows(plan: Plan, tab: TabPlan, placed: Placed) -> Hidden | None:
    """The rule that hides rows of a range; None if all are shown."""
    template = placed.range.template
    if template.shown_if is not None:
        return WhereZero(template.shown_if)
    if placed.range.role == "weight" or not placed.top or placed.range.view_of:
        return None
    # Ids are typed here, and wrong ones must be visible.
    if template.whole_numbers is not None:
        return None
    tokens = _token_labels(plan, tab)
    if tokens is None or template.shape[0] not in ("N", "T", tokens[1]):
        return None
    return WithoutToken(tokens[0])


def _token_labels(plan: Plan, tab: TabPlan) -> tuple[int, str] | None:
    """The column of text labels, blank without a token, and the rows of their range.

    Numbers, such as positions, are shown in every row.
    """
    for column, label in enumerate(tab.stage.labels, 1):
        if label.range and label.range in plan.places:
            shown = plan.place(label.range).range
            if shown.role in ("label", "result"):
                return column, shown.template.shape[0]
    return None
