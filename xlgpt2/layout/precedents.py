"""Precedents: the cells that the formula of a cell reads, as the plan has it."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.cells import Area
from xlgpt2.layout.formula_cells import bind, formula_for, own_label
from xlgpt2.layout.layout import Plan
from xlgpt2.layout.references import Reference
from xlgpt2.stages.formula import Formula, Hole

_Pieces = tuple[str | Hole | Reference, ...]


class Precedents:
    """What the cells of one range read."""

    def __init__(self, plan: Plan, name: str) -> None:
        self._plan, self._placed = plan, plan.places[name]
        self._tab = next(tab for tab in plan.tabs if tab.name == self._placed.area.sheet)
        self._bound: dict[int, _Pieces] = {}

    def of(self, i: int, j: int) -> Iterator[Area]:
        """The areas that the cell in row i, column j is made from; none for one without formula."""
        target, area = self._placed.range, self._placed.area
        # One formula may fill a whole range, a column or a row: it is that of their first cell.
        top = 0 if target.fill in ("whole", "column") else i
        for part in target.parts:
            if not part.first_column <= j < min(part.first_column + part.columns, target.width(i)):
                continue
            left = part.first_column if target.fill in ("whole", "row") else j
            cell = Area(area.sheet, area.row + top, area.column + left, 1, 1)
            formula = formula_for(part, target, top, self._plan.symbols["T"])
            for piece in self._pieces(formula):
                if isinstance(piece, Reference):
                    yield piece.target(top, left)
                elif isinstance(piece, Hole):
                    yield own_label(piece, cell)

    def _pieces(self, formula: Formula) -> _Pieces:
        if id(formula) not in self._bound:
            self._bound[id(formula)] = bind(self._plan, self._tab, self._placed, formula)
        return self._bound[id(formula)]
