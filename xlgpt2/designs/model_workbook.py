"""The design of a model's workbook, from a checkpoint and the build options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlgpt2.checkpoint.checkpoint import Model, Precision, load_checkpoint
from xlgpt2.constants.sizes import MOST_NUMBERS_IN_FULL, sizes_of
from xlgpt2.designs.design import Design, design_of
from xlgpt2.designs.options import Options
from xlgpt2.errors import LimitError
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.stages.template_files import load_templates
from xlgpt2.stages.variant import Variant


def design(
    model: Model = None,
    capacity: int | None = None,
    max_bytes: int | None = None,
    templates: str | Path | None = None,
    revision: str | None = None,
    precision: Precision | None = None,
    blocks: Sequence[int] | None = None,
    lean: bool | None = None,
    split: bool = False,
    new_tokens: int | None = None,
) -> Design:
    """The design of a model's workbook; raises CheckpointError, TemplateError or LimitError.

    The model is a folder or the id of one of the hub, of which `revision` names a branch, tag
    or commit; by default it is the shipped one. `blocks` are those that it keeps (None: all).
    A lean workbook has cells for fewer steps (None: if it would have very many cells). With
    `split` a file has at most one block, on which the default sizes depend; see build_split.
    """
    precision = precision or Precision()
    options = Options(
        capacity=capacity,
        max_bytes=max_bytes,
        new_tokens=new_tokens,
        dtype=precision.dtype,
        digits=precision.digits,
        blocks=None if blocks is None else tuple(blocks),
        lean=lean,
        split=split,
    )
    return design_with(model, options, templates, revision)


@collection_paused()
def design_with(
    model: Model,
    options: Options,
    templates: str | Path | None = None,
    revision: str | None = None,
) -> Design:
    """The design of a model's workbook with these options; raises what `design` raises."""
    checkpoint = load_checkpoint(model, revision).written_as(options.precision)
    if options.blocks is not None:
        checkpoint = checkpoint.of_blocks(options.blocks)
    if options.split and (options.new_tokens or 0) > 1:
        raise LimitError(
            f"new_tokens: expected at most 1 in a split model, got {options.new_tokens}",
            "omit --new-tokens: each token would have to pass through all workbooks again",
        )
    blocks_a_file = 1 if options.split else len(checkpoint.blocks)
    new_tokens = 1 if options.split else options.new_tokens
    sizes = sizes_of(checkpoint, options.capacity, options.max_bytes, blocks_a_file, new_tokens)
    loaded = load_templates(templates, checkpoint.family.name)
    lean = options.lean
    if lean is None:
        lean = sizes.capacity * blocks_a_file * sizes.n_embd > MOST_NUMBERS_IN_FULL
    variant = Variant(checkpoint.blocks, lean, checkpoint.precision.scaled)
    return design_of(checkpoint, sizes, loaded, variant)
