"""Inputs that override cells of a grid during a computation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.plan import CalculationPlan, owners_of
from xlgpt2.engines.inputs import Override, partial_array_error


@contextmanager
def overridden(plan: CalculationPlan, overrides: Sequence[Override]) -> Iterator[set[int]]:
    """Override cells until the context ends; yields the numbers of the formulas replaced.

    Raises PromptError if only a part of an array formula would be overridden.
    """
    places: dict[int, float | str] = {}
    for override in overrides:
        in_area = plan.grid.area(override.area).places().ravel().tolist()
        places.update(zip(in_area, (v for row in override.rows for v in row), strict=True))
    replaced = set(owners_of(plan.owners, places))
    for number in replaced:
        _check_whole(plan.formulas[number].area, plan, places)
    saved = plan.grid.saved(places)
    for place, value in places.items():
        plan.grid.put(place, value)
    try:
        yield replaced
    finally:
        plan.grid.restore(saved)


def _check_whole(area: Area, plan: CalculationPlan, places: dict[int, float | str]) -> None:
    """Raise PromptError if only a part of a formula's area is overridden."""
    cells = plan.grid.area(area).places()
    is_overridden = [place in places for place in cells.ravel().tolist()]
    if not all(is_overridden):
        i, j = divmod(is_overridden.index(True), area.columns)
        raise partial_array_error(Area(area.sheet, area.row + i, area.column + j, 1, 1), area)
