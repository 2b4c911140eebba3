"""How files were built: sizes, blocks, steps and precision, from their named ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlgpt2.cells.address import Area
from xlgpt2.checkpoint.checkpoint import Checkpoint, Precision
from xlgpt2.checkpoint.precision import DTYPES
from xlgpt2.constants.sizes import Sizes, sizes_of
from xlgpt2.constants.tables import blocks_text
from xlgpt2.designs.design import plan_of
from xlgpt2.errors import WorkbookError
from xlgpt2.layout.labels import Labels, labels
from xlgpt2.layout.layout import Plan
from xlgpt2.stages.templates import Templates
from xlgpt2.stages.variant import (
    WHOLE,
    Variant,
    split_parts,
)
from xlgpt2.xlsx.package import require_ranges
from xlgpt2.xlsx.reading.workbook import Workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells


@dataclass(frozen=True)
class InspectedFile:
    """A workbook with its plan; `variant.part` says which one of a split model it is.

    `left_out` are ranges of a full workbook that it has no cells for.
    """

    workbook: Workbook
    variant: Variant
    plan: Plan
    left_out: frozenset[str]

    @cached_property
    def labels(self) -> list[Labels]:
        """The labels of its tabs that are placed as in the plan."""
        return [
            label
            for tab in self.plan.tabs
            if all(self.workbook.areas.get(p.range.name) == p.area for p in tab.placed)
            for label in labels(self.plan, tab)
        ]


@dataclass(frozen=True)
class Inspected:
    """One workbook, or those of a split model, with the checkpoint as they store it."""

    checkpoint: Checkpoint
    sizes: Sizes
    files: tuple[InspectedFile, ...]


def inspect(
    workbooks: Sequence[Workbook], checkpoint: Checkpoint, templates: Templates
) -> Inspected:
    """How workbooks were built; raises WorkbookError if they are of another model.

    This is not trusted: every range that such workbooks have is compared.
    """
    areas: dict[str, Area] = {}
    for workbook in reversed(workbooks):  # if several have a range, the first counts
        areas |= workbook.areas
    sizes = _sizes(areas, checkpoint)
    seen = {checkpoint.family.block_of_range(name) for name in areas}
    blocks = tuple(block for block in range(sizes.L) if block in seen)
    if not blocks:
        example = checkpoint.family.range_name(checkpoint.family.block_weight.format(block=0))
        raise WorkbookError(
            f"workbook: expected ranges of at least one block, such as {example}, got none",
            "use a workbook written by xlgpt2 build, with all its names",
        )
    checkpoint = checkpoint.of_blocks(blocks).written_as(_precision(workbooks[0]))
    scaled = checkpoint.precision.scaled
    full_variant = Variant(blocks, scaled=scaled)
    full_plan = plan_of(sizes, templates, full_variant)
    full = everything = full_plan.places.keys()
    is_lean, whole = False, full_plan
    if not full <= areas.keys():
        lean_plan = plan_of(sizes, templates, Variant(blocks, lean=True, scaled=scaled))
        lean = lean_plan.places.keys()
        # A lean workbook has none of these; if some exist, the others are missing.
        is_lean = lean < full and (full - lean).isdisjoint(areas)
        whole = lean_plan if is_lean else full_plan
    if sizes.frugal:
        everything = plan_of(sizes, templates, full_variant, costly=True).places.keys()
    expected = (WHOLE,) if len(workbooks) == 1 else split_parts(blocks)
    if len(workbooks) != len(expected):
        raise WorkbookError(
            f"folder {workbooks[0].path.parent}: expected {len(expected)} workbooks for "
            f"{blocks_text(blocks)}, got {len(workbooks)}",
            "rebuild the folder with xlgpt2 build --split",
        )
    inspected = []
    for workbook, part in zip(workbooks, expected, strict=True):
        variant = Variant(blocks, is_lean, scaled, part)
        plan = whole if part == WHOLE else plan_of(sizes, templates, variant)
        missing = frozenset(everything - plan.places.keys())
        inspected.append(InspectedFile(workbook, variant, plan, missing))
    return Inspected(checkpoint, sizes, tuple(inspected))


def _sizes(areas: Mapping[str, Area], checkpoint: Checkpoint) -> Sizes:
    """The sizes of a workbook with these ranges; raises WorkbookError if it is another model's."""
    embedding = checkpoint.family.range_name(checkpoint.family.embedding)
    require_ranges(areas, ("found_ids", "code_point", "prompt", embedding, "chosen_ids"))
    config = checkpoint.config
    expected = (config.vocab_size, config.n_embd)
    if areas[embedding].shape != expected:
        raise WorkbookError(
            f"workbook: expected {embedding} with shape {list(expected)} as in model "
            f"{checkpoint.name}, got {list(areas[embedding].shape)}",
            "pass the checkpoint that the file was built from with --model",
        )
    capacity, max_bytes = areas["found_ids"].rows, areas["code_point"].rows
    return sizes_of(checkpoint, capacity, max_bytes, new_tokens=areas["chosen_ids"].rows)


def _precision(workbook: Workbook) -> Precision:
    """The precision that a file states for its weights; the default if it states none."""
    names = ("weight_dtype", "weight_digits")
    if not all(name in workbook.areas for name in names):
        return Precision()
    dtype, digits = read_single_cells(workbook, [workbook.areas[name] for name in names])
    weight_dtype = next((name for name in DTYPES if name == dtype), None)
    if weight_dtype is None:
        raise WorkbookError(
            f"workbook: weight_dtype: expected {', '.join(DTYPES)}, got {dtype!r}",
            "rebuild the workbook, or restore the value of weight_dtype",
        )
    is_whole = isinstance(digits, float) and digits.is_integer()
    return Precision(weight_dtype, int(digits) if is_whole else None)
