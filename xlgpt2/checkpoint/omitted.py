"""Tensors that a file may omit: one of two tied matrices, and biases that are zeros."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.families.family import ExpectedTensor, Family, ModelConfig
from xlgpt2.checkpoint.tensor_names import NamedTensors
from xlgpt2.checkpoint.tensors import ArrayTensor, Tensor


def completed(
    path: Path,
    named: NamedTensors,
    expected: Mapping[str, ExpectedTensor],
    config: ModelConfig,
    family: Family,
) -> NamedTensors:
    """The tensors, with those added that a file may omit.

    Biases of a kind that no block has are zeros (training without biases), and one of two tied
    matrices is enough. transformers does the same.
    """
    tensors, notes = dict(named.tensors), list(named.notes)
    output, alias = family.output, family.output_alias
    tied = alias is not None and config.tie_word_embeddings
    if tied and output not in tensors and alias in tensors:
        tensors[output] = tensors[alias]
        notes.append(f"{path.name}: no {output}: {alias} is used instead")
    if zeros := _zero_biases(tensors, expected, family):
        tensors |= zeros
        kinds = sorted({family.bias_kind(name) for name in zeros})
        notes.append(f"{path.name}: no biases of {', '.join(kinds)} (bias=False): zeros are used")
    return NamedTensors(tensors, tuple(notes))


def _zero_biases(
    tensors: Mapping[str, Tensor], expected: Mapping[str, ExpectedTensor], family: Family
) -> dict[str, Tensor]:
    """Zeros for the biases of every kind that is omitted as a whole."""
    kind = family.bias_kind
    present = {kind(name) for name in expected if name in tensors}
    return {
        name: ArrayTensor(np.zeros(tensor.shape, dtype=np.float32))
        for name, tensor in expected.items()
        if name.endswith(".bias") and kind(name) not in present and _weight(name) in tensors
    }


def _weight(bias: str) -> str:
    return f"{bias.removesuffix('bias')}weight"
