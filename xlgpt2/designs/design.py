"""A workbook on paper: checkpoint, sizes, templates, variant and plan."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.constants.tables import part_text
from xlgpt2.layout.layout import Plan, plan
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.templates import Templates
from xlgpt2.stages.variant import Form


@dataclass(frozen=True)
class Design:
    """All that is decided before anything is written."""

    checkpoint: Checkpoint
    sizes: Sizes
    templates: Templates
    form: Form
    plan: Plan


def design_of(
    checkpoint: Checkpoint, sizes: Sizes, templates: Templates, form: Form | None = None
) -> Design:
    """The workbook of these sizes on paper, by default with all blocks and steps."""
    form = form or Form(tuple(range(sizes.L)))
    return Design(checkpoint, sizes, templates, form, plan_of(sizes, templates, form))


def plan_of(sizes: Sizes, templates: Templates, form: Form | None = None) -> Plan:
    """The plan of a workbook of these sizes, by default with all blocks and steps."""
    symbols = {**sizes.symbols(), "n_positions": sizes.n_positions}
    form = form or Form(tuple(range(sizes.L)))
    return plan(expand(templates, symbols, form), symbols, _notice(form, sizes))


def _notice(form: Form, sizes: Sizes) -> str:
    """What every tab says of a workbook that is not the whole model."""
    said = part_text(form.blocks, sizes.L)
    words = [f"{said}: not the whole model"] if said else []
    if form.volume.count > 1:
        words = [f"workbook {form.volume.number} of {form.volume.count}", *words]
    return "   ·   ".join(words)
