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

#: The range with the position of the token that the reader follows.
FOLLOWED = "followed_position"

CellStyle = Literal["large", "wide", "note", "lines", "upright", "verdict", "strip"]

#: The number format of a role if a template names none.
_NUMBER_FORMATS: dict[Role, str] = {
    "input": "@",
    "weight": "0.0000",
    "lookup": "General",
    "activation": "0.000",
    "label": "General",
    "result": "0.000",
}

#: A strip is a matrix in narrow columns, whose colours are seen before its digits.
_STRIP_FORMATS: dict[Role, str] = {"activation": "0.00", "result": "0.00", "weight": ".000"}

#: Larger numbers have other formats, or they would not fit: from which number on, and the format.
#: Formats with conditions of their own lose the minus sign in LibreOffice.
_LARGE_NUMBERS: dict[Role, tuple[float, str]] = {
    "activation": (9.995, "0"),
    "result": (9.995, "0"),
    "weight": (0.9995, "0.0"),
}

#: The numbers that have the full colours, if a template doesn't say: most are smaller. They are
#: the same in all prompts and models, so that these can be compared.
_STRIP_TOPS: dict[Role, float] = {"activation": 2.0, "result": 2.0, "weight": 0.5}
_INT8_TOP = 127.0

# Widths of columns, in characters.
GAP = 2.0  # between two groups of columns
NUMBERED_GAP = 6.0  # the same if it has the row numbers of weights below
NAMED_GAP = 10.0  # the same if it has their names
COLUMN = 9.0  # a number such as -12.345
STRIP = 4.7  # a number such as -1.23 in the small font of strips
STRIP_FONT = 8  # points


@dataclass(frozen=True)
class CellLook:
    """How the cells of a range look, whatever they hold."""

    role: Role
    number_format: str
    style: CellStyle | None
    at_left: bool

    @property
    def font_size(self) -> int:
        """In points."""
        return {"large": 24, "wide": 12, "strip": STRIP_FONT}.get(self.style or "", 10)


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
class Diverging:
    """One colour for numbers below 0 and another above, full from `top` on."""

    top: float


@dataclass(frozen=True)
class Large:
    """Numbers from `least` on, and below minus that, in a shorter format."""

    least: float
    number_format: str


@dataclass(frozen=True)
class Followed:
    """Marked: the row of the token that the reader follows, by its position."""

    position: str  # the range that holds it
    labels: int  # the column of positions
    at_edge: bool = False  # a label of the row, and not its numbers


@dataclass(frozen=True)
class Verdict:
    """Green for one text, plain for another, if given, and red for every other and for errors.

    A text that is nearly good may be amber.
    """

    good: str
    neutral: str | None = None
    almost: str | None = None


@dataclass(frozen=True)
class Marked:
    """Marked: cells with the text of a range's single cell, if that has one."""

    text: str


Hidden: TypeAlias = "WithoutToken | WhereZero | ColumnsWithoutToken"
Rule: TypeAlias = "Future | Hidden | ColourScale | Diverging | Large | Followed | Verdict | Marked"


@dataclass(frozen=True)
class ColumnWidth:
    """The width of some columns of a tab, in characters; columns count from 1."""

    first: int
    last: int
    characters: float


def cell_look(target: Range) -> CellLook:
    """How the cells of a range look."""
    template = target.template
    style: CellStyle | None = template.style
    formats = _NUMBER_FORMATS
    if is_strip(target):
        style, formats = "strip", _NUMBER_FORMATS | _STRIP_FORMATS
    elif template.good is not None:
        style = "verdict"
    number_format = template.number_format or formats[target.role]
    at_left = template.style is not None or target.role == "label"
    return CellLook(target.role, number_format, style, at_left)


def is_strip(target: Range) -> bool:
    """Whether a range is a matrix in narrow, coloured columns."""
    template = target.template
    if target.role == "weight":
        return template.width is None
    matrix = target.columns > 1 and template.columns in ("numbers", "tokens")
    own = template.width is not None or template.number_format is not None or template.at
    return matrix and target.role in _STRIP_TOPS and not own


def rules(plan: Plan, tab: TabPlan, placed: Placed) -> Iterator[Rule]:
    """The rules that depend on values of cells, in order of precedence."""
    template = placed.range.template
    if template.triangle == "lower":
        yield Future()
    if (rows := _hidden_rows(plan, tab, placed)) is not None:
        yield rows
    if template.columns == "tokens":
        yield ColumnsWithoutToken()
    if (follow := _followed(plan, tab, placed)) is not None:
        yield follow
    if template.colour_scale:
        # To a fixed number, so that heads and prompts can be compared.
        yield ColourScale(template.colour_top)
    elif is_strip(placed.range):
        whole = template.number_format == "0"
        top = _INT8_TOP if whole else _STRIP_TOPS[placed.range.role]
        yield Diverging(template.colour_top or top)
        if not whole:
            yield Large(*_LARGE_NUMBERS[placed.range.role])
    if template.good is not None:
        yield Verdict(template.good, template.neutral, template.almost)
    if template.marked is not None:
        yield Marked(template.marked)


def label_rules(plan: Plan, tab: TabPlan, labels: Labels) -> Iterator[Rule]:
    """The rules of labels at the left edge: a row without a token has no position."""
    tokens = _token_labels(plan, tab)
    if tokens is None or labels.kind != "range":
        return
    yield WithoutToken(tokens[0])
    if (positions := _positions(plan, tab)) is not None:
        yield Followed(FOLLOWED, positions, at_edge=True)


def widths(tab: TabPlan) -> Iterator[ColumnWidth]:
    """Columns wide enough for their numbers, and together for the title over them."""
    for placed in tab.placed:
        if not placed.top or placed.range.view_of:
            continue
        area = placed.area
        width = placed.range.template.width or (STRIP if is_strip(placed.range) else COLUMN)
        if area.columns == 1:
            width = max(width, len(placed.range.template.title) + 2)
        yield ColumnWidth(area.column, area.column + area.columns - 1, width)
        below = [p for p in tab.placed if p.range.template.below == placed.range.name]
        named = any(p.range.template.row_names for p in below)
        gap = NAMED_GAP if named else NUMBERED_GAP if below else GAP
        yield ColumnWidth(area.column - 1, area.column - 1, gap)


def title(placed: Placed) -> str:
    """The title over a range."""
    step = placed.range.template.step
    words = placed.range.template.title
    return f"step {step} · {words}" if step else words


def short_title(placed: Placed) -> str:
    """A range's title up to its first comma or, unless it names a head, colon."""
    words = placed.range.template.title.split(",")[0]
    return words if words.startswith("head") else words.split(":")[0]


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


def _followed(plan: Plan, tab: TabPlan, placed: Placed) -> Followed | None:
    """The rule that marks the followed token's row in a range with a row for each token."""
    positions = _positions(plan, tab)
    of_tokens = placed.top and placed.range.template.shape[0] in ("N", "T", "T+G")
    if positions is None or not of_tokens or placed.range.role == "weight":
        return None
    return None if placed.range.view_of else Followed(FOLLOWED, positions)


def _positions(plan: Plan, tab: TabPlan) -> int | None:
    """The column of positions at a tab's left edge, if there is a token to follow."""
    if FOLLOWED not in plan.places:
        return None
    columns = enumerate(tab.stage.labels, 1)
    return next((n for n, label in columns if label.range in ("position", "text_positions")), None)


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
