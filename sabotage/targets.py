"""Targets: everything of a workbook that a fault can be in, sorted by what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlgpt2.cells.address import Area
from xlgpt2.designs.design import Design
from xlgpt2.layout.formula_cells import alike
from xlgpt2.layout.labels import labels
from xlgpt2.layout.layout import Placed
from xlgpt2.stages.sources import Index, Record, Scale, Table, Tensor, Values


@dataclass(frozen=True)
class Template:
    """One formula of one range of one template file: `field` says which, as the file does."""

    file: str
    range: str
    field: str


@dataclass(frozen=True)
class Written:
    """The cells of one tab that have a formula of a template."""

    template: Template
    placed: Placed
    areas: tuple[Area, ...]

    @property
    def tab(self) -> str:
        """The tab it stands on."""
        return self.placed.area.sheet


def templates(design: Design) -> dict[Template, list[Written]]:
    """Every formula of every template, with the places where it was written: block by block."""
    found: dict[Template, list[Written]] = {}
    prompt_rows = design.sizes.T
    for tab in design.plan.tabs:
        for placed in tab.placed:
            columns = placed.range.template.formulas is not None
            for group in alike(placed, prompt_rows):
                field = f"formulas[{group.part}]" if columns else group.field
                template = Template(tab.stage.file, placed.range.template.name, field)
                written = Written(template, placed, tuple(group.areas))
                found.setdefault(template, []).append(written)
    return found


def tensors(design: Design) -> list[Placed]:
    """Every range of weights."""
    return [placed for placed in _all(design) if isinstance(placed.range.source, Tensor | Scale)]


def tables(design: Design) -> list[Placed]:
    """Every other range of constants: vocabulary, merges, sizes, numbers."""
    kinds = (Table, Index, Values, Record)
    return [placed for placed in _all(design) if isinstance(placed.range.source, kinds)]


def labelled(design: Design) -> list[Area]:
    """Every row and column of labels."""
    return [found.area for tab in design.plan.tabs for found in labels(design.plan, tab)]


def _all(design: Design) -> Iterator[Placed]:
    yield from design.plan.places.values()
