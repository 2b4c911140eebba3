"""The shipped templates with one array formula for a whole activation instead of one a row."""

from __future__ import annotations

from dataclasses import replace

from xlgpt2.stages.templates import RangeTemplate, Template, Templates

#: Functions that give one number, or one row, of whatever they get: with them every row keeps a
#: formula of its own. These are the softmax of a row, and the look-up of an embedding.
_BY_ROW = ("INDEX(", "MAX(")

#: Added to the scores of tokens that come later; exp makes 0 of it.
_FUTURE = "+({position}<TRANSPOSE({position}))*-1000000000"


def in_whole_matrices(templates: Templates) -> Templates:
    """Templates that compute the same with formulas for whole matrices."""
    return replace(templates, tabs=tuple(_tab(template) for template in templates.tabs))


def _tab(template: Template) -> Template:
    ranges = tuple(_range(entry) for entry in template.tab.ranges)
    return replace(template, tab=template.tab.model_copy(update={"ranges": ranges}))


def _range(entry: RangeTemplate) -> RangeTemplate:
    """A range's template; scores get a mask, since no reference leaves the future out any more."""
    if entry.fill != "row" or entry.formula is None or entry.shape[1] == "1":
        return entry  # a formula a cell, also where it is an array formula
    if any(function in entry.formula for function in _BY_ROW):
        return entry.model_copy(update={"triangle": None})
    formula = entry.formula.replace("[i]}", "}").replace("[:i+1]}", "}")
    if entry.triangle is not None:
        formula += _FUTURE
    changed = {"fill": "whole", "formula": formula, "triangle": None}
    return entry.model_copy(update=changed)
