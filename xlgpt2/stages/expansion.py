"""Expansion: the templates with a model's sizes filled in, every block and head spelled out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from xlgpt2.errors import ShapeError, TemplateError, located
from xlgpt2.formula.dialect import check_dialect
from xlgpt2.formula.rewriting import OWN_ROW, guarded, with_scales
from xlgpt2.formula.symbols import evaluate, substitute
from xlgpt2.formula.tree import Formula, Hole, parse
from xlgpt2.stages.inlining import Inlining
from xlgpt2.stages.names import check_name, check_tab, with_names
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
from xlgpt2.stages.stages import CONSTANT_ROLES, EXACT, Part, Range, Stage
from xlgpt2.stages.summary_rows import Row, rows_of
from xlgpt2.stages.templates import RangeTemplate, TabTemplate, Template, Templates
from xlgpt2.stages.variant import Form
from xlgpt2.stages.weights import SCALE, ranges_of


@dataclass(frozen=True)
class _Machine:
    """What is done to formulas beside filling sizes in: steps inlined, weights scaled.

    `scales` names the range of scales of each range of int8 weights, `names` the ranges that
    templates of all families call otherwise.
    """

    form: Form
    inlining: Inlining
    scales: Mapping[str, str]
    names: Mapping[str, str]

    def formula(self, text: str, entry: RangeTemplate, tab: str, name: str) -> Formula:
        """A formula of a template, its symbols filled in, as the workbook has it."""
        formula = parse(text)
        check_dialect(formula, entry.fill != "cell")
        if entry.each is None:
            formula = with_scales(formula, self.scales)
        return self.inlining.apply(formula, entry.rows, tab, name)


def expand(templates: Templates, symbols: Mapping[str, int], form: Form) -> tuple[Stage, ...]:
    """All tabs of a model in order; raises TemplateError naming file and range.

    `symbols` holds T, C, H, D, L, V and the other sizes.
    """
    tabs = list(_in_order(templates, symbols, form))
    machine = _Machine(form, Inlining(), _scales(tabs) if form.scaled else {}, templates.names)
    stages: list[Stage] = []
    for template, known in tabs:
        with located(template.file):
            stages.append(_stage(template, known, machine, stages))
    _check_unique(stages)
    return tuple(stages)


def _in_order(
    templates: Templates, symbols: Mapping[str, int], form: Form
) -> Iterator[tuple[Template, Mapping[str, int]]]:
    """Each tab with its symbols; tabs in a row that repeat come once for every block.

    A block's {before} is the number of the residual stream that it reads; {last} is that of the
    stream after the last block.
    """
    blocks, volume = form.blocks, form.volume
    last = {"last": blocks[-1] + 1} if blocks else {}
    symbols = {**symbols, **last, **volume.symbols()}
    before = (0, *(block + 1 for block in blocks))
    here = [template for template in templates.tabs if volume.kind in template.tab.volumes]
    for repeat, together in groupby(here, key=lambda template: template.tab.repeat):
        group = list(together)
        if repeat != "block":
            yield from ((template, symbols) for template in group)
            continue
        for number, block in enumerate(blocks):
            if volume.kind == "block" and volume.after != block + 1:
                continue
            for template in group:
                yield template, {**symbols, "block": block, "before": before[number]}


def _scales(tabs: Sequence[tuple[Template, Mapping[str, int]]]) -> dict[str, str]:
    """The range of scales of each range of weights that int8 rounds, on any tab."""
    names = (
        substitute(weight.range_name, symbols)
        for template, symbols in tabs
        for weight in template.tab.weights
        if weight.has_scales
    )
    return {name: name + SCALE for name in names}


def _stage(
    template: Template, symbols: Mapping[str, int], machine: _Machine, before: Sequence[Stage]
) -> Stage:
    tab, form = template.tab, machine.form
    name = substitute(tab.tab, symbols)
    check_tab(name)
    ranges = []
    for entry, known in _heads(tuple(ranges_of(tab)), symbols):
        if (entry.only == "int8" and not form.scaled) or form.volume.kind not in entry.volumes:
            continue
        with located(f"range {substitute(entry.name, known)}"):
            rows = rows_of(entry.each, before, form, symbols.get("H", 0)) if entry.each else ()
            expanded = _range(_of_family(entry, machine.names), tab, known, machine, rows)
            if form.lean and entry.inline:
                machine.inlining.add(expanded.name, expanded.parts[0].formula, entry.rows)
            else:
                ranges.append(_with_guards(expanded))
    scaled = {entry.source.tensor for entry in ranges if isinstance(entry.source, Scale)}
    ranges = [
        _placed(entry, machine.inlining.reader(name, entry.template.below or ""), scaled)
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
            text.model_copy(update={"text": substitute(text.text, symbols)})
            for text in tab.texts
            if form.volume.kind in text.volumes
        ),
        charts=tuple(chart for chart in tab.charts if form.volume.kind in chart.volumes),
        panels=tab.panels,
        widths=tab.widths,
        shows_later_tabs=tab.shows_later_tabs,
    )


def _heads(
    entries: tuple[RangeTemplate, ...], symbols: Mapping[str, int]
) -> Iterator[tuple[RangeTemplate, Mapping[str, int]]]:
    """Each range; ranges in a row that repeat come together, once for every head."""
    for repeat, together in groupby(entries, key=lambda entry: entry.repeat):
        group = list(together)
        for head in range(symbols["H"]) if repeat == "head" else [None]:
            for entry in group:
                yield entry, dict(symbols) if head is None else {**symbols, "head": head}


def _of_family(entry: RangeTemplate, names: Mapping[str, str]) -> RangeTemplate:
    """A range whose formulas have the family's own names for ranges."""
    texts = {field: getattr(entry, field) for field in ("formula", "first", "last", "generated")}
    changes = {field: with_names(text, names) for field, text in texts.items() if text}
    return entry.model_copy(update=changes) if changes else entry


