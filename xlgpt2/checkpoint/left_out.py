"""Tensors that a file may leave out, since others or zeros stand for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.checkpoint.tensor_names import OUTPUT, Named
from xlgpt2.checkpoint.tensors import ArrayTensor, Tensor

_EMBEDDING = "wte.weight"


def completed(
    path: Path, named: Named, expected: Mapping[str, tuple[int, ...]], config: ModelConfig
) -> Named:
    """The tensors with those that may be left out; what is lacking then is missing.

    Biases of a kind that no block has are zeros (training without biases), and of two tied
    matrices one is enough. transformers reads both in the same way.
    """
    tensors, notes = dict(named.tensors), list(named.notes)
    if _EMBEDDING not in tensors and OUTPUT in tensors and config.tie_word_embeddings:
        tensors[_EMBEDDING] = tensors[OUTPUT]
        notes.append(f"{path.name}: {OUTPUT} is taken for {_EMBEDDING}, which it does not have")
    if zeros := _zero_biases(tensors, expected):
        tensors |= zeros
        kinds = sorted({_kind(name) for name in zeros})
        notes.append(
            f"{path.name}: no biases of {', '.join(kinds)} (bias=False): zeros are taken for them"
        )
    return Named(tensors, tuple(notes))


def _zero_biases(
    found: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]
) -> dict[str, Tensor]:
    """The biases of every kind that is left out as a whole."""
    present = {_kind(name) for name in expected if name in found}
    return {
        name: ArrayTensor(np.zeros(shape, dtype=np.float32))
        for name, shape in expected.items()
        if name.endswith(".bias") and _kind(name) not in present and _weight(name) in found
    }


def _kind(name: str) -> str:
    """The part of a model that a bias belongs to, whichever block: all norms are one."""
    part = re.sub(r"^h\.\d+\.", "", name)
    if part.startswith("ln_"):
        return "norms" if part.endswith(".bias") else part
    return part.removesuffix(".bias")


def _weight(bias: str) -> str:
    return f"{bias.removesuffix('bias')}weight"
