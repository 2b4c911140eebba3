"""The command show: prints the plan of a workbook without building it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import click

from xlgpt2.cli.design_options import DesignRequest, design_options
from xlgpt2.designs.design import Design
from xlgpt2.designs.lessons import LessonsDesign, lessons_design
from xlgpt2.errors import UnknownNameError
from xlgpt2.layout.formula_cells import formula_cells
from xlgpt2.layout.layout import Placed, TabPlan
from xlgpt2.stages.sources import (
    Index,
    Input,
    Record,
    Scale,
    Source,
    Table,
    Tensor,
    Values,
    View,
)

# Bytes of a cell in a compressed file, measured on workbooks of the shipped model.
BYTES_PER_CONSTANT = 9
BYTES_PER_FORMULA = 16
BYTES_PER_COVERED_CELL = 3  # filled by an array formula in another cell


@click.command()
@click.argument("stage", required=False)
@click.option("--lessons", is_flag=True, help="Show the lessons workbook, which has no model.")
@design_options("split")
def show(request: DesignRequest, stage: str | None, lessons: bool) -> None:
    """Print the plan of a workbook without building it: all tabs, or the ranges of one.

    \b
    Example:
      xlgpt2 show "h0 attention"
      xlgpt2 show --lessons "BPE training"
    """
    decided = lessons_design(request.templates) if lessons else request.design()
    click.echo(plan(decided, stage))


def plan(decided: Design | LessonsDesign, tab: str | None) -> str:
    """All tabs with their sizes, or one tab's ranges with their addresses and formulas."""
    tabs = decided.plan.tabs
    if tab is None:
        return "\n".join(_overview(decided))
    matches = [entry for entry in tabs if tab.lower() in (entry.name.lower(), entry.stage.file)]
    matches = matches or [entry for entry in tabs if tab in {p.range.name for p in entry.placed}]
    if not matches:
        raise UnknownNameError(
            f"stage: expected the name of a tab or range, got {tab!r}", _nearest(tab, tabs)
        )
    return "\n".join(_tab(decided, matches[0]))


def _nearest(name: str, tabs: Sequence[TabPlan]) -> str:
    """The hint for a wrong name: the tabs or ranges with the most similar names, or all tabs."""
    names = [entry.name for entry in tabs]
    names += [placed.range.name for entry in tabs for placed in entry.placed]
    by_lower_case = {entry.lower(): entry for entry in reversed(names)}
    close = get_close_matches(name.lower(), by_lower_case, n=3)
    if close:
        return f"did you mean {' or '.join(repr(by_lower_case[entry]) for entry in close)}?"
    return f"the tabs are {', '.join(entry.name for entry in tabs)}"


def _overview(decided: Design | LessonsDesign) -> Iterator[str]:
    if isinstance(decided, Design):
        yield f"model      {decided.checkpoint.source} in {decided.checkpoint.folder}"
    yield f"templates  {decided.templates.folder}"
    if symbols := decided.plan.symbols:
        yield "sizes      " + "  ".join(f"{name}={value}" for name, value in symbols.items())
    yield ""
    yield f"{'tab':<20}{'ranges':>7}{'constants':>11}{'formulas':>10}{'cells':>10}  estimated bytes"
    total = [0] * 5
    for tab in decided.plan.tabs:
        row = _sizes(decided, tab)
        total = [a + b for a, b in zip(total, row, strict=True)]
        yield _row(tab.name, row)
    yield _row("total", total)


def _row(name: str, sizes: list[int]) -> str:
    ranges, constants, formulas, cells, estimate = sizes
    return f"{name:<20}{ranges:>7,}{constants:>11,}{formulas:>10,}{cells:>10,}  {estimate:>15,}"


def _sizes(decided: Design | LessonsDesign, tab: TabPlan) -> list[int]:
    """Ranges, constants, formulas, cells and estimated bytes of a tab."""
    constants = formulas = cells = 0
    for placed in tab.placed:
        if placed.range.view_of:
            continue
        if placed.range.parts:
            entries = list(formula_cells(decided.plan, tab, placed))
            formulas += len(entries)
            cells += sum(entry.area.rows * entry.area.columns for entry in entries)
        else:
            constants += placed.range.rows * placed.range.columns
    estimate = constants * BYTES_PER_CONSTANT + formulas * BYTES_PER_FORMULA
    estimate += (cells - formulas) * BYTES_PER_COVERED_CELL
    return [len(tab.placed), constants, formulas, cells + constants, estimate]


def _tab(decided: Design | LessonsDesign, tab: TabPlan) -> Iterator[str]:
    yield f"{tab.name}: {tab.stage.title}"
    yield f"template {tab.stage.file}"
    yield from tab.stage.text
    if tab.stage.equation:
        yield f"equation: {tab.stage.equation}"
    for placed in tab.placed:
        yield ""
        target = placed.range
        yield f"{target.name} {target.shape} = [{target.rows}, {target.columns}]"
        yield f"  {placed.area.absolute}  {target.role}  {target.template.title}"
        yield f"  {_content(decided, tab, placed)}"
        tolerance = target.tolerance
        yield f"  tolerance {tolerance.relative:g} relative: {tolerance.reason}"


def _content(decided: Design | LessonsDesign, tab: TabPlan, placed: Placed) -> str:
    """The source of a range's cells: of formulas the second, as the first row may be special."""
    if placed.range.source is not None:
        return _constants(placed.range.source)
    entries = list(formula_cells(decided.plan, tab, placed))
    entry = entries[min(1, len(entries) - 1)]
    formula = f"{{={entry.text}}}" if entry.array else f"={entry.text}"
    return f"{len(entries):,} formulas, such as {entry.area.local}: {formula}"


def _constants(source: Source) -> str:  # noqa: PLR0911 - one return for each kind of source
    """The source of a range's constants."""
    match source:
        case Tensor(name):
            return f"the tensor {name} of the checkpoint"
        case Scale(tensor):
            return f"the column scales of the tensor {tensor} of the checkpoint"
        case Table(name):
            return f"the table {name}"
        case Record(quantity):
            return f"recorded at the build: the {quantity.replace('_', ' ')} of each"
        case Index(start):
            return f"counts from {start}"
        case Values():
            return "values from the template"
        case Input():
            return "input by the user"
        case View(other, first_column):
            return f"columns {first_column} and on of {other}"