def _with_guards(entry: Range) -> Range:
    """A range whose formulas give 0 in the rows that do not count, where its template says so."""
    if entry.template.rows is None:
        return entry
    own_row = () if entry.fill in ("whole", "column") else OWN_ROW
    rows = Hole(entry.template.rows, own_row)

    def guard(formula: Formula | None) -> Formula | None:
        return None if formula is None else guarded(formula, rows)

    parts = (
        replace(
            part,
            formula=guarded(part.formula, rows),
            first=guard(part.first),
            last=guard(part.last),
            generated=guard(part.generated),
            rows=tuple(guarded(formula, rows) for formula in part.rows),
        )
        for part in entry.parts
    )
    return replace(entry, parts=tuple(parts))


def _placed(entry: Range, below: str, scaled: Collection[str]) -> Range:
    """A range below another or below what has taken that up; scaled tensors are whole numbers."""
    changes: dict[str, str] = {"below": below} if below else {}
    if isinstance(entry.source, Tensor) and entry.source.name in scaled:
        changes["number_format"] = "0"
    return replace(entry, template=entry.template.model_copy(update=changes))


def _range(
    entry: RangeTemplate,
    tab: TabTemplate,
    symbols: Mapping[str, int],
    machine: _Machine,
    each: Sequence[Row] = (),
) -> Range:
    symbols = {**symbols, "each": len(each)} if each else symbols
    name = substitute(entry.name, symbols)
    check_name(name)
    rows, columns = (evaluate(substitute(size, symbols), symbols) for size in entry.shape)
    if rows < 1 or columns < 1:
        raise ShapeError(
            f"shape: expected at least one row and column, got [{rows}, {columns}]",
            "mend the shape, or build with a larger --capacity",
        )
    tab_name = substitute(tab.tab, symbols)

    def formula(text: str) -> Formula:
        return machine.formula(text, entry, tab_name, name)

    parts = tuple(_parts(entry, columns, symbols, formula, each))
    if isinstance(entry.columns, tuple) and len(entry.columns) != columns:
        raise ShapeError(
            f"columns: expected {columns}, one over each, got {len(entry.columns)}",
            'write a word for each column, or columns = "numbers"',
        )
    tolerance = entry.tolerance or (EXACT if entry.role in CONSTANT_ROLES else tab.tolerance)
    return Range(
        name=name,
        template=entry.model_copy(
            update={
                "title": substitute(entry.title, symbols),
                "below": entry.below and substitute(entry.below, symbols),
            }
        ),
        shape=f"[{entry.shape[0]}, {entry.shape[1]}]",
        rows=rows,
        columns=columns,
        parts=parts,
        source=_source(entry, (rows, columns), symbols, each),
        tolerance=tolerance,
    )


