"""A token's row depends only on the rows above it, so that one more token computes one more row."""

from collections.abc import Iterator

import pytest

from tests.random_models import write_random_model
from xlgpt2.cells.address import Area
from xlgpt2.designs.model_workbook import design
from xlgpt2.layout.layout import Plan
from xlgpt2.layout.precedents import Precedents

CAPACITY, NEW_TOKENS = 5, 3


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    """A workbook's plan."""
    folder = write_random_model(tmp_path_factory.mktemp("rows"))
    return design(folder, capacity=CAPACITY, max_bytes=11, new_tokens=NEW_TOKENS).plan


@pytest.mark.parametrize("row", range(CAPACITY + NEW_TOKENS - 1))
def test_a_row_depends_on_its_own_id_and_those_above(plan, row):
    """Otherwise programs would recompute all rows for one more token."""
    assert _ids_read(plan, "ln_f", row) == set(range(row + 1))


def _ids_read(plan: Plan, name: str, row: int) -> set[int]:
    """The rows of the token ids that a row of a range depends on, directly or indirectly."""
    precedents: dict[str, Precedents] = {}
    visited, waiting = set(), [(name, row, 0)]
    while waiting:
        cell = waiting.pop()
        if cell in visited:
            continue
        visited.add(cell)
        name, i, j = cell
        if name == "token_ids":
            continue  # an input
        if name not in precedents:
            precedents[name] = Precedents(plan, name)
        for area in precedents[name].of(i, j):
            waiting += _first_cells(plan, area)
    return {i for name, i, _ in visited if name == "token_ids"}


def _first_cells(plan: Plan, area: Area) -> Iterator[tuple[str, int, int]]:
    """The first cell of each row of each range in an area: name, row and column."""
    for name, placed in plan.places.items():
        whole = placed.area
        if whole.overlaps(area):
            top, left = area.row - whole.row, max(0, area.column - whole.column)
            rows = range(max(0, top), min(whole.rows, top + area.rows))
            yield from ((name, i, left) for i in rows)
