"""The design of a workbook: checkpoint, sizes, templates, variant and plan."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.constants.tables import part_text
from xlgpt2.layout.layout import Plan, plan
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.templates import Templates
from xlgpt2.stages.variant import Variant


@dataclass(frozen=True)
class Design:
    """Everything that determines a workbook before it is written."""

    checkpoint: Checkpoint
    sizes: Sizes
    templates: Templates
    form: Variant
    plan: Plan


def design_of(
    checkpoint: Checkpoint, sizes: Sizes, templates: Templates, variant: Variant | None = None
) -> Design:
    """The design of a workbook of these sizes, by default with all blocks and steps."""
    variant = variant or Variant(tuple(range(sizes.L)))
    return Design(checkpoint, sizes, templates, variant, plan_of(sizes, templates, variant))


def plan_of(
    sizes: Sizes, templates: Templates, variant: Variant | None = None, costly: bool | None = None
) -> Plan:
    """The plan of a workbook of these sizes, by default with all blocks and steps.

    `costly` says whether it has the costly tabs, by default if it does not have too many weights.
    """
    symbols = {**sizes.symbols(), "n_positions": sizes.n_positions}
    variant = variant or Variant(tuple(range(sizes.L)))
    frugal = sizes.frugal if costly is None else not costly
    stages = expand(templates, symbols, variant, frugal)
    return plan(stages, symbols, _notice(variant, sizes))


def _notice(variant: Variant, sizes: Sizes) -> str:
    """The note on every tab of a workbook that is not the whole model."""
    subset = part_text(variant.blocks, sizes.L)
    words = [f"{subset}: not the whole model"] if subset else []
    if variant.part.count > 1:
        words = [f"workbook {variant.part.number} of {variant.part.count}", *words]
    return "   ·   ".join(words)