def _parts(
    entry: RangeTemplate,
    columns: int,
    symbols: Mapping[str, int],
    formula: Callable[[str], Formula],
    rows: Sequence[Row],
) -> Iterator[Part]:
    """The formulas of a range: one part, or one per head, or one per column."""
    if entry.formula is not None and rows:
        formulas = tuple(formula(_row_text(row, entry.formula, symbols)) for row in rows)
        yield Part(0, columns, formulas[0], None, None, None, formulas)
        return
    if entry.formulas is not None and len(entry.formulas) != columns:
        raise ShapeError(
            f"formulas: expected {columns}, one a column, got {len(entry.formulas)}",
            "write one formula for each column, or a single `formula` for all",
        )
    if entry.formulas is not None:
        texts = list(entry.formulas)
    elif entry.formula is not None:
        texts = [entry.formula] * (symbols["H"] if entry.parts == "head" else 1)
    else:
        return
    each = columns // len(texts)
    for number, text in enumerate(texts):
        known = {**symbols, "head": number} if entry.parts == "head" else symbols

        def read(source: str | None, known: Mapping[str, int] = known) -> Formula | None:
            return None if source is None else formula(substitute(source, known))

        main = read(text)
        assert main is not None
        yield Part(
            number * each, each, main, read(entry.first), read(entry.last), read(entry.generated)
        )


def _row_text(row: Row, text: str, symbols: Mapping[str, int]) -> str:
    """The text of a formula with {each} and the symbols of one row filled in."""
    return substitute(text.replace("{each}", row.text), {**symbols, **row.symbols})


def _source(  # noqa: PLR0911 - one return for each kind of source
    entry: RangeTemplate, shape: tuple[int, int], symbols: Mapping[str, int], rows: Sequence[Row]
) -> Source | None:
    """Where the constants of a range come from; None for formulas."""
    if entry.record is not None:
        return Record(entry.record, tuple(row.name for row in rows))
    if entry.tensor is not None:
        return Tensor(substitute(entry.tensor, symbols))
    if entry.scale_of is not None:
        return Scale(substitute(entry.scale_of, symbols))
    if entry.table is not None:
        return Table(substitute(entry.table, symbols))
    if entry.index is not None:
        return Index(entry.index)
    if entry.values is not None:
        return _values(entry.values, shape)
    if entry.input is not None:
        return Input(entry.input, entry.default)
    if entry.view is not None:
        first_column = evaluate(substitute(entry.first_column, symbols), symbols)
        return View(substitute(entry.view, symbols), first_column)
    return None


def _values(rows: Sequence[Sequence[float | str]], shape: tuple[int, int]) -> Values:
    """The values of a template; raises ShapeError if they don't fill the range."""
    widths = sorted({len(row) for row in rows})
    if len(rows) != shape[0] or widths != [shape[1]]:
        got = " or ".join(map(str, widths)) or "0"
        raise ShapeError(
            f"values: expected {shape[0]} rows of {shape[1]}, got {len(rows)} rows of {got}",
            "write a row for each row of the shape, with a value for each column",
        )
    return Values(tuple(tuple(row) for row in rows))


def _check_unique(stages: list[Stage]) -> None:
    """Nothing, unless two tabs or two ranges bear one name."""
    tabs: dict[str, str] = {}
    ranges: dict[str, str] = {}
    for stage in stages:
        for what, known, name in [("tab", tabs, stage.tab)] + [
            ("range", ranges, r.name) for r in stage.ranges
        ]:
            # Sheet names and defined names are the same to a spreadsheet whatever their case.
            if name.lower() in known:
                raise TemplateError(
                    f"{stage.file}: {what} {name!r}: expected a name of its own, "
                    f"got one that {known[name.lower()]} has too",
                    "give one of the two another name",
                )
            known[name.lower()] = stage.file
