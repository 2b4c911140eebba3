"""Precedents: the cells that the formula of a cell reads, by the plan."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.cells.address import Area
from xlgpt2.formula.tree import Formula, Hole
from xlgpt2.layout.formula_cells import bound_formulas, filled_area, formula_for
from xlgpt2.layout.holes import Pieces, own_label
from xlgpt2.layout.layout import Plan
from xlgpt2.layout.references import Reference
from xlgpt2.stages.stages import Part


class Precedents:
    """What the cells of one range read."""

    def __init__(self, plan: Plan, name: str) -> None:
        self._plan, self._placed = plan, plan.places[name]
        self._tab = next(tab for tab in plan.tabs if tab.name == self._placed.area.sheet)
        self._bound: dict[int, dict[int, Pieces]] = {}

    def of(self, i: int, j: int) -> Iterator[Area]:
        """The areas that the cell in row i, column j depends on; none without a formula."""
        target, area = self._placed.range, self._placed.area
        for part in target.parts:
            # One formula may fill a whole range, a column or a row: it is that of their first cell.
            cells = filled_area(self._placed, part, i, j)
            if cells is None:
                continue
            top, left = cells.row - area.row, cells.column - area.column
            formula = formula_for(part, target, top, self._plan.prompt_rows)
            for piece in self._pieces(part, formula):
                if isinstance(piece, Reference):
                    yield piece.target(top, left)
                elif isinstance(piece, Hole):
                    yield own_label(piece, cells, self._placed)

    def _pieces(self, part: Part, formula: Formula) -> Pieces:
        if id(part) not in self._bound:
            self._bound[id(part)] = bound_formulas(self._plan, self._tab, self._placed, part)
        return self._bound[id(part)][id(formula)]
