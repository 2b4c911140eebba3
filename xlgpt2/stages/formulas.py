"""The formulas of a range: those of its template, and what is added to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xlgpt2.errors import ShapeError
from xlgpt2.formula.dialect import check_dialect
from xlgpt2.formula.rewriting import OWN_ROW, guarded, with_scales
from xlgpt2.formula.symbols import substitute
from xlgpt2.formula.tree import Formula, Hole, parse
from xlgpt2.stages.inlining import Inlining
from xlgpt2.stages.stages import Part, Range
from xlgpt2.stages.summary_rows import Row
from xlgpt2.stages.templates import RangeTemplate, Template
from xlgpt2.stages.variant import Variant
from xlgpt2.stages.weights import SCALE


@dataclass(frozen=True)
class FormulaContext:
    """What changes formulas besides sizes: inlined steps and scaled weights.

    `scales` names the range of scales of each range of int8 weights.
    """

    variant: Variant
    inlining: Inlining
    scales: Mapping[str, str]

    def formula(self, text: str, entry: RangeTemplate, tab: str, name: str) -> Formula:
        """A formula of a template, its symbols filled in, as the workbook has it."""
        formula = parse(text)
        check_dialect(formula, entry.fill != "cell")
        if entry.each not in ("weight", "tab"):  # those count and add what the cells hold
            formula = with_scales(formula, self.scales)
        return self.inlining.apply(formula, entry.rows, tab, name)


def scale_ranges(tabs: Sequence[tuple[Template, Mapping[str, int]]]) -> dict[str, str]:
    """The range of scales of each range of weights that int8 rounds, on any tab."""
    names = (
        substitute(weight.range_name, symbols)
        for template, symbols in tabs
        for weight in template.tab.weights
        if weight.has_scales
    )
    return {name: name + SCALE for name in names}


def with_guards(entry: Range) -> Range:
    """A range whose formulas give 0 in inactive rows, if its template names a range for them."""
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


def parts_of(
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
            f"formulas: expected {columns}, one per column, got {len(entry.formulas)}",
            "write one formula for each column, or a single `formula` for all columns",
        )
    if entry.formulas is not None:
        texts = list(entry.formulas)
    elif entry.formula is not None:
        texts = [entry.formula] * (symbols["H"] if entry.parts == "head" else 1)
    else:
        return
    each = columns // len(texts)
    for number, text in enumerate(texts):
        part_symbols = {**symbols, "head": number} if entry.parts == "head" else symbols

        def read(
            source: str | None, part_symbols: Mapping[str, int] = part_symbols
        ) -> Formula | None:
            return None if source is None else formula(substitute(source, part_symbols))

        main, left = read(text), read(entry.left)
        assert main is not None
        if left is not None:
            yield Part(0, 1, left, None, None, None)
            yield Part(1, each - 1, main, None, read(entry.last), read(entry.generated))
            return
        yield Part(
            number * each, each, main, read(entry.first), read(entry.last), read(entry.generated)
        )


def _row_text(row: Row, text: str, symbols: Mapping[str, int]) -> str:
    """The text of a formula with {each} and the symbols of one row filled in."""
    return substitute(text.replace("{each}", row.text), {**symbols, **row.symbols})
