"""Building: from a checkpoint and templates to a plan, and from the plan to a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlgpt2.cells import MOST_CHARACTERS, Cells, half_character, length_in_cell
from xlgpt2.checkpoint.cell_tensors import SCALE, CellTensor
from xlgpt2.checkpoint.checkpoint import (
    Checkpoint,
    Model,
    Precision,
    cell_name,
    load_checkpoint,
)
from xlgpt2.columns import Value, column, single
from xlgpt2.errors import LimitError, PromptError, UnknownNameError
from xlgpt2.layout.layout import Plan, plan
from xlgpt2.progress import Progress, silent
from xlgpt2.provenance import provenance
from xlgpt2.records import recorded
from xlgpt2.sizes import MOST_NUMBERS_IN_FULL, Sizes, sizes_of
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.form import Form
from xlgpt2.stages.stages import Range
from xlgpt2.stages.templates import Templates, load_templates, shipped_templates
from xlgpt2.tables import TABLES, part_text, table
from xlgpt2.workbook.writer import AS_USUAL, Summary, Writing, write_workbook

#: What the shipped model answers " quickly" to.
DEFAULT_PROMPT = "Mike is quick. He moves"

#: How a new workbook chooses tokens: the most likely one, until somebody types a temperature.
CONTROLS: Mapping[str, float] = {"temperature": 0, "top_k": 0, "top_p": 1, "seed": 1, "score": 0}


@dataclass(frozen=True)
class Design:
    """All that is decided before anything is written."""

    checkpoint: Checkpoint
    sizes: Sizes
    templates: Templates
    form: Form
    plan: Plan


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
    """The workbook of a model on paper; raises CheckpointError, TemplateError or LimitError.

    The model is a folder or the id of one of the hub, of which `revision` names a branch, tag
    or commit; by default it is the shipped one. `blocks` are those that it keeps (None: all).
    A lean workbook gives cells to fewer steps (None: where it would have very many cells). With
    `split` a file has one block at most, which counts where sizes are chosen; see xlgpt2.split.
    """
    checkpoint = load_checkpoint(model, revision).written_as(precision or Precision())
    if blocks is not None:
        checkpoint = checkpoint.of_blocks(blocks)
    blocks_a_file = 1 if split else len(checkpoint.blocks)
    if split and (new_tokens or 0) > 1:
        raise LimitError(
            f"new_tokens: expected at most 1 in a split model, got {new_tokens}",
            "leave out --new-tokens: each token would have to go through all workbooks again",
        )
    sizes = sizes_of(checkpoint, capacity, max_bytes, blocks_a_file, 1 if split else new_tokens)
    read = load_templates(Path(templates) if templates else shipped_templates())
    if lean is None:
        lean = sizes.capacity * blocks_a_file * sizes.n_embd > MOST_NUMBERS_IN_FULL
    form = Form(checkpoint.blocks, lean, checkpoint.precision.scaled)
    return design_of(checkpoint, sizes, read, form)


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


def build(
    decided: Design,
    path: str | Path | None = None,
    prompt: str = DEFAULT_PROMPT,
    progress: Progress = silent,
    writing: Writing = AS_USUAL,
) -> Summary:
    """The workbook in a file, by default output/<model>.xlsx.

    Raises LimitError and PromptError for a prompt that no cell can hold, and WorkbookError.
    """
    if (length := length_in_cell(prompt)) > MOST_CHARACTERS:
        raise LimitError(
            f"prompt: expected at most {MOST_CHARACTERS:,} characters, which is what a cell "
            f"holds, got {length:,}",
            "shorten the prompt",
        )
    if (half := half_character(prompt)) is not None:
        raise PromptError(
            f"prompt: expected whole characters, got half of one, {half!r}",
            "give a text in the encoding of the terminal, such as UTF-8",
        )
    said = provenance(decided.sizes, decided.checkpoint.precision, decided.form, decided.templates)
    return write_workbook(
        decided.plan,
        decided.templates.palette,
        lambda target: _constants(target, decided, prompt, said),
        lambda name: _table(name, decided.checkpoint, said),
        Path(path or Path("output") / f"{decided.checkpoint.name}.xlsx"),
        writing,
        progress,
    )


def _constants(
    target: Range, decided: Design, prompt: str, said: Mapping[str, str]
) -> Cells | CellTensor:
    """The cells of a range that holds no formulas."""
    source, checkpoint = target.source, decided.checkpoint
    assert source is not None, target.name
    if source.kind in ("tensor", "scale"):
        return _tensor(source.name, target, checkpoint)
    if source.kind == "table":
        return _table(source.name, checkpoint, said)
    if source.kind == "record":
        return recorded(source.name, source.of, checkpoint.cell_tensors)
    if source.kind == "index":
        return column(range(source.start, source.start + target.rows))
    typed: dict[str, Value] = {
        **CONTROLS,
        "sampling_number": 1,
        "prompt": prompt,
        "new_tokens": decided.sizes.asked,
    }
    if source.name in typed:
        return single(typed[source.name])
    return np.full((target.rows, target.columns), "", dtype=object)  # to be pasted into


def _tensor(name: str, target: Range, checkpoint: Checkpoint) -> CellTensor:
    if name not in checkpoint.tensors:
        raise UnknownNameError(
            f"tensor: expected one that {checkpoint.name} has, got {name!r}",
            f"it has {', '.join(list(checkpoint.tensors)[:4])} and so on",
        )
    scale = SCALE if target.source is not None and target.source.kind == "scale" else ""
    return checkpoint.cell_tensors[cell_name(name) + scale]


def _table(name: str, checkpoint: Checkpoint, said: Mapping[str, str]) -> Cells:
    if name in said:
        return single(said[name])
    if name not in TABLES:
        raise UnknownNameError(
            f"table: expected the name of one that the checkpoint gives, got {name!r}",
            f"the tables are {', '.join([*TABLES, *said])}",
        )
    return table(name, checkpoint)
