"""The templates: the fields of a TOML file, one file per tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xlgpt2.stages.sources import RecordedQuantity
from xlgpt2.stages.variant import ALL_SPLIT_PARTS, SplitPartKind

Fill = Literal["cell", "array cell", "row", "column", "whole"]
Role = Literal["input", "weight", "lookup", "activation", "label", "result"]
AttentionPart = Literal["query", "key", "value"]
EachKind = Literal["weight", "head", "block", "stream", "tab"]
CellAddress = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[1-9]\d{0,4}$")]
Colour = Annotated[str, Field(pattern=r"^[0-9A-F]{6}$")]


#: Where the cells of a range come from: each range has one of these fields.
SOURCES = (
    "formula", "formulas", "tensor", "scale_of", "table", "record", "index", "values", "view",
    "input",
)  # fmt: skip


class _Strict(BaseModel):
    """A TOML table with no other fields than those named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tolerance(_Strict):
    """How far a recalculated number may be from the reference, and why."""

    relative: float = Field(ge=0, le=1e-3)
    absolute: float = Field(ge=0, le=1e-3)
    reason: str = Field(min_length=10)


class RangeTemplate(_Strict):
    """One range of a tab: where its cells come from and how they look."""

    name: str
    title: str = ""
    sentence: str = ""  # what the reader sees here, above the range
    shape: tuple[str, str]
    role: Role
    step: int | None = Field(default=None, ge=1, le=16)
    repeat: Literal["head"] | None = None

    formula: str | None = None
    formulas: tuple[str, ...] | None = None  # one a column
    first: str | None = None  # the first row's formula, if it differs
    last: str | None = None  # the last row's
    fill: Fill = "cell"
    chained: bool = False  # its rows depend on rows above through other ranges
    generated: str | None = None  # in rows of tokens that the model writes, T and later ones
    rows: str | None = None  # a range; formulas give 0 in rows where it is not 1
    inline: bool = False  # in a lean workbook: no cells; formulas that read it contain its own
    only: Literal["int8"] | None = None  # no such range in other workbooks
    volumes: tuple[SplitPartKind, ...] = ALL_SPLIT_PARTS  # in which of its tab's workbooks it is
    parts: Literal["head"] | None = None  # a row's formula, once per head, side by side
    tensor: str | None = None
    scale_of: str | None = None  # the scales of the columns of an int8 tensor
    table: str | None = None
    each: EachKind | None = None  # a row for each of them before this tab
    record: RecordedQuantity | None = None  # what is recorded of it
    index: int | None = None  # counts down the rows from this number
    values: tuple[tuple[float | str, ...], ...] | None = None  # row by row
    view: str | None = None  # another range's columns under a name of their own
    first_column: str = "0"
    input: str | None = None  # an input cell, and its name in the build options
    default: float | str = ""  # its value in a new workbook

    triangle: Literal["lower", "falling"] | None = None
    below: str | None = None
    leftmost: bool = False  # before the others of its tab: what a reader should see first
    at: CellAddress | None = None
    beside: str | None = None  # right of this range, on a tab laid out by hand
    gap: int = Field(default=1, ge=0, le=9)  # columns between the two
    columns: Literal["numbers", "tokens", "none"] | tuple[str, ...] = "numbers"
    shown: int | None = Field(default=None, ge=1)  # columns that are not folded
    shown_of: str | None = None  # of so many columns, again and again; of all by default
    row_names: str | None = None  # a table of names, in place of row numbers
    number_format: str | None = None
    width: float | None = Field(default=None, gt=0, le=120)
    style: Literal["large", "wide", "note", "upright"] | None = None
    part: AttentionPart | None = None  # the colour of its title
    colour_scale: bool = False
    colour_top: float | None = Field(default=None, gt=0)  # the number that has the full colour
    shown_if: str | None = None  # a range of the tab; rows where it has 0 are hidden
    across: int = Field(default=1, ge=1, le=40)  # merged columns, on a tab laid out by hand
    down: int = Field(default=1, ge=1, le=40)  # merged rows of a single cell
    height: float | None = Field(default=None, gt=2, le=400)  # of its row, in points
    choices: str | None = None  # a range of texts to choose from; others may be typed
    good: str | None = None  # the text that is shown green; every other is red
    neutral: str | None = None  # but not this one
    whole_numbers: str | None = None  # data validation: 0 up to this symbol, less one
    numbers: tuple[str, str] | None = None  # data validation: any number from the first to the last
    tolerance: Tolerance | None = None

    @model_validator(mode="after")
    def _one_source(self) -> RangeTemplate:
        sources = [name for name in SOURCES if getattr(self, name) is not None]
        if len(sources) != 1:
            got = " and ".join(sources) or "none"
            raise ValueError(f"expected one of {', '.join(SOURCES)}, got {got}")
        if self.record is not None and self.each != "weight" and self.record != "name":
            each = "none" if self.each is None else repr(self.each)
            raise ValueError(f"record: expected each = 'weight' in addition, got {each}")
        if self.inline and (self.formulas or self.parts or self.first or self.last):
            raise ValueError("inline: expected a single formula, got several")
        if self.each is not None and (self.formulas or self.parts or self.first or self.last):
            raise ValueError("each: expected a single formula, got several")
        return self


