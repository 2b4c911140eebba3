"""The form of a workbook: which blocks and steps of the templates it has, and how weights stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """What a workbook is made of, beside its sizes.

    `blocks` are the blocks of the model that it has, in order. A `lean` one gives cells to fewer
    steps: the formulas of the others stand inside those that read them. A `scaled` one holds int8
    weights, with a scale for each column.
    """

    blocks: tuple[int, ...]
    lean: bool = False
    scaled: bool = False
