"""The weights in model.safetensors, checked against what config.json promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray

from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.checkpoint.files import read_bytes
from xlgpt2.errors import (
    BadFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

Weights = NDArray[np.float32]

#: Causal masks that older versions of modeling_gpt2.py saved with the weights.
_BUFFER = re.compile(r"h\.\d+\.attn\.(masked_)?bias")

_SAVE_HINT = (
    "where there is only a pytorch_model.bin or several parts, load the model with transformers "
    'and save it in one file: save_pretrained(folder, max_shard_size="100GB")'
)
_SAME_MODEL = "take config.json and model.safetensors from one and the same model"


def expected_tensors(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The name and shape of every tensor of a GPT-2, in the order of its computation.

    Source: modeling_gpt2.py, whose Conv1D keeps weights as [inputs, outputs].
    """
    C, V, inner = config.n_embd, config.vocab_size, config.inner_size
    block: dict[str, tuple[int, ...]] = {
        "ln_1.weight": (C,),
        "ln_1.bias": (C,),
        "attn.c_attn.weight": (C, 3 * C),
        "attn.c_attn.bias": (3 * C,),
        "attn.c_proj.weight": (C, C),
        "attn.c_proj.bias": (C,),
        "ln_2.weight": (C,),
        "ln_2.bias": (C,),
        "mlp.c_fc.weight": (C, inner),
        "mlp.c_fc.bias": (inner,),
        "mlp.c_proj.weight": (inner, C),
        "mlp.c_proj.bias": (C,),
    }
    return {
        "wte.weight": (V, C),
        "wpe.weight": (config.n_positions, C),
        **{f"h.{i}.{name}": block[name] for i in range(config.n_layer) for name in block},
        "ln_f.weight": (C,),
        "ln_f.bias": (C,),
    }


def read_tensors(path: Path, config: ModelConfig) -> dict[str, Weights]:
    """The tensors of a safetensors file by their names without `transformer.`, as float32.

    Raises MissingFileError, BadFileError (no safetensors, a dtype other than F32, F16 and
    BF16, numbers that are not finite), MissingTensorError, WrongShapeError, and
    UnsupportedModelError (a tensor that GPT-2 does not have, an output matrix of its own).
    """
    entries = _entries(path)
    tensors: dict[str, Weights] = {}
    for name, shape in expected_tensors(config).items():
        if name not in entries:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got none", _SAME_MODEL
            )
        tensors[name] = _tensor(path, name, entries.pop(name), shape)
    _check_output(path, config, entries, tensors["wte.weight"])
    if entries:
        raise UnsupportedModelError(
            f"{path}: expected the {len(tensors)} tensors of GPT-2 with n_layer {config.n_layer}, "
            f"got {', '.join(sorted(entries)[:3])} beside them",
            _SAME_MODEL,
        )
    return tensors


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """Each tensor's dtype, shape and bytes, without prefixes and masks."""
    deserialize: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = safetensors.deserialize
    try:
        content = deserialize(read_bytes(path, _SAVE_HINT))
    except safetensors.SafetensorError as error:
        raise BadFileError(
            f"{path}: expected a complete safetensors file, got: {error}",
            "copy the file again; it may have been cut short or be a Git LFS pointer",
        ) from error
    entries: dict[str, dict[str, Any]] = {}
    for full_name, entry in content:
        name = full_name.removeprefix("transformer.")
        if name in entries:
            raise BadFileError(
                f"{path}: {name}: expected one tensor, got it with and without `transformer.`",
                "save the model again",
            )
        if not _BUFFER.fullmatch(name):
            entries[name] = entry
    return entries


def _tensor(path: Path, name: str, entry: dict[str, Any], shape: tuple[int, ...]) -> Weights:
    """One tensor as float32, with its dtype, shape and numbers checked."""
    if entry["dtype"] not in _DECODERS:
        raise BadFileError(
            f"{path}: {name}: expected dtype {', '.join(_DECODERS)}, got {entry['dtype']}",
            "convert the model to float32 and save it again",
        )
    if tuple(entry["shape"]) != shape:
        raise WrongShapeError(
            f"{path}: {name}: expected shape {list(shape)}, got {list(entry['shape'])}",
            _SAME_MODEL,
        )
    tensor = _DECODERS[entry["dtype"]](entry["data"]).reshape(shape)
    finite = np.isfinite(tensor)
    if not finite.all():
        first = np.argwhere(~finite)[0]
        raise BadFileError(
            f"{path}: {name}: expected finite numbers, "
            f"got {tensor[tuple(first)]} at {first.tolist()}",
            "training went wrong or the file is damaged: no workbook can compute with it",
        )
    tensor.setflags(write=False)
    return tensor


def _check_output(
    path: Path, config: ModelConfig, entries: dict[str, dict[str, Any]], wte: Weights
) -> None:
    """Takes lm_head.weight from the entries; raises UnsupportedModelError unless it is wte."""
    hint = "the workbook computes logits with wte, as all published GPT-2 models do"
    if "lm_head.weight" in entries:
        head = _tensor(path, "lm_head.weight", entries.pop("lm_head.weight"), wte.shape)
        if not np.array_equal(head, wte):
            raise UnsupportedModelError(
                f"{path}: lm_head.weight: expected the numbers of wte.weight, got others", hint
            )
    elif not config.tie_word_embeddings:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected lm_head.weight equal to wte.weight, "
            "got none",
            hint,
        )


def _float32(data: bytes) -> Weights:
    return np.frombuffer(data, dtype="<f4").astype(np.float32, copy=False)


def _float16(data: bytes) -> Weights:
    return np.frombuffer(data, dtype="<f2").astype(np.float32)


def _bfloat16(data: bytes) -> Weights:
    """The upper half of a float32 is a bfloat16, so the lower half is zeros."""
    return (np.frombuffer(data, dtype="<u2").astype(np.uint32) << 16).view(np.float32)


_DECODERS = {"F32": _float32, "F16": _float16, "BF16": _bfloat16}
