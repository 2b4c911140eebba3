"""Rows for each of something: of weights, heads or tabs, for tables that sum up a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlgpt2.stages.sources import Scale, Tensor
from xlgpt2.stages.stages import Stage
from xlgpt2.stages.variant import Variant


@dataclass(frozen=True)
class Row:
    """One row: what it is of, what {each} stands for in its formula, and further symbols."""

    name: str
    text: str
    symbols: Mapping[str, int]


def rows_of(kind: str, stages: Sequence[Stage], variant: Variant, heads: int) -> tuple[Row, ...]:
    """The rows that a range with this `each` has: of the stages that come before its own.

    For a weight {each} is its range; for a tab all ranges with formulas on it, with commas, single
    cells by their lengths: they may be texts, and SUM refuses such names in IronCalc. A head has
    the symbols {block} and {head}. Tabs that show again what later ones make are left out: they
    may show what is made of these rows.
    """
    if kind == "head":
        return tuple(
            Row(f"h{block} head {head}", "", {"block": block, "head": head})
            for block in variant.blocks
            for head in range(heads)
        )
    if kind == "weight":
        return tuple(
            Row(entry.name, f"{{{entry.name}}}", {})
            for stage in stages
            for entry in stage.ranges
            if isinstance(entry.source, (Tensor, Scale))
        )
    return tuple(
        Row(stage.tab, ",".join(computed), {})
        for stage in stages
        if (computed := _computed(stage)) and not stage.shows_later_tabs
    )


def _computed(stage: Stage) -> list[str]:
    """The ranges of a tab whose cells hold formulas, as SUM takes them."""
    return [
        f"LEN({{{entry.name}}})" if (entry.rows, entry.columns) == (1, 1) else f"{{{entry.name}}}"
        for entry in stage.ranges
        if entry.parts
    ]
