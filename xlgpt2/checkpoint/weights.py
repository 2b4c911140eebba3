"""The tensors of a GPT-2: which there are, checked against what config.json promises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.checkpoint.csv_tensors import CsvTensor
from xlgpt2.checkpoint.tensors import DECODERS, StoredTensor, Tensor, chunks
from xlgpt2.checkpoint.weight_files import found_tensors
from xlgpt2.errors import (
    BadFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

#: Causal masks that older versions of modeling_gpt2.py saved with the weights.
_BUFFER = re.compile(r"h\.\d+\.attn\.(masked_)?bias")

#: The matrix that makes logits, where it is saved beside wte.
_OUTPUT = "lm_head.weight"

_SAME_MODEL = "take config.json and the weights from one and the same model"


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


def read_tensors(folder: Path, config: ModelConfig) -> dict[str, Tensor]:
    """The tensors of a checkpoint folder by their names without `transformer.`.

    Raises MissingFileError, BadFileError (a file that is not what it should be, a dtype other
    than F32, F16 and BF16, numbers that are not finite), MissingTensorError, WrongShapeError,
    and UnsupportedModelError (a tensor that GPT-2 does not have, an output matrix of its own).
    """
    path, found = found_tensors(folder)
    return checked_tensors(path, found, config)


def checked_tensors(
    path: Path, found: Mapping[str, Tensor], config: ModelConfig
) -> dict[str, Tensor]:
    """The tensors that GPT-2 needs of those found; raises what `read_tensors` says of `path`."""
    entries = _by_short_name(path, found)
    expected = expected_tensors(config)
    _check_names(path, entries, expected, config)
    tensors = {name: _checked(path, name, entries[name], expected[name]) for name in expected}
    _check_output(path, config, entries, tensors["wte.weight"])
    return tensors


def _check_names(
    path: Path,
    entries: Mapping[str, Tensor],
    expected: Mapping[str, tuple[int, ...]],
    config: ModelConfig,
) -> None:
    """Nothing where all tensors are there and no others: known before any number is read."""
    for name, shape in expected.items():
        if name not in entries:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got none", _SAME_MODEL
            )
    others = sorted(set(entries) - set(expected) - {_OUTPUT})
    if others:
        raise UnsupportedModelError(
            f"{path}: expected the {len(expected)} tensors of GPT-2 with n_layer {config.n_layer}, "
            f"got {', '.join(others[:3])} beside them",
            _SAME_MODEL,
        )


def _by_short_name(path: Path, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without prefixes and masks."""
    entries: dict[str, Tensor] = {}
    for full_name, tensor in found.items():
        name = full_name.removeprefix("transformer.")
        if name in entries:
            raise BadFileError(
                f"{path}: {name}: expected one tensor, got it with and without `transformer.`",
                "save the model again with one of the two names",
            )
        if not _BUFFER.fullmatch(name):
            entries[name] = tensor
    return entries


def _checked(path: Path, name: str, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor, with its dtype, shape and numbers checked."""
    file = tensor.path if isinstance(tensor, (StoredTensor, CsvTensor)) else path
    if isinstance(tensor, StoredTensor) and tensor.code not in DECODERS:
        raise BadFileError(
            f"{file}: {name}: expected dtype {', '.join(DECODERS)}, got {tensor.code}",
            "convert the model to float32 and save it again",
        )
    if tensor.shape != shape:
        raise WrongShapeError(
            f"{file}: {name}: expected shape {list(shape)}, got {list(tensor.shape)}", _SAME_MODEL
        )
    for start, numbers in chunks(tensor):
        finite = np.isfinite(numbers)
        if not finite.all():
            i, j = np.argwhere(~finite)[0].tolist()
            place = [j] if len(shape) == 1 else [start + i, j]
            raise BadFileError(
                f"{file}: {name}: expected finite numbers, got {numbers[i, j]} at {place}",
                "copy the file again; if it stays so, training went wrong",
            )
    return tensor


def _check_output(
    path: Path, config: ModelConfig, entries: Mapping[str, Tensor], wte: Tensor
) -> None:
    """Nothing where lm_head.weight is wte or left out; raises UnsupportedModelError."""
    hint = "take another model: the workbook computes logits with wte, as all published GPT-2 do"
    if _OUTPUT in entries:
        head = _checked(path, _OUTPUT, entries[_OUTPUT], wte.shape)
        pairs = zip(chunks(head), chunks(wte), strict=True)
        if not all(np.array_equal(ours, theirs) for (_, ours), (_, theirs) in pairs):
            raise UnsupportedModelError(
                f"{path}: {_OUTPUT}: expected the numbers of wte.weight, got others", hint
            )
    elif not config.tie_word_embeddings:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected {_OUTPUT} equal to wte.weight, "
            "got none",
            hint,
        )
