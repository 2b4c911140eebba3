"""Folding: in a lean workbook some steps have no cells, and stand in formulas that read them."""

from __future__ import annotations

import re

from xlgpt2.errors import TemplateError

#: What makes a row past the end of the text 0 at no cost.
_GUARD = ("IF({active[i]}=1,", ",0)")


class Folding:
    """The steps folded so far: the formula of each, and on each tab the range that reads it."""

    def __init__(self) -> None:
        self._formulas: dict[str, str] = {}
        self._read_by: dict[tuple[str, str], str] = {}

    def fold(self, name: str, formula: str) -> None:
        """Takes a range away, whose formula has been `unfolded` itself."""
        self._formulas[name] = formula.strip()

    def unfolded(self, formula: str, tab: str, name: str) -> str:
        """A formula of a range on a tab with the steps that were folded in their places.

        Raises TemplateError where it reads another row of such a step than its own.
        """
        guarded = _inside_guard(formula.strip()) is not None
        for folded, inner in self._formulas.items():
            hole = f"{{{folded}[i]}}"
            if hole in formula:
                bare = _inside_guard(inner) if guarded else None
                formula = formula.replace(hole, f"({inner if bare is None else bare})")
                self._read_by[tab, folded] = name
            if re.search(rf"\{{{folded}[\[}}]", formula):
                raise TemplateError(
                    f"formula: expected {hole}, the row of its own, since "
                    f"{folded} has fold = true, got another part of it",
                    "take fold out of the template of that range",
                )
        return formula

    def reader(self, tab: str, name: str) -> str:
        """The range on a tab that a folded one has gone into, or the range itself."""
        while (tab, name) in self._read_by:
            name = self._read_by[tab, name]
        return name


def _inside_guard(formula: str) -> str | None:
    """What a formula computes for rows of the text, if it is 0 for others."""
    start, end = _GUARD
    if not (formula.startswith(start) and formula.endswith(end)):
        return None
    return formula[len(start) : -len(end)]
