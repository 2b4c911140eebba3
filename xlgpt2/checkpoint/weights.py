"""The tensors of a GPT-2: which there are, checked against what config.json promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.checkpoint.formats.csv_files import CsvTensor
from xlgpt2.checkpoint.left_out import completed
from xlgpt2.checkpoint.tensor_names import OUTPUT, by_own_names
from xlgpt2.checkpoint.tensors import DECODERS, StoredTensor, Tensor, chunks
from xlgpt2.errors import (
    BadFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

#: Values of dtype in config.json that round what a file has otherwise.
_ROUNDING = {"float16": "F16", "bfloat16": "BF16"}

_SAME_MODEL = "take config.json and the weights from one and the same model"
_LOGITS = "take another model: the workbook computes logits with wte, as all published GPT-2 do"
_OTHER_NAMES = (
    "take config.json and the weights from one and the same model; if the names are those of "
    "another program, give the weights to a GPT2LMHeadModel of transformers and save that: "
    "model.save_pretrained(folder)"
)
_TRANSPOSE = (
    "transpose the weights of attn.c_attn, attn.c_proj, mlp.c_fc and mlp.c_proj in every block and "
    "save them again: GPT-2's Conv1D has [inputs, outputs], nn.Linear (nanoGPT, minGPT) the reverse"
)


@dataclass(frozen=True)
class ReadTensors:
    """The tensors of a GPT-2 by their names; `notes` say what was changed or ignored."""

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]


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


def checked_tensors(path: Path, found: Mapping[str, Tensor], config: ModelConfig) -> ReadTensors:
    """The tensors that GPT-2 needs of those found in `path`, by their names.

    Raises BadFileError (a file that is not what it should be, a dtype other than F32, F16 and BF16,
    numbers that are not finite), MissingTensorError, WrongShapeError, and UnsupportedModelError (a
    tensor that GPT-2 does not have, an output matrix of its own).
    """
    expected = expected_tensors(config)
    named = completed(path, by_own_names(path, found), expected, config)
    entries = named.tensors
    _check_names(path, entries, expected, config)
    tensors = {name: _checked(path, name, entries[name], expected[name]) for name in expected}
    _check_output(path, config, entries, tensors["wte.weight"])
    return ReadTensors(tensors, named.notes + _dtype_notes(tensors, config))


def _dtype_notes(tensors: Mapping[str, Tensor], config: ModelConfig) -> tuple[str, ...]:
    """Says where transformers 5 would round the weights to the dtype that config.json names."""
    codes = sorted({t.code for t in tensors.values() if isinstance(t, StoredTensor)})
    code = _ROUNDING.get(str(config.dtype))
    if code is None or not set(codes) - {code}:
        return ()
    return (
        f"config.json: dtype {config.dtype} is ignored: weights are written as the file has them, "
        f"{', '.join(codes)}; --dtype {config.dtype} rounds them as transformers does",
    )


def _check_names(
    path: Path,
    entries: Mapping[str, Tensor],
    expected: Mapping[str, tuple[int, ...]],
    config: ModelConfig,
) -> None:
    """Nothing where all tensors are there and no others: known before any number is read."""
    if "wte.weight" not in entries and OUTPUT in entries:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected wte.weight beside {OUTPUT}, got none",
            _LOGITS,
        )
    others = sorted(set(entries) - set(expected) - {OUTPUT})
    for name, shape in expected.items():
        if name not in entries and others:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got {', '.join(others[:3])}, "
                "which GPT-2 does not have",
                _OTHER_NAMES,
            )
        if name not in entries:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got none", _SAME_MODEL
            )
    if others:
        raise UnsupportedModelError(
            f"{path}: expected the {len(expected)} tensors of GPT-2 with n_layer {config.n_layer}, "
            f"got {', '.join(others[:3])} beside them",
            _SAME_MODEL,
        )


def _checked(path: Path, name: str, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor, with its dtype, shape and numbers checked."""
    file = tensor.path if isinstance(tensor, (StoredTensor, CsvTensor)) else path
    if isinstance(tensor, StoredTensor) and tensor.code not in DECODERS:
        raise BadFileError(
            f"{file}: {name}: expected dtype {', '.join(DECODERS)}, got {tensor.code}",
            "convert the model to float32 and save it again",
        )
    if len(shape) == 2 and tensor.shape == shape[::-1] != shape:
        raise WrongShapeError(
            f"{file}: {name}: expected shape {list(shape)}, got {list(tensor.shape)}, which is "
            "transposed",
            _TRANSPOSE,
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
    if OUTPUT in entries:
        head = _checked(path, OUTPUT, entries[OUTPUT], wte.shape)
        pairs = zip(chunks(head), chunks(wte), strict=True)
        if not all(np.array_equal(ours, theirs) for (_, ours), (_, theirs) in pairs):
            raise UnsupportedModelError(
                f"{path}: {OUTPUT}: expected the numbers of wte.weight, got others", _LOGITS
            )
    elif not config.tie_word_embeddings:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected {OUTPUT} equal to wte.weight, "
            "got none",
            _LOGITS,
        )
