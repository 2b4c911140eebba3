"""Stages: one tab each, with its text and its ranges, all sizes filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlgpt2.formula.tree import Formula, Hole
from xlgpt2.stages.chart_templates import ChartTemplate
from xlgpt2.stages.exercise_templates import (
    ExerciseTemplate,
    InModelTemplate,
    ProbeTemplate,
    YourTurnTemplate,
)
from xlgpt2.stages.sources import Source, View
from xlgpt2.stages.templates import (
    Fill,
    ListTemplate,
    PanelTemplate,
    RangeTemplate,
    Role,
    RowLabel,
    TextTemplate,
    Tolerance,
)

#: One unit in the last place: Gnumeric reads one decimal in some thousands that far off.
EXACT = Tolerance(
    relative=2.3e-16, absolute=0, reason="a constant of the file: the same in every engine"
)

#: Roles whose cells are constants, which must be exact.
CONSTANT_ROLES: frozenset[Role] = frozenset({"weight", "lookup", "input"})


@dataclass(frozen=True)
class Part:
    """Side-by-side columns of a range that share their formulas; `rows` has one for each row."""

    first_column: int
    columns: int
    formula: Formula
    first: Formula | None
    last: Formula | None
    generated: Formula | None
    rows: tuple[Formula, ...] = ()

    @property
    def holes(self) -> frozenset[Hole]:
        """The holes of all of its formulas."""
        formulas = (self.formula, self.first, self.last, self.generated, *self.rows)
        return frozenset(hole for formula in formulas if formula for hole in formula.holes)


@dataclass(frozen=True)
class Range:
    """A named rectangle of `rows` by `columns` cells."""

    name: str
    template: RangeTemplate
    shape: str
    rows: int
    columns: int
    parts: tuple[Part, ...]
    source: Source | None
    tolerance: Tolerance

    @property
    def role(self) -> Role:
        """The role of its cells."""
        return self.template.role

    @property
    def fill(self) -> Fill:
        """How its formulas are entered."""
        return self.template.fill

    @property
    def view_of(self) -> str | None:
        """The range whose columns it names, if it has no cells of its own."""
        return self.source.range if isinstance(self.source, View) else None

    def width(self, i: int) -> int:
        """How many of its columns row i has: a triangle has fewer."""
        if self.template.triangle == "lower":
            return i + 1
        if self.template.triangle == "falling":
            return max(0, self.columns - i)
        return self.columns


@dataclass(frozen=True)
class Stage:
    """One tab, with its text and ranges."""

    tab: str
    file: str
    title: str
    group: str
    steps: tuple[int, ...]
    text: tuple[str, ...]
    equation: str
    labels: tuple[RowLabel, ...]
    ranges: tuple[Range, ...]
    texts: tuple[TextTemplate, ...]
    charts: tuple[ChartTemplate, ...]
    panels: tuple[PanelTemplate, ...]
    lists: tuple[ListTemplate, ...]
    widths: Mapping[str, float]
    shows_later_tabs: bool
    computed_before: str | None
    gives: str
    block: int | None  # which one it is of, if it repeats
    symbols: Mapping[str, int]  # its own, beside the sizes
    lesson: str | None
    exercise: ExerciseTemplate | None
    your_turn: YourTurnTemplate | None
    in_model: InModelTemplate | None
    probes: tuple[ProbeTemplate, ...]

    @property
    def by_hand(self) -> bool:
        """Whether its template places what is on it (Guide, Prompt, Tour and others)."""
        return bool(self.lists) or any(r.template.at for r in self.ranges)
