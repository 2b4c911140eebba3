"""Drift: what rounding the weights does to the prediction, in numpy alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.checkpoint.checkpoint import Checkpoint, Precision
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones


@dataclass(frozen=True)
class Drift:
    """Logits with rounded weights against those of float32, over some prompts.

    `largest` and `root_mean_square` are of the differences of all logits; `spread` is the standard
    deviation of the logits themselves, to compare them with. `agree` of `prompts` have the same
    most likely token.
    """

    largest: float
    root_mean_square: float
    spread: float
    agree: int
    prompts: int


def drift(checkpoint: Checkpoint, prompts: Iterable[Sequence[int]]) -> Drift:
    """The drift of a checkpoint's precision for prompts given as token ids."""
    exact = checkpoint.written_as(Precision())
    differences, logits, agree = [], [], 0
    for ids in prompts:
        ours, theirs = _logits(checkpoint, ids), _logits(exact, ids)
        differences.append(ours - theirs)
        logits.append(theirs)
        agree += int(np.argmax(ours) == np.argmax(theirs))
    found = np.concatenate(differences)
    return Drift(
        largest=float(np.abs(found).max()),
        root_mean_square=float(np.sqrt(np.mean(found**2))),
        spread=float(np.std(np.concatenate(logits))),
        agree=agree,
        prompts=len(differences),
    )


def _logits(
    checkpoint: Checkpoint, ids: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = forward(checkpoint, ids, Zones.of(len(ids)), 1)["logits"]
    return np.asarray(found[:, 0], dtype=np.float64)
