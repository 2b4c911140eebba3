"""A model split into a folder of workbooks: for the text, each block and the output."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from xlgpt2.designs.design import Design, design_of
from xlgpt2.stages.variant import SplitPart, split_parts


def split(design: Design, numbers: Collection[int] | None = None) -> Iterator[Design]:
    """The designs of all workbooks of a split model, or of some, in the order of the data."""
    for part in split_parts(design.form.blocks):
        if numbers is not None and part.number not in numbers:
            continue
        variant = replace(design.form, part=part)
        yield design_of(design.checkpoint, design.sizes, design.templates, variant)


def file_name(part: SplitPart) -> str:
    """The file name of a part of a split model: 01-text.xlsx, 02-h0.xlsx, ..."""
    return f"{part.number:02}-{part.name}.xlsx"
