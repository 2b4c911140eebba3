"""A safetensors file: which tensors it has, and where in the file each of them is."""

from __future__ import annotations

import json
from pathlib import Path

import safetensors

from xlgpt2.checkpoint.files import unreadable
from xlgpt2.checkpoint.tensors import StoredTensor
from xlgpt2.errors import BadFileError

#: The way out where weights are there in another format.
SAVE_HINT = (
    "where there is only a pytorch_model.bin, load the model with transformers and save it "
    "again: model.save_pretrained(folder)"
)


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a file by their names in it, without their numbers.

    Raises BadFileError where the file can't be read, is not complete or no safetensors file.
    Source of the format: the README of safetensors; the library has checked the header before we
    read places from it.
    """
    try:
        with safetensors.safe_open(path, framework="np"):
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
    except OSError as error:
        raise unreadable(path, error) from error
    except safetensors.SafetensorError as error:
        raise BadFileError(
            f"{path}: expected a complete safetensors file, got: {error}",
            "copy the file again; it may have been cut short or be a Git LFS pointer",
        ) from error
    header.pop("__metadata__", None)
    return {
        name: StoredTensor(
            path, name, entry["dtype"], tuple(entry["shape"]), 8 + length + entry["data_offsets"][0]
        )
        for name, entry in header.items()
    }
