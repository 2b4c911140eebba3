"""Tensors that a file may leave out, since others or zeros stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.families.family import ExpectedTensor, Family, ModelConfig
from xlgpt2.checkpoint.tensor_names import Named
from xlgpt2.checkpoint.tensors import ArrayTensor, Tensor


def completed(
    path: Path,
    named: Named,
    expected: Mapping[str, ExpectedTensor],
    config: ModelConfig,
    family: Family,
) -> Named:
    """The tensors with those that may be left out; what is lacking then is missing.

    Biases of a kind that no block has are zeros (training without biases), and of two tied
    matrices one is enough. transformers reads both in the same way.
    """
    tensors, notes = dict(named.tensors), list(named.notes)
    output, alias = family.output, family.output_alias
    tied = alias is not None and config.tie_word_embeddings
    if tied and output not in tensors and alias in tensors:
        tensors[output] = tensors[alias]
        notes.append(f"{path.name}: {alias} is taken for {output}, which it does not have")
    if zeros := _zero_biases(tensors, expected, family):
        tensors |= zeros
        kinds = sorted({family.bias_kind(name) for name in zeros})
        notes.append(
            f"{path.name}: no biases of {', '.join(kinds)} (bias=False): zeros are taken for them"
        )
    return Named(tensors, tuple(notes))


def _zero_biases(
    found: Mapping[str, Tensor], expected: Mapping[str, ExpectedTensor], family: Family
) -> dict[str, Tensor]:
    """The biases of every kind that is left out as a whole."""
    kind = family.bias_kind
    present = {kind(name) for name in expected if name in found}
    return {
        name: ArrayTensor(np.zeros(tensor.shape, dtype=np.float32))
        for name, tensor in expected.items()
        if name.endswith(".bias") and kind(name) not in present and _weight(name) in found
    }


def _weight(bias: str) -> str:
    return f"{bias.removesuffix('bias')}weight"