class WeightTemplate(_Strict):
    """The weights of one tensor; their names, formats and int8 scales follow from it."""

    tensor: str
    shape: tuple[str, str]
    name: str | None = None  # if not the tensor's name with underscores
    says: str = ""  # what the title adds to the tensor's name
    below: str | None = None
    row_names: str | None = None  # a table of names, in place of row numbers

    @property
    def range_name(self) -> str:
        """The name of its range."""
        return self.name or self.tensor.replace(".", "_")

    @property
    def has_scales(self) -> bool:
        """Whether int8 rounds it: norms and biases, of one row, stay as they are."""
        return self.shape[0] != "1"


class RowLabel(_Strict):
    """A column of labels at the left edge of a tab."""

    title: str
    index: int | None = None
    range: str | None = None
    table: str | None = None
    width: float = 8


class TextTemplate(_Strict):
    """Text on a tab that is laid out by hand."""

    at: CellAddress
    text: str
    style: Literal["heading", "body", "hint"] = "body"
    volumes: tuple[SplitPartKind, ...] = ALL_SPLIT_PARTS


class ChartTemplate(_Strict):
    """A bar chart of one range over another."""

    at: CellAddress
    title: str
    categories: str
    values: str
    more_values: tuple[str, ...] = ()  # further bars beside the first
    names: tuple[str, ...] = ()  # of all bars, if there are several
    width: float = Field(default=14, gt=2, le=40)  # centimetres
    height: float = Field(default=8, gt=2, le=40)
    costly: bool = False  # takes long to compute: not in a workbook of many weights
    volumes: tuple[SplitPartKind, ...] = ALL_SPLIT_PARTS


class PanelTemplate(_Strict):
    """A part of the Guide that is generated from the other templates."""

    at: CellAddress
    kind: Literal["map", "legend", "model"]


class ListRow(_Strict):
    """A row of a list: a link to a tab, and a text for each of the other columns."""

    tab: str
    range: str | None = None  # the link leads to its first cell, not to the top of the tab
    texts: tuple[str, ...]


class ListTemplate(_Strict):
    """A list of texts with links, on a tab that is laid out by hand."""

    at: CellAddress
    columns: tuple[str, ...] = Field(min_length=2)
    link: str  # the column with the links
    rows: tuple[ListRow, ...] = Field(alias="row")

    @model_validator(mode="after")
    def _fits(self) -> ListTemplate:
        if self.link not in self.columns:
            names = ", ".join(self.columns)
            raise ValueError(f"link: expected one of {names}, got {self.link!r}")
        for number, row in enumerate(self.rows, 1):
            if len(row.texts) != len(self.columns) - 1:
                wanted = f"{len(self.columns) - 1} texts, one for each column but {self.link!r}"
                raise ValueError(f"row {number}: expected {wanted}, got {len(row.texts)}")
        return self


class TabTemplate(_Strict):
    """One tab: its text, labels and ranges."""

    tab: str = Field(min_length=1, max_length=31)
    title: str
    repeat: Literal["block"] | None = None
    volumes: tuple[SplitPartKind, ...] = ("whole",)  # which workbooks of a split model have it too
    costly: bool = False  # not in a workbook of many weights
    group: str
    steps: tuple[int, ...] = ()
    text: tuple[str, ...] = Field(default=(), max_length=3)
    text_without_charts: tuple[str, ...] = Field(default=(), max_length=3)  # in its place
    equation: str = ""
    tolerance: Tolerance
    labels: tuple[RowLabel, ...] = ()
    ranges: tuple[RangeTemplate, ...] = Field(default=(), alias="range")
    weights: tuple[WeightTemplate, ...] = Field(default=(), alias="weight")
    texts: tuple[TextTemplate, ...] = Field(default=(), alias="text_at")
    charts: tuple[ChartTemplate, ...] = Field(default=(), alias="chart")
    panels: tuple[PanelTemplate, ...] = Field(default=(), alias="panel")
    lists: tuple[ListTemplate, ...] = Field(default=(), alias="list")
    gives: str = ""  # what comes out of it: the tab is a box in the picture of the model
    widths: dict[str, float] = {}
    shows_later_tabs: bool = False  # its results come from later tabs
    computed_before: str | None = None  # the earlier tab to which its results go


class Paint(_Strict):
    """The colours of a role and its meaning in the legend."""

    fill: Colour
    ink: Colour
    meaning: str


class Palette(_Strict):
    """Every colour of the workbook."""

    roles: dict[Role, Paint]
    groups: dict[str, Colour]
    parts: dict[AttentionPart, Colour] = {}
    title: Paint
    header: Paint
    future: Paint
    good: Paint
    bad: Paint
    followed: Paint
    scale_below: Colour
    scale_low: Colour
    scale_high: Colour
    link: Colour
    accent: Colour
    hint: Colour


@dataclass(frozen=True)
class Template:
    """One tab's template and the file it came from."""

    file: str
    tab: TabTemplate


@dataclass(frozen=True)
class Templates:
    """All tabs in the order of their file names, the palette, and the files of all these.

    `names` maps names in tabs of all families to this family's ranges.
    """

    folder: Path
    files: tuple[Path, ...]
    names: Mapping[str, str]
    tabs: tuple[Template, ...]
    palette: Palette
