"""Weights in several safetensors files, with an index that says which file has which tensor."""

from __future__ import annotations

import re
from pathlib import Path

from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.checkpoint.formats.safetensors_file import stored_tensors
from xlgpt2.checkpoint.tensors import StoredTensor
from xlgpt2.errors import BadFileError, MissingFileError, MissingTensorError

#: The name of the index, as save_pretrained of transformers writes it.
INDEX = "model.safetensors.index.json"

#: A file's name and no path: no separator of any system, no drive.
_FILE_NAME = re.compile(r"(?!\.\.?$)[^/\\:\x00]{1,255}")

_SAME_MODEL = f"use {INDEX} and all its shards of the same model"


def sharded_tensors(index: Path) -> dict[str, StoredTensor]:
    """The tensors that an index names, by their names in it, without their numbers.

    Raises MissingFileError (a shard), MissingTensorError (a tensor that is not in its shard)
    and BadFileError.
    """
    shard_of = weight_map(index)
    shards = {shard: _shard(index, shard) for shard in dict.fromkeys(shard_of.values())}
    tensors: dict[str, StoredTensor] = {}
    for name, shard in shard_of.items():
        if name not in shards[shard]:
            raise MissingTensorError(
                f"{index.parent / shard}: {name}: expected the tensor that {INDEX} lists "
                "there, got none",
                _SAME_MODEL,
            )
        tensors[name] = shards[shard][name]
    return tensors


def weight_map(index: Path) -> dict[str, str]:
    """The shard's file name for each tensor; raises MissingFileError or BadFileError.

    Paths are rejected: an index must not reach files outside its folder.
    """
    content = read_json_object(index, _SAME_MODEL).get("weight_map")
    if not isinstance(content, dict) or not content:
        got = type(content).__name__ if content else "none"
        raise BadFileError(
            f"{index}: weight_map: expected a file name for every tensor, got {got}", _SAME_MODEL
        )
    for name, shard in content.items():
        if not isinstance(shard, str) or not _FILE_NAME.fullmatch(shard):
            raise BadFileError(
                f"{index}: {name}: expected the name of a file in the folder of the "
                f"index, got {shard!r}",
                "put all shards into the folder of their index: paths are not followed",
            )
    return content


def _shard(index: Path, shard: str) -> dict[str, StoredTensor]:
    path = index.parent / shard
    if not _exists(path):
        raise MissingFileError(
            f"{path}: expected the shard that {INDEX} names, got none",
            "copy every shard of the index into the folder",
        )
    return stored_tensors(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file system accepts
        return False
