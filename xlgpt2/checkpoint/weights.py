"""The tensors of a model, checked against those that its family expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlgpt2.checkpoint.families.family import ExpectedTensor, Family, ModelConfig
from xlgpt2.checkpoint.formats.csv_files import CsvTensor
from xlgpt2.checkpoint.omitted import completed
from xlgpt2.checkpoint.tensor_names import by_family_names
from xlgpt2.checkpoint.tensors import DECODERS, StoredTensor, Tensor, TransposedTensor, chunks
from xlgpt2.errors import (
    BadFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

#: Values of dtype in config.json to which transformers rounds weights, and their codes.
_ROUNDING = {"float16": "F16", "bfloat16": "BF16"}

_SAME_MODEL = "use config.json and the weights of the same model"
_OTHER_NAMES = (
    "use config.json and the weights of the same model; if the tensors have the names of "
    "another program, load the weights into a GPT2LMHeadModel of transformers and save it: "
    "model.save_pretrained(folder)"
)


@dataclass(frozen=True)
class ReadTensors:
    """The tensors of a model by their names; `notes` say what was changed or ignored."""

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...]


def checked_tensors(
    path: Path, stored: Mapping[str, Tensor], config: ModelConfig, family: Family
) -> ReadTensors:
    """The tensors that a model needs of those stored in `path`, by their names.

    Raises BadFileError (a file in a wrong format, a dtype other than F32, F16 and BF16,
    numbers that are not finite), MissingTensorError, WrongShapeError, and UnsupportedModelError (a
    tensor that the family does not have, an output matrix of its own).
    """
    expected = family.tensors(config)
    named = completed(path, by_family_names(path, stored, family), expected, config, family)
    entries = named.tensors
    _check_names(path, entries, expected, config, family)
    tensors = {
        name: _checked(path, name, entries[name], tensor, family)
        for name, tensor in expected.items()
    }
    if family.output_alias is not None:
        _check_alias(path, config, entries, tensors[family.output], family)
    return ReadTensors(tensors, named.notes + _dtype_notes(tensors, config))


def _dtype_notes(tensors: Mapping[str, Tensor], config: ModelConfig) -> tuple[str, ...]:
    """A note if transformers 5 would round the weights to the dtype in config.json."""
    codes = sorted({t.code for t in tensors.values() if isinstance(t, StoredTensor)})
    code = _ROUNDING.get(str(config.dtype))
    if code is None or not set(codes) - {code}:
        return ()
    return (
        f"config.json: dtype {config.dtype} is ignored: weights are written as stored in the "
        f"file, {', '.join(codes)}; --dtype {config.dtype} rounds them as transformers does",
    )


def _check_names(
    path: Path,
    entries: Mapping[str, Tensor],
    expected: Mapping[str, ExpectedTensor],
    config: ModelConfig,
    family: Family,
) -> None:
    """Raise an error if tensors are missing or unexpected, before any number is read."""
    output, alias = family.output, family.output_alias
    if output not in entries and alias in entries:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected {output} in addition to "
            f"{alias}, got none",
            family.output_hint,
        )
    others = sorted(set(entries) - set(expected) - {alias})
    for name, tensor in expected.items():
        shape = tensor.stored_shape
        if name not in entries and others:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got {', '.join(others[:3])}, "
                f"which {family.title} does not have",
                _OTHER_NAMES,
            )
        if name not in entries:
            raise MissingTensorError(
                f"{path}: {name}: expected a tensor {list(shape)}, got none", _SAME_MODEL
            )
    if others:
        raise UnsupportedModelError(
            f"{path}: expected the {len(expected)} tensors of {family.title} with n_layer "
            f"{config.n_layer}, got also {', '.join(others[:3])}",
            _SAME_MODEL,
        )


def _checked(
    path: Path, name: str, tensor: Tensor, expected: ExpectedTensor, family: Family
) -> Tensor:
    """The tensor as in the workbook, with its dtype, shape and numbers checked."""
    shape = expected.stored_shape
    file = tensor.path if isinstance(tensor, (StoredTensor, CsvTensor)) else path
    if isinstance(tensor, StoredTensor) and tensor.code not in DECODERS:
        raise BadFileError(
            f"{file}: {name}: expected dtype {', '.join(DECODERS)}, got {tensor.code}",
            "convert the model to float32 and save it again",
        )
    if len(shape) == 2 and tensor.shape == shape[::-1] != shape:
        raise WrongShapeError(
            f"{file}: {name}: expected shape {list(shape)}, got {list(tensor.shape)}, the "
            "transposed shape",
            family.transpose_hint,
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
                "copy the file again; if that does not help, the training has diverged",
            )
    return TransposedTensor(tensor) if expected.transposed else tensor


def _check_alias(
    path: Path, config: ModelConfig, entries: Mapping[str, Tensor], output: Tensor, family: Family
) -> None:
    """Raise UnsupportedModelError if the output matrix under its other name has other numbers."""
    alias = family.output_alias
    assert alias is not None
    if alias in entries:
        other = _checked(path, alias, entries[alias], ExpectedTensor(output.shape), family)
        pairs = zip(chunks(other), chunks(output), strict=True)
        if not all(np.array_equal(a, b) for (_, a), (_, b) in pairs):
            raise UnsupportedModelError(
                f"{path}: {alias}: expected the values of {family.output}, got different ones",
                family.output_hint,
            )
    elif not config.tie_word_embeddings:
        raise UnsupportedModelError(
            f"{path}: tie_word_embeddings is false: expected {alias} equal to {family.output}, "
            "got none",
            family.output_hint,
        )
