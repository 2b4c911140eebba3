"""What a file says of its own making: sizes, blocks, steps and precision, by its named ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2.build import plan_of
from xlgpt2.cells import Area
from xlgpt2.checkpoint.checkpoint import Checkpoint, Precision
from xlgpt2.checkpoint.precision import DTYPES
from xlgpt2.engines.package import read_contents
from xlgpt2.engines.single_cells import read_single_cells
from xlgpt2.errors import WorkbookError
from xlgpt2.layout.layout import Plan
from xlgpt2.prediction import require_ranges
from xlgpt2.sizes import Sizes, sizes_of
from xlgpt2.stages.form import Form
from xlgpt2.stages.templates import Templates

_BLOCK = re.compile(r"h_(\d+)_")


@dataclass(frozen=True)
class Inspected:
    """A file with the checkpoint as the file holds it.

    `left_out` are the ranges of a full workbook that a lean one has no cells for.
    """

    checkpoint: Checkpoint
    sizes: Sizes
    plan: Plan
    left_out: frozenset[str]


def inspect(file: Path, checkpoint: Checkpoint, templates: Templates) -> Inspected:
    """What a file was built as; raises WorkbookError if it is of another model.

    What it says is not trusted: every range that such a workbook has is compared.
    """
    areas = read_contents(file).areas
    sizes = _sizes(areas, checkpoint)
    seen = {int(found[1]) for name in areas if (found := _BLOCK.match(name))}
    blocks = tuple(block for block in range(sizes.L) if block in seen)
    checkpoint = checkpoint.of_blocks(blocks).written_as(_precision(file, areas))
    scaled = checkpoint.precision.scaled
    full = plan_of(sizes, templates, Form(checkpoint.blocks, scaled=scaled))
    lean = plan_of(sizes, templates, Form(checkpoint.blocks, lean=True, scaled=scaled))
    left_out = frozenset(full.places.keys() - lean.places.keys())
    # A lean workbook has none of them; where some are there, the others are missing.
    is_lean = bool(left_out) and left_out.isdisjoint(areas)
    return Inspected(
        checkpoint, sizes, lean if is_lean else full, left_out if is_lean else frozenset()
    )


def _sizes(areas: Mapping[str, Area], checkpoint: Checkpoint) -> Sizes:
    """The sizes of a workbook with these ranges; raises WorkbookError if it is another model's."""
    require_ranges(areas, ("token_ids", "code_point", "prompt", "wte"))
    config = checkpoint.config
    expected = (config.vocab_size, config.n_embd)
    if areas["wte"].shape != expected:
        raise WorkbookError(
            f"workbook: expected wte {list(expected)} as in model {checkpoint.name}, "
            f"got {list(areas['wte'].shape)}",
            "name the checkpoint that the file was built from with --model",
        )
    capacity, max_bytes = areas["token_ids"].rows, areas["code_point"].rows
    return sizes_of(checkpoint, capacity, max_bytes)


def _precision(file: Path, areas: Mapping[str, Area]) -> Precision:
    """How the file says that its weights were rounded; as usual where it says nothing."""
    names = ("weight_dtype", "weight_digits")
    if not all(name in areas for name in names):
        return Precision()
    dtype, digits = read_single_cells(file, [areas[name] for name in names])
    known = next((name for name in DTYPES if name == dtype), None)
    if known is None:
        raise WorkbookError(
            f"workbook: weight_dtype: expected {', '.join(DTYPES)}, got {dtype!r}",
            "build the workbook again",
        )
    return Precision(known, int(digits) if isinstance(digits, float) else None)
