"""Targets: everything in a workbook that a fault can be in, by what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlgpt2.cells.address import Area
from xlgpt2.designs.design import Design
from xlgpt2.layout.formula_cells import formula_groups
from xlgpt2.layout.labels import labels
from xlgpt2.layout.layout import Placed
from xlgpt2.stages.sources import Index, Record, Scale, Table, Tensor, Values


@dataclass(frozen=True)
class Template:
    """A formula of a range of a template file; `field` is its key in the file."""

    file: str
    range: str
    field: str


@dataclass(frozen=True)
class TemplateCells:
    """The cells of a tab that have a formula of a template."""

    template: Template
    placed: Placed
    areas: tuple[Area, ...]

    @property
    def tab(self) -> str:
        """The name of the tab."""
        return self.placed.area.sheet


def templates(design: Design) -> dict[Template, list[TemplateCells]]:
    """Every formula of every template, with its cells tab by tab."""
    groups: dict[Template, list[TemplateCells]] = {}
    prompt_rows = design.sizes.T
    for tab in design.plan.tabs:
        for placed in tab.placed:
            columns = placed.range.template.formulas is not None
            for cells in formula_groups(placed, prompt_rows):
                field = f"formulas[{cells.part}]" if columns else cells.field
                template = Template(tab.stage.file, placed.range.template.name, field)
                group = TemplateCells(template, placed, tuple(cells.areas))
                groups.setdefault(template, []).append(group)
    return groups


def tensors(design: Design) -> list[Placed]:
    """Every range of weights."""
    return [placed for placed in _all(design) if isinstance(placed.range.source, Tensor | Scale)]


def tables(design: Design) -> list[Placed]:
    """Every other range of constants: vocabulary, merges, sizes, numbers."""
    kinds = (Table, Index, Values, Record)
    return [placed for placed in _all(design) if isinstance(placed.range.source, kinds)]


def labelled(design: Design) -> list[Area]:
    """Every row and column of labels."""
    return [label.area for tab in design.plan.tabs for label in labels(design.plan, tab)]


def _all(design: Design) -> Iterator[Placed]:
    yield from design.plan.places.values()
