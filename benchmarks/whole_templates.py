"""The shipped templates with one array formula per activation instead of one per row."""

from __future__ import annotations

from dataclasses import replace

from xlgpt2.stages.templates import RangeTemplate, Template, Templates

#: Functions that return one number, or one row, for any array: formulas with them (the softmax of
#: a row, the lookup of an embedding) stay one per row.
_BY_ROW = ("INDEX(", "MAX(")

#: Added to the scores of later tokens, so that exp gives 0.
_FUTURE = "+({position}<TRANSPOSE({position}))*-1000000000"


def in_whole_matrices(templates: Templates) -> Templates:
    """The same templates with formulas for whole matrices."""
    return replace(templates, tabs=tuple(_tab(template) for template in templates.tabs))


def _tab(template: Template) -> Template:
    ranges = tuple(_range(entry) for entry in template.tab.ranges)
    return replace(template, tab=template.tab.model_copy(update={"ranges": ranges}))


def _range(entry: RangeTemplate) -> RangeTemplate:
    """A range's template; scores get a mask, as references no longer exclude later tokens."""
    if entry.fill != "row" or entry.formula is None or entry.shape[1] == "1":
        return entry  # one formula per cell, even if it is an array formula
    if any(function in entry.formula for function in _BY_ROW):
        return entry.model_copy(update={"triangle": None})
    formula = entry.formula.replace("[i]}", "}").replace("[:i+1]}", "}")
    if entry.triangle is not None:
        formula += _FUTURE
    changed = {"fill": "whole", "formula": formula, "triangle": None}
    return entry.model_copy(update=changed)
