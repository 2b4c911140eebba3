"""A safetensors file: its tensors and their offsets."""

from __future__ import annotations

import json
from pathlib import Path

import safetensors

from xlgpt2.checkpoint.files import check_file, unreadable
from xlgpt2.checkpoint.tensors import StoredTensor
from xlgpt2.errors import BadFileError

#: The hint if the weights are in another format.
SAVE_HINT = (
    "if there is only a pytorch_model.bin, load the model with transformers and save it "
    "again: model.save_pretrained(folder)"
)

_COPY_HINT = "copy the file again; it may be truncated, or a Git LFS pointer"

#: The most bytes of a header, which is read as a whole; that of GPT-2 with 48 blocks has 60 kB.
MOST_HEADER = 10_000_000


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a file by their names in it, without their numbers.

    Raises BadFileError if the file can't be read, is incomplete or not a safetensors file. Source
    of the format: the README of safetensors; the library checks the header before we read offsets.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = path.stat().st_size
            if not 2 <= length <= min(MOST_HEADER, size - 8):
                raise BadFileError(
                    f"{path}: expected a complete safetensors file, got {size:,} bytes with a "
                    f"header length of {length:,}",
                    _COPY_HINT,
                )
            with safetensors.safe_open(path, framework="np"):
                pass
            header = json.loads(file.read(length))
    except OSError as error:
        raise unreadable(path, error) from error
    except MemoryError as error:  # the library maps the file
        raise BadFileError(
            f"{path}: expected a file that fits into the address space, got "
            f"{path.stat().st_size:,} bytes",
            "copy the file again, or allow the process more memory (ulimit -v)",
        ) from error
    except safetensors.SafetensorError as error:
        raise BadFileError(
            f"{path}: expected a complete safetensors file, got: {error}", _COPY_HINT
        ) from error
    header.pop("__metadata__", None)
    return {
        name: StoredTensor(
            path, name, entry["dtype"], tuple(entry["shape"]), 8 + length + entry["data_offsets"][0]
        )
        for name, entry in header.items()
    }
