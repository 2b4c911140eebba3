"""A GPT-2 checkpoint folder as one frozen value: config, weights and vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from xlgpt2.checkpoint.config import ModelConfig, read_config
from xlgpt2.checkpoint.files import LAYOUT_HINT
from xlgpt2.checkpoint.tensors import Weights, expected_tensors, read_tensors
from xlgpt2.checkpoint.vocabulary import Vocabulary
from xlgpt2.checkpoint.vocabulary_files import read_vocabulary
from xlgpt2.errors import MissingFileError

__all__ = [
    "Checkpoint",
    "ModelConfig",
    "as_written",
    "cell_name",
    "expected_tensors",
    "load_checkpoint",
    "shipped_model",
]

#: Numbers turned into text at a time; each takes 32 bytes on the way.
_CHUNK = 1_000_000


def as_written(tensor: NDArray[np.float32]) -> NDArray[np.float64]:
    """The numbers that a spreadsheet reads where these weights are written in their shortest form.

    The shortest text that names a float32, such as 0.1, is not the float32's own value; a
    spreadsheet takes the text. The result has the shape of the tensor.
    """
    flat = np.asarray(tensor, dtype=np.float32).ravel()
    numbers = np.empty(flat.size, dtype=np.float64)
    for start in range(0, flat.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        numbers[part] = flat[part].astype(np.bytes_).astype(np.float64)
    return numbers.reshape(np.shape(tensor))


def cell_name(tensor_name: str) -> str:
    """A tensor's name in the workbook: wte, wpe, and h_0_ln_1_weight for h.0.ln_1.weight."""
    short = tensor_name.removesuffix(".weight")
    return short if short in ("wte", "wpe") else tensor_name.replace(".", "_")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model: its name, sizes, float32 tensors by their checkpoint names, and vocabulary."""

    name: str
    folder: Path
    config: ModelConfig
    tensors: Mapping[str, Weights]
    vocabulary: Vocabulary

    @cached_property
    def weights(self) -> Mapping[str, NDArray[np.float64]]:
        """The tensors as written in the workbook, by their checkpoint names."""
        return MappingProxyType({name: as_written(self.tensors[name]) for name in self.tensors})

    @cached_property
    def weight_cells(self) -> Mapping[str, NDArray[np.float64]]:
        """The tensors as the workbook's ranges: by their cell names, vectors as one row [1, N]."""
        return MappingProxyType(
            {cell_name(name): np.atleast_2d(weight) for name, weight in self.weights.items()}
        )


def load_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in a folder; raises a CheckpointError that says what is wrong with it."""
    if not folder.is_dir():
        raise MissingFileError(f"{folder}: expected a folder, got none", LAYOUT_HINT)
    config = read_config(folder / "config.json")
    # The vocabulary first: it is small, and a wrong one is found before the weights are read.
    vocabulary = read_vocabulary(folder, config.vocab_size)
    tensors = read_tensors(folder / "model.safetensors", config)
    return Checkpoint(folder.resolve().name, folder, config, MappingProxyType(tensors), vocabulary)


def shipped_model() -> Path:
    """The folder of the tiny model that comes with the package."""
    return Path(__file__).parent.parent / "models" / "tiny"
