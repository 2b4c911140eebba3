"""Rows of tables that summarize a workbook: one for each weight, block, head, tab or exercise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlgpt2.stages.exercises import ExerciseNames
from xlgpt2.stages.sources import Scale, Tensor
from xlgpt2.stages.stages import Stage
from xlgpt2.stages.templates import TabTemplate
from xlgpt2.stages.variant import Variant


@dataclass(frozen=True)
class Row:
    """One row: its name, the text of {each} in its formula, and further symbols."""

    name: str
    text: str
    symbols: Mapping[str, int]


def rows_of(kind: str, stages: Sequence[Stage], variant: Variant, heads: int) -> tuple[Row, ...]:
    """The rows of a range with this `each`, for the stages before its own.

    For a weight {each} is its range; for a tab all its ranges with formulas, with commas between,
    single cells by their lengths: they may be texts, and IronCalc's SUM rejects such names. A head
    has the symbols {block} and {head}, a block {block} and {before}, the stream that it reads, and
    a stream, before all blocks and after each, {stream}. Tabs that show results of later ones are
    omitted: those may depend on these rows.
    """
    if kind == "head":
        return tuple(
            Row(f"h{block} head {head}", "", {"block": block, "head": head})
            for block in variant.blocks
            for head in range(heads)
        )
    streams = (0, *(block + 1 for block in variant.blocks))
    if kind == "block":
        return tuple(
            Row(f"h{block}", "", {"block": block, "before": before})
            for before, block in zip(streams, variant.blocks, strict=False)
        )
    if kind == "stream":
        names = ("before block 0", *(f"after block {block}" for block in variant.blocks))
        return tuple(
            Row(name, "", {"stream": stream}) for name, stream in zip(names, streams, strict=True)
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


def exercise_rows(kind: str, tabs: Iterable[TabTemplate]) -> tuple[Row, ...]:
    """A row for each exercise of a workbook: {each} is its verdict.

    With the kind "your_turn" it is the verdict on the reader's formula, or an empty text.
    """
    rows = []
    for tab in tabs:
        if tab.exercise is not None and tab.lesson is not None:
            names = ExerciseNames(tab.lesson)
            text = f"{{{names.verdict}}}"
            if kind == "your_turn":
                text = f"{{{names.own_verdict}}}" if tab.your_turn else '""'
            rows.append(Row(tab.lesson, text, {}))
    return tuple(rows)


def turn_rows(loop: str, turns: int) -> tuple[Row, ...]:
    """A row for each turn of a tab's loop, whose name is the symbol of its number."""
    return tuple(Row(f"{loop} {turn}", "", {loop: turn}) for turn in range(turns))


def _computed(stage: Stage) -> list[str]:
    """The ranges of a tab whose cells hold formulas, as SUM takes them."""
    return [
        f"LEN({{{entry.name}}})" if (entry.rows, entry.columns) == (1, 1) else f"{{{entry.name}}}"
        for entry in stage.ranges
        if entry.parts
    ]
