"""The sizes of a GPT-2 in CSV files without a config.json, such as the workshop's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from xlgpt2.checkpoint.config import checked_config
from xlgpt2.checkpoint.families.family import ModelConfig
from xlgpt2.checkpoint.families.gpt2 import GPT2
from xlgpt2.checkpoint.tensors import Tensor
from xlgpt2.errors import BadFileError, MissingTensorError

#: The CSV file whose rows and columns give the sizes of a model without a config.json.
EMBEDDING_FILE = "model_wte.csv"

#: Columns of a head in every published GPT-2, and a constant in the workshop's own page.
_HEAD = 64


def sizes_of_tensors(
    folder: Path, tensors: Mapping[str, Tensor], vocab_size: int | None = None
) -> tuple[ModelConfig, tuple[str, ...]]:
    """The sizes of the tensors, and a note that lists them.

    No tensor shows the number of heads. Raises MissingTensorError, and BadFileError if heads of 64
    columns do not fit.
    """
    rows, columns = _shape(folder, tensors, "wte.weight")
    if columns % _HEAD:
        raise BadFileError(
            f"{folder}: expected config.json, or a wte whose columns are a multiple of {_HEAD} "
            f"(the size of a head), got no config.json and {columns} columns",
            'write a config.json: {"model_type": "gpt2", "n_layer": ..., "n_head": ..., '
            '"n_embd": ..., "n_positions": ..., "vocab_size": ...}',
        )
    blocks = [int(m[1]) for name in tensors if (m := re.match(r"h\.(\d{1,9})\.", name))]
    content: dict[str, object] = {
        "n_layer": max(blocks, default=-1) + 1,
        "n_head": columns // _HEAD,
        "n_embd": columns,
        "n_positions": _shape(folder, tensors, "wpe.weight")[0],
        "vocab_size": rows,
        "n_inner": _shape(folder, tensors, "h.0.mlp.c_fc.weight")[1],
    }
    listed = ", ".join(f"{name} {size}" for name, size in content.items())
    note = (
        f"no config.json: sizes inferred from the tensors, with {_HEAD} columns per head as in "
        f"every published GPT-2: {listed}"
    )
    return checked_config(folder, content, GPT2), (note,)


def _shape(folder: Path, tensors: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    """Rows and columns of a matrix."""
    shape = tensors[name].shape if name in tensors else ()
    if len(shape) != 2:
        raise MissingTensorError(
            f"{folder}: {name}: expected its CSV file, from which sizes are inferred, got none",
            "copy all CSV files of the model, or its config.json, into the folder",
        )
    return shape[0], shape[1]
