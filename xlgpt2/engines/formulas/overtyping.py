"""Inputs typed over cells of a grid, and taken back when they have been computed with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.plan import Plan, owners_of
from xlgpt2.engines.inputs import Typed, part_of_array


@contextmanager
def typed_over(plan: Plan, blocks: Sequence[Typed]) -> Iterator[set[int]]:
    """Type values over cells for a while; gives the numbers of the formulas that they replace.

    Raises PromptError where an array formula would be replaced in part.
    """
    places: dict[int, float | str] = {}
    for block in blocks:
        here = plan.grid.block(block.area).places().ravel().tolist()
        places.update(zip(here, (v for row in block.rows for v in row), strict=True))
    replaced = set(owners_of(plan.owners, places))
    for number in replaced:
        _check(plan.formulas[number].area, plan, places)
    kept = plan.grid.kept(places)
    for place, value in places.items():
        plan.grid.put(place, value)
    try:
        yield replaced
    finally:
        plan.grid.bring_back(kept)


def _check(area: Area, plan: Plan, places: dict[int, float | str]) -> None:
    """Refuse to type over a part of what one formula fills."""
    cells = plan.grid.block(area).places()
    covered = [place in places for place in cells.ravel().tolist()]
    if not all(covered):
        i, j = divmod(covered.index(True), area.columns)
        raise part_of_array(Area(area.sheet, area.row + i, area.column + j, 1, 1), area)
