"""The templates: the fields of a TOML file, one file per tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from xlgpt2.stages.chart_templates import ChartTemplate
from xlgpt2.stages.exercise_templates import (
    ExerciseTemplate,
    InModelTemplate,
    ProbeTemplate,
    YourTurnTemplate,
)
from xlgpt2.stages.fields import CellAddress, Colour, Strict, SymbolicAddress
from xlgpt2.stages.sources import RecordedQuantity
from xlgpt2.stages.variant import ALL_SPLIT_PARTS, SplitPartKind

Fill = Literal["cell", "array cell", "row", "column", "whole"]
Role = Literal["input", "weight", "lookup", "activation", "label", "result"]

#: What a range may have a row for, besides the turns of a loop of its tab.
EACH_KINDS = ("weight", "head", "block", "stream", "tab", "exercise", "your_turn")

#: The loop that every model has; a tab may have others in `repeats`.
HEADS = "head"

#: Where the cells of a range come from: each range has one of these fields.
SOURCES = (
    "formula", "formulas", "tensor", "scale_of", "table", "record", "index", "values", "view",
    "input",
)  # fmt: skip


class Tolerance(Strict):
    """How far a recalculated number may be from the reference, and why."""

    relative: float = Field(ge=0, le=1e-3)
    absolute: float = Field(ge=0, le=1e-3)
    reason: str = Field(min_length=10)


class RangeTemplate(Strict):
    """One range of a tab: where its cells come from and how they look."""

    name: str
    title: str = ""
    sentence: str = ""  # what the reader sees here, above the range
    shape: tuple[str, str]
    role: Role
    step: int | None = Field(default=None, ge=1, le=16)
    repeat: str | None = None  # a loop: "head", or one of the tab's `repeats`

    formula: str | None = None
    formulas: tuple[str, ...] | None = None  # one a column
    left: str | None = None  # the first column's formula, if it differs
    first: str | None = None  # the first row's
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
    each: str | None = None  # a row for each of EACH_KINDS, or each turn of a loop
    record: RecordedQuantity | None = None  # what is recorded of it
    index: int | None = None  # counts down the rows from this number
    values: tuple[tuple[float | str, ...], ...] | None = None  # row by row; also of an input
    view: str | None = None  # another range's columns under a name of their own
    first_column: str = "0"
    input: str | None = None  # an input cell, and its name in the build options
    default: float | str = ""  # its value in a new workbook

    triangle: Literal["lower", "falling"] | None = None
    below: str | None = None
    leftmost: bool = False  # before the others of its tab: what a reader should see first
    at: SymbolicAddress | None = None
    beside: str | None = None  # right of this range, on a tab laid out by hand
    gap: int = Field(default=1, ge=0, le=9)  # columns between the two
    columns: Literal["numbers", "tokens", "none"] | tuple[str, ...] = "numbers"
    shown: int | None = Field(default=None, ge=1)  # columns that are not folded
    shown_of: str | None = None  # of so many columns, again and again; of all by default
    row_names: str | None = None  # a table of names, in place of row numbers
    number_format: str | None = None
    width: float | None = Field(default=None, gt=0, le=120)
    style: Literal["large", "wide", "note", "lines", "upright"] | None = None
    colour_scale: bool = False
    colour_top: float | None = Field(default=None, gt=0)  # the number that has the full colour
    shown_if: str | None = None  # a range of the tab; rows where it has 0 are hidden
    across: int = Field(default=1, ge=1, le=40)  # merged columns, on a tab laid out by hand
    down: int = Field(default=1, ge=1, le=40)  # merged rows of a single cell
    height: float | None = Field(default=None, gt=2, le=400)  # of its row, in points
    choices: str | None = None  # a range of texts to choose from; others may be typed
    good: str | None = None  # the text that is shown green; every other is red
    almost: str | None = None  # but this one is shown amber
    neutral: str | None = None  # and this one plain
    marked: str | None = None  # a single cell; cells with its text are marked
    whole_numbers: str | None = None  # data validation: 0 up to this symbol, less one
    numbers: tuple[str, str] | None = None  # data validation: any number from the first to the last
    tolerance: Tolerance | None = None

    @model_validator(mode="after")
    def _one_source(self) -> RangeTemplate:
        sources = [name for name in SOURCES if getattr(self, name) is not None]
        if self.input is not None and self.values is not None:
            sources.remove("values")  # its contents in a new workbook
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
        if self.left is not None and (self.formulas or self.parts or self.each or self.first):
            raise ValueError("left: expected a single formula besides it, got several")
        return self


class WeightTemplate(Strict):
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


class RowLabel(Strict):
    """A column of labels at the left edge of a tab."""

    title: str
    index: int | None = None
    range: str | None = None
    table: str | None = None
    width: float = 8


class TextTemplate(Strict):
    """Text on a tab that is laid out by hand; wrapped if it is over several cells."""

    at: SymbolicAddress
    text: str
    across: int = Field(default=1, ge=1, le=40)
    down: int = Field(default=1, ge=1, le=40)
    style: Literal["heading", "body", "hint"] = "body"
    volumes: tuple[SplitPartKind, ...] = ALL_SPLIT_PARTS


class PanelTemplate(Strict):
    """A part of the Guide that is generated from the other templates."""

    at: CellAddress
    kind: Literal["map", "legend", "model", "lessons"]


class ListRow(Strict):
    """A row of a list: a link to a tab, and a text for each of the other columns."""

    tab: str
    range: str | None = None  # the link leads to its first cell, not to the top of the tab
    texts: tuple[str, ...]


class ListTemplate(Strict):
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


class TabTemplate(Strict):
    """One tab: its text, labels and ranges."""

    tab: str = Field(min_length=1, max_length=31)
    title: str
    lesson: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{2,40}$")  # its reference
    symbols: dict[str, int] = Field(default_factory=dict)
    repeats: dict[str, str] = Field(default_factory=dict)  # loops: name, number of turns
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
    widths: dict[str, float] = Field(default_factory=dict)
    shows_later_tabs: bool = False  # its results come from later tabs
    computed_before: str | None = None  # the earlier tab to which its results go
    exercise: ExerciseTemplate | None = None
    your_turn: YourTurnTemplate | None = None
    in_model: InModelTemplate | None = None
    probes: tuple[ProbeTemplate, ...] = Field(default=(), alias="probe")

    @model_validator(mode="after")
    def _loops(self) -> TabTemplate:
        for name in (*self.symbols, *self.repeats):
            if not name.isidentifier() or iskeyword(name) or name in ("i", "j", "each", HEADS):
                raise ValueError(f"symbols: expected names such as W or turn, got {name!r}")
        for entry in self.ranges:
            where = f"range {entry.name}"
            if entry.repeat not in (None, HEADS, *self.repeats):
                loops = ", ".join(map(repr, (HEADS, *self.repeats)))
                raise ValueError(f"{where}: repeat: expected {loops}, got {entry.repeat!r}")
            if entry.each not in (None, *EACH_KINDS, *self.repeats):
                kinds = ", ".join(map(repr, (*EACH_KINDS, *self.repeats)))
                raise ValueError(f"{where}: each: expected {kinds}, got {entry.each!r}")
        return self

    @model_validator(mode="after")
    def _lesson(self) -> TabTemplate:
        if self.exercise is not None and self.lesson is None:
            raise ValueError("lesson: expected a name for the ranges of the exercise, got none")
        if self.exercise is None and (self.your_turn or self.in_model):
            part = "your_turn" if self.your_turn else "in_model"
            raise ValueError(f"{part}: expected an exercise, which it is placed below, got none")
        return self


class Paint(Strict):
    """The colours of a role and its meaning in the legend."""

    fill: Colour
    ink: Colour
    meaning: str


class Palette(Strict):
    """Every colour of the workbook."""

    roles: dict[Role, Paint]
    groups: dict[str, Colour]
    title: Paint
    header: Paint
    future: Paint
    good: Paint
    almost: Paint
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
