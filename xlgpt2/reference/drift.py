"""Drift: how rounding the weights changes the prediction, computed in numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.checkpoint.checkpoint import Checkpoint, Precision
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones


@dataclass(frozen=True)
class Drift:
    """Logits with rounded weights compared with those of float32, over some prompts.

    `largest` and `root_mean_square` are of the differences of all logits; `spread`, for
    comparison, is the standard deviation of the float32 logits. `agree` is the number of
    `prompts` with the same most likely token.
    """

    largest: float
    root_mean_square: float
    spread: float
    agree: int
    prompts: int


def drift(checkpoint: Checkpoint, prompts: Iterable[Sequence[int]]) -> Drift:
    """The drift of a checkpoint's precision for prompts as token ids."""
    float32 = checkpoint.written_as(Precision())
    differences, logits, agree = [], [], 0
    for ids in prompts:
        rounded, exact = _logits(checkpoint, ids), _logits(float32, ids)
        differences.append(rounded - exact)
        logits.append(exact)
        agree += int(np.argmax(rounded) == np.argmax(exact))
    all_differences = np.concatenate(differences)
    return Drift(
        largest=float(np.abs(all_differences).max()),
        root_mean_square=float(np.sqrt(np.mean(all_differences**2))),
        spread=float(np.std(np.concatenate(logits))),
        agree=agree,
        prompts=len(differences),
    )


def _logits(
    checkpoint: Checkpoint, ids: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    logits = forward(checkpoint, ids, Zones.of(len(ids)), 1)["logits"]
    return np.asarray(logits[:, 0], dtype=np.float64)
