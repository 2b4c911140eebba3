"""Inlining: in a lean workbook some steps have no cells; formulas that read them contain them."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlgpt2.formula.rewriting import OWN_ROW, guarded, with_steps
from xlgpt2.formula.tree import Formula, Hole, Node


@dataclass(frozen=True)
class _Step:
    """A step without cells: its formula, and the range that says which of its rows are active."""

    formula: Formula
    rows: str | None

    def tree_in(self, rows: str | None) -> Node:
        """Its tree inside a formula guarded by `rows`, with its own guard if that differs."""
        if self.rows is None or self.rows == rows:
            return self.formula.tree
        return guarded(self.formula, Hole(self.rows, OWN_ROW)).tree


@dataclass
class Inlining:
    """The steps inlined so far, and the range of each tab that contains each."""

    _steps: dict[str, _Step] = field(default_factory=dict)
    _read_by: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, name: str, formula: Formula, rows: str | None) -> None:
        """Add a range without cells; its formula already contains the steps before it."""
        self._steps[name] = _Step(formula, rows)

    def apply(self, formula: Formula, rows: str | None, tab: str, name: str) -> Formula:
        """A formula of the range `name` on a tab with the steps that it reads inlined.

        Raises TemplateError if the formula reads another row of a step than its own.
        """
        steps: dict[str, Node] = {}
        for hole in formula.holes:
            step = self._steps.get(hole.name)
            if step is not None:
                steps[hole.name] = step.tree_in(rows)
                self._read_by[tab, hole.name] = name
        return with_steps(formula, steps) if steps else formula

    def reader(self, tab: str, name: str) -> str:
        """The range on a tab that contains an inlined one, or the range itself."""
        while (tab, name) in self._read_by:
            name = self._read_by[tab, name]
        return name
