"""Expansion: the templates with a model's sizes filled in, every block and head expanded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from xlgpt2.errors import ShapeError, TemplateError, located
from xlgpt2.formula.symbols import evaluate, substitute
from xlgpt2.formula.tree import Formula
from xlgpt2.stages.constants import source_of
from xlgpt2.stages.exercises import check_inputs, exercise_ranges, exercise_texts
from xlgpt2.stages.formulas import FormulaContext, parts_of, scale_ranges, with_guards
from xlgpt2.stages.inlining import Inlining
from xlgpt2.stages.names import cell_at, check_name, check_tab
from xlgpt2.stages.sources import Input, Scale, Tensor
from xlgpt2.stages.stages import CONSTANT_ROLES, EXACT, Range, Stage
from xlgpt2.stages.summary_rows import Row, exercise_rows, rows_of, turn_rows
from xlgpt2.stages.templates import (
    HEADS,
    ListRow,
    ListTemplate,
    RangeTemplate,
    TabTemplate,
    Template,
    Templates,
)
from xlgpt2.stages.variant import Variant
from xlgpt2.stages.weights import ranges_of

#: More turns of a loop than these would be a mistake: each has ranges and names of its own.
_MOST_TURNS = 1000


def expand(
    templates: Templates, symbols: Mapping[str, int], variant: Variant, frugal: bool = False
) -> tuple[Stage, ...]:
    """All tabs of a model in order; raises TemplateError naming file and range.

    `symbols` holds T, C, H, D, L, V and the other sizes. A `frugal` workbook has fewer charts and
    tabs.
    """
    in_order = _in_order(templates, symbols, variant)
    tabs = [entry for entry in in_order if not (frugal and entry[0].tab.costly)]
    scales = scale_ranges(tabs) if variant.scaled else {}
    context = FormulaContext(variant, Inlining(), scales)
    stages: list[Stage] = []
    all_tabs = [template.tab for template, _ in tabs]
    for template, tab_symbols in tabs:
        with located(template.file):
            stage = _stage(template, tab_symbols, context, stages, all_tabs)
            stages.append(_frugal(stage, template.tab) if frugal else stage)
    _check_unique(stages)
    return tuple(stages)


def _in_order(
    templates: Templates, symbols: Mapping[str, int], variant: Variant
) -> Iterator[tuple[Template, Mapping[str, int]]]:
    """Each tab with its symbols; consecutive tabs that repeat come once for every block.

    A block's {block_row} is its place among the blocks, from 0, and {before} the number of the
    residual stream that it reads; {last} is that of the stream after the last block, n_streams how
    many there are, and {first} the number of the first block.
    """
    blocks, part = variant.blocks, variant.part
    ends = {"first": blocks[0], "last": blocks[-1] + 1} if blocks else {}
    symbols = {**symbols, **ends, "n_streams": len(blocks) + 1, **part.symbols()}
    before = (0, *(block + 1 for block in blocks))
    present = [template for template in templates.tabs if part.kind in template.tab.volumes]
    for repeat, together in groupby(present, key=lambda template: template.tab.repeat):
        group = list(together)
        if repeat != "block":
            yield from ((template, symbols) for template in group)
            continue
        for number, block in enumerate(blocks):
            if part.kind == "block" and part.after != block + 1:
                continue
            for template in group:
                of_block = {"block": block, "block_row": number, "before": before[number]}
                yield template, {**symbols, **of_block}


def _stage(
    template: Template,
    symbols: Mapping[str, int],
    context: FormulaContext,
    before: Sequence[Stage],
    all_tabs: Sequence[TabTemplate],
) -> Stage:
    tab, variant = template.tab, context.variant
    symbols = {**symbols, **tab.symbols}
    loops = {HEADS: "H", **tab.repeats}
    name = substitute(tab.tab, symbols)
    check_tab(name)
    ranges = []
    for entry, range_symbols in _turns((*ranges_of(tab), *exercise_ranges(tab)), symbols, loops):
        if (entry.only == "int8" and not variant.scaled) or variant.part.kind not in entry.volumes:
            continue
        with located(f"range {substitute(entry.name, range_symbols)}"):
            rows = _rows(entry.each, tab, symbols, before, all_tabs, variant)
            expanded = _range(entry, tab, range_symbols, context, rows)
            if variant.lean and entry.inline:
                context.inlining.add(expanded.name, expanded.parts[0].formula, entry.rows)
            else:
                ranges.append(with_guards(expanded))
    check_inputs(tab, {r.name: (r.rows, r.columns) for r in ranges if isinstance(r.source, Input)})
    scaled = {entry.source.tensor for entry in ranges if isinstance(entry.source, Scale)}
    ranges = [
        _placed(entry, context.inlining.reader(name, entry.template.below or ""), scaled)
        for entry in ranges
    ]
    return Stage(
        tab=name,
        file=template.file,
        title=substitute(tab.title, symbols),
        group=tab.group,
        steps=tab.steps,
        text=tuple(substitute(sentence, symbols) for sentence in tab.text),
        equation=substitute(tab.equation, symbols),
        labels=tab.labels,
        ranges=tuple(ranges),
        texts=tuple(
            text.model_copy(
                update={"at": cell_at(text.at, symbols), "text": substitute(text.text, symbols)}
            )
            for text in (*tab.texts, *exercise_texts(tab))
            if variant.part.kind in text.volumes
        ),
        charts=tuple(
            chart.model_copy(update={"at": cell_at(chart.at, symbols)})
            for chart in tab.charts
            if variant.part.kind in chart.volumes
        ),
        panels=tab.panels,
        lists=tuple(_list(entry, symbols) for entry in tab.lists),
        widths=tab.widths,
        shows_later_tabs=tab.shows_later_tabs,
        computed_before=tab.computed_before,
        gives=substitute(tab.gives, symbols),
        block=symbols.get("block"),
        symbols=tab.symbols,
        lesson=tab.lesson,
        exercise=tab.exercise,
        your_turn=tab.your_turn,
        in_model=tab.in_model,
        probes=tab.probes,
    )


def _rows(
    kind: str | None,
    tab: TabTemplate,
    symbols: Mapping[str, int],
    before: Sequence[Stage],
    all_tabs: Sequence[TabTemplate],
    variant: Variant,
) -> tuple[Row, ...]:
    """The rows of a range with this `each`: turns of a loop, exercises, or parts of a model."""
    if kind is None:
        return ()
    if kind in tab.repeats:
        return turn_rows(kind, _count(kind, tab.repeats[kind], symbols))
    if kind in ("exercise", "your_turn"):
        return exercise_rows(kind, all_tabs)
    return rows_of(kind, before, variant, symbols.get("H", 0))


def _list(entry: ListTemplate, symbols: Mapping[str, int]) -> ListTemplate:
    """A list with the symbols in its texts and in the names of tabs and ranges filled in."""
    rows = tuple(
        ListRow(
            tab=substitute(row.tab, symbols),
            range=row.range and substitute(row.range, symbols),
            texts=tuple(substitute(text, symbols) for text in row.texts),
        )
        for row in entry.rows
    )
    return entry.model_copy(update={"rows": rows})


def _frugal(stage: Stage, tab: TabTemplate) -> Stage:
    """A tab without charts that take long to compute, and with texts that don't mention them."""
    charts = tuple(chart for chart in stage.charts if not chart.costly)
    return replace(stage, charts=charts, text=tab.text_without_charts or stage.text)


