"""The variant of a workbook: its blocks and steps, its kind of weights, its part of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

#: What a workbook contains of a model: all of it, or, if the model is split, the prompt to the
#: embeddings, one block, or the final norm to the answer.
SplitPartKind = Literal["whole", "text", "block", "output"]

ALL_SPLIT_PARTS: tuple[SplitPartKind, ...] = ("whole", "text", "block", "output")


@dataclass(frozen=True)
class SplitPart:
    """One workbook of a split model: the `number`th of `count`.

    `before` is the number of the residual stream that it reads, `after` of the one that it passes
    on; None if there is none.
    """

    kind: SplitPartKind = "whole"
    number: int = 1
    count: int = 1
    before: int | None = None
    after: int | None = None

    @property
    def name(self) -> str:
        """The end of its file's name: text, h0, h1, ..., output."""
        return f"h{(self.after or 0) - 1}" if self.kind == "block" else self.kind

    def symbols(self) -> dict[str, int]:
        """The symbols for templates of its tabs, besides the sizes."""
        numbers = {
            "volume": self.number,
            "volumes": self.count,
            "before": self.before,
            "after": self.after,
        }
        return {name: number for name, number in numbers.items() if number is not None}


WHOLE = SplitPart()


def split_parts(blocks: Sequence[int]) -> tuple[SplitPart, ...]:
    """The parts of a split model with these blocks, in the order of the data."""
    count = len(blocks) + 2
    streams = [0, *(block + 1 for block in blocks)]
    middle = (
        SplitPart("block", number, count, before, after)
        for number, (before, after) in enumerate(pairwise(streams), start=2)
    )
    first, last = (
        SplitPart("text", 1, count, after=0),
        SplitPart("output", count, count, streams[-1]),
    )
    return (first, *middle, last)


@dataclass(frozen=True)
class Variant:
    """What a workbook is made of, besides its sizes.

    `blocks` are its blocks of the model, in order. A `lean` one has cells for fewer steps: the
    formulas of the others are inlined where they are read. A `scaled` one stores int8 weights, with
    a scale for each column. `part` says which workbook of a split model it is.
    """

    blocks: tuple[int, ...]
    lean: bool = False
    scaled: bool = False
    part: SplitPart = WHOLE
