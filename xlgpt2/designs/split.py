"""A model as a folder of workbooks: for the text, for each block, for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xlgpt2.designs.design import Design, design_of
from xlgpt2.stages.variant import Volume, volumes


def split(decided: Design) -> Iterator[Design]:
    """The workbooks of a split model on paper, in the order of the data."""
    for volume in volumes(decided.form.blocks):
        form = replace(decided.form, volume=volume)
        yield design_of(decided.checkpoint, decided.sizes, decided.templates, form)


def file_name(volume: Volume) -> str:
    """What a workbook of a split model is called: 01-text.xlsx, 02-h0.xlsx, ..."""
    return f"{volume.number:02}-{volume.name}.xlsx"
