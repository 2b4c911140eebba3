"""The source of a range's constants, by the field that its template has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.errors import ShapeError
from xlgpt2.formula.symbols import evaluate, substitute
from xlgpt2.stages.sources import Index, Input, Record, Scale, Source, Table, Tensor, Values, View
from xlgpt2.stages.summary_rows import Row
from xlgpt2.stages.templates import RangeTemplate


def source_of(  # noqa: PLR0911 - one return for each kind of source
    entry: RangeTemplate, shape: tuple[int, int], symbols: Mapping[str, int], rows: Sequence[Row]
) -> Source | None:
    """The source of a range's constants; None for formulas."""
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
    if entry.input is not None:
        contents = () if entry.values is None else _values(entry.values, shape).rows
        return Input(entry.input, entry.default, contents)
    if entry.values is not None:
        return _values(entry.values, shape)
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
            f"values: expected {shape[0]} rows of {shape[1]} values, got {len(rows)} rows of {got}",
            "write a row for each row of the shape, with a value for each column",
        )
    return Values(tuple(tuple(row) for row in rows))
