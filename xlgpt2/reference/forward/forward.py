"""The forward pass of any model: that of its family."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.families import ModelConfig
from xlgpt2.reference.forward import gpt2
from xlgpt2.reference.forward.layers import ALL_ON, SwitchedOff, Tensors, Zones

#: Every activation by the name of its range: from tensors, sizes, token ids, the zones of rows, how
#: many of the likeliest tokens are shown, the blocks that data passes, and what is switched off.
Forward = Callable[
    [Tensors, ModelConfig, Sequence[int], Zones, int, Sequence[int] | None, SwitchedOff],
    dict[str, Cells],
]

#: By the names of families.
FORWARD: dict[str, Forward] = {"gpt2": gpt2.forward}


def forward(
    checkpoint: Checkpoint,
    token_ids: Sequence[int],
    zones: Zones,
    top: int,
    off: SwitchedOff = ALL_ON,
) -> dict[str, Cells]:
    """Every activation of a checkpoint for some token ids, by the names of the ranges."""
    compute = FORWARD[checkpoint.family.name]
    weights, config = checkpoint.weights, checkpoint.config
    return compute(weights, config, token_ids, zones, top, checkpoint.blocks, off)
