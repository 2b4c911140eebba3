"""The form of a workbook: which blocks and steps of the templates it has, and how weights stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

#: What a workbook holds of a model: all of it, or, where it is split, from the prompt to the
#: embeddings, one block, or from the final norm to the answer.
VolumeKind = Literal["whole", "text", "block", "output"]

ALL_VOLUMES: tuple[VolumeKind, ...] = ("whole", "text", "block", "output")


@dataclass(frozen=True)
class Volume:
    """One workbook of those that a model is split into: the `number`th of `count`.

    `before` is the number of the residual stream that it takes, `after` of the one that it passes
    on; None where there is none.
    """

    kind: VolumeKind = "whole"
    number: int = 1
    count: int = 1
    before: int | None = None
    after: int | None = None

    @property
    def name(self) -> str:
        """What its file is called after: text, h0, h1, ..., output."""
        return f"h{(self.after or 0) - 1}" if self.kind == "block" else self.kind

    def symbols(self) -> dict[str, int]:
        """The symbols that templates of its tabs may use, beside the sizes."""
        numbers = {
            "volume": self.number,
            "volumes": self.count,
            "before": self.before,
            "after": self.after,
        }
        return {name: number for name, number in numbers.items() if number is not None}


WHOLE = Volume()


def volumes(blocks: Sequence[int]) -> tuple[Volume, ...]:
    """The workbooks that a model with these blocks is split into, in the order of the data."""
    count = len(blocks) + 2
    streams = [0, *(block + 1 for block in blocks)]
    middle = (
        Volume("block", number, count, before, after)
        for number, (before, after) in enumerate(pairwise(streams), start=2)
    )
    first, last = Volume("text", 1, count, after=0), Volume("output", count, count, streams[-1])
    return (first, *middle, last)


@dataclass(frozen=True)
class Form:
    """What a workbook is made of, beside its sizes.

    `blocks` are the blocks of the model that it has, in order. A `lean` one gives cells to fewer
    steps: the formulas of the others stand inside those that read them. A `scaled` one holds int8
    weights, with a scale for each column. `volume` says which one it is where a model is split.
    """

    blocks: tuple[int, ...]
    lean: bool = False
    scaled: bool = False
    volume: Volume = WHOLE
