"""Folds: rows and columns that are grouped under a +, so that the first screen shows the point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlgpt2.formula.symbols import evaluate
from xlgpt2.layout.layout import FIRST_ROW, Placed, Plan, TabPlan

#: Columns of new tokens that are not folded: with those of the prompt they fit on a screen.
SHOWN_NEW = 8

#: Columns of an activation that are not folded, if a template doesn't say.
SHOWN_COLUMNS = 8

#: Fewer columns than these are not worth a fold.
_FEWEST = 4


@dataclass(frozen=True)
class Fold:
    """Consecutive rows or columns of a tab, which count from 1."""

    first: int
    last: int


def row_fold(plan: Plan, tab: TabPlan) -> Fold | None:
    """The rows of a tab that only long prompts need; None if all are shown."""
    tokens = {"token_labels", "text_labels"} & {label.range for label in tab.stage.labels}
    if not tokens or plan.shown_rows == plan.prompt_rows:
        return None
    return Fold(FIRST_ROW + plan.shown_rows, FIRST_ROW + plan.prompt_rows - 1)


def column_folds(plan: Plan, tab: TabPlan) -> Iterator[Fold]:
    """The folded columns of a tab, from left to right."""
    for placed in tab.placed:
        if placed.top and not placed.range.view_of and not tab.stage.by_hand:
            yield from _folds(plan, placed)


def _folds(plan: Plan, placed: Placed) -> Iterator[Fold]:
    template, count, left = placed.range.template, placed.range.columns, placed.area.column
    if template.columns == "tokens":
        prompt = plan.prompt_rows
        spans = [(plan.shown_rows, prompt), (prompt + SHOWN_NEW, count)]
    elif template.columns == "numbers" and (template.shown or placed.range.role == "activation"):
        shown = template.shown or SHOWN_COLUMNS
        every = evaluate(template.shown_of, plan.symbols) if template.shown_of else count
        spans = [(start + shown, start + every) for start in range(0, count, every)]
    else:
        return
    for first, stop in spans:
        if stop - first >= _FEWEST:
            yield Fold(left + first, left + stop - 1)