def _turns(
    entries: tuple[RangeTemplate, ...], symbols: Mapping[str, int], loops: Mapping[str, str]
) -> Iterator[tuple[RangeTemplate, Mapping[str, int]]]:
    """Each range with its symbols; consecutive ranges of a loop come once for every turn of it."""
    for repeat, together in groupby(entries, key=lambda entry: entry.repeat):
        group = list(together)
        if repeat is None:
            yield from ((entry, dict(symbols)) for entry in group)
            continue
        for turn in range(_count(repeat, loops[repeat], symbols)):
            yield from ((entry, {**symbols, repeat: turn}) for entry in group)


def _count(loop: str, expression: str, symbols: Mapping[str, int]) -> int:
    """How many turns a loop has; raises ShapeError for none or very many."""
    turns = evaluate(expression, symbols)
    if not 1 <= turns <= _MOST_TURNS:
        raise ShapeError(
            f"repeats: {loop}: expected 1 to {_MOST_TURNS:,} turns, got {turns:,}",
            "fix the number, or one of the symbols in it",
        )
    return turns


def _placed(entry: Range, below: str, scaled: Collection[str]) -> Range:
    """A range, below the reader of one that is inlined; int8 tensors are shown as integers."""
    changes: dict[str, str] = {"below": below} if below else {}
    if isinstance(entry.source, Tensor) and entry.source.name in scaled:
        changes["number_format"] = "0"
    return replace(entry, template=entry.template.model_copy(update=changes))


def _range(
    entry: RangeTemplate,
    tab: TabTemplate,
    symbols: Mapping[str, int],
    context: FormulaContext,
    each: Sequence[Row] = (),
) -> Range:
    symbols = {**symbols, "each": len(each)} if each else symbols
    name = substitute(entry.name, symbols)
    check_name(name)
    rows, columns = (evaluate(substitute(size, symbols), symbols) for size in entry.shape)
    if rows < 1 or columns < 1:
        raise ShapeError(
            f"shape: expected at least one row and column, got [{rows}, {columns}]",
            "fix the shape, or build with a larger --capacity",
        )
    tab_name = substitute(tab.tab, symbols)

    def formula(text: str) -> Formula:
        return context.formula(text, entry, tab_name, name)

    parts = tuple(parts_of(entry, columns, symbols, formula, each))
    if isinstance(entry.columns, tuple) and len(entry.columns) != columns:
        raise ShapeError(
            f"columns: expected {columns} headings, one per column, got {len(entry.columns)}",
            'write a heading for each column, or columns = "numbers"',
        )
    tolerance = entry.tolerance or (EXACT if entry.role in CONSTANT_ROLES else tab.tolerance)
    return Range(
        name=name,
        template=entry.model_copy(
            update={
                "title": substitute(entry.title, symbols),
                "sentence": substitute(entry.sentence, symbols),
                "below": entry.below and substitute(entry.below, symbols),
                "beside": entry.beside and substitute(entry.beside, symbols),
                "at": entry.at and cell_at(entry.at, symbols),
                "marked": entry.marked and substitute(entry.marked, symbols),
            }
        ),
        shape=f"[{entry.shape[0]}, {entry.shape[1]}]",
        rows=rows,
        columns=columns,
        parts=parts,
        source=source_of(entry, (rows, columns), symbols, each),
        tolerance=tolerance,
    )


def _check_unique(stages: list[Stage]) -> None:
    """Raise TemplateError if two tabs or two ranges have the same name, ignoring case."""
    tabs: dict[str, str] = {}
    ranges: dict[str, str] = {}
    for stage in stages:
        for what, files, name in [("tab", tabs, stage.tab)] + [
            ("range", ranges, r.name) for r in stage.ranges
        ]:
            # Spreadsheets ignore the case of sheet names and defined names.
            if name.lower() in files:
                raise TemplateError(
                    f"{stage.file}: {what} {name!r}: expected a unique name, got one that "
                    f"{files[name.lower()]} has, too",
                    "rename one of the two",
                )
            files[name.lower()] = stage.file
