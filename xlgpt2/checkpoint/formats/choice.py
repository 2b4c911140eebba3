"""The files in which a folder stores its weights, and their tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlgpt2.checkpoint.families.family import Family
from xlgpt2.checkpoint.families.gpt2_csv import EMBEDDING_FILE
from xlgpt2.checkpoint.folder_contents import no_weights
from xlgpt2.checkpoint.formats.csv_files import csv_tensors
from xlgpt2.checkpoint.formats.safetensors_file import stored_tensors
from xlgpt2.checkpoint.formats.shards import (
    INDEX,
    sharded_tensors,
    weight_map,
)
from xlgpt2.checkpoint.tensors import Tensor

#: All weights in one file.
SINGLE_FILE = "model.safetensors"


def folder_tensors(folder: Path, family: Family) -> tuple[Path, Mapping[str, Tensor]]:
    """The file or folder that stores the weights, and its tensors by their names there.

    One file takes precedence over shards, as in transformers, and both over CSV files. Raises
    MissingFileError if there are no weights, and what reading each kind raises.
    """
    if (folder / SINGLE_FILE).exists():
        return folder / SINGLE_FILE, stored_tensors(folder / SINGLE_FILE)
    if (folder / INDEX).exists():
        return folder / INDEX, sharded_tensors(folder / INDEX)
    if tensors := csv_tensors(folder, family):
        return folder, tensors
    raise no_weights(
        folder,
        f"{SINGLE_FILE}, {INDEX} with its shards, or {EMBEDDING_FILE} and the other CSV files",
    )


def weight_paths(folder: Path) -> tuple[Path, ...]:
    """The files that store the weights of a folder, of the kind that `folder_tensors` takes."""
    if (folder / SINGLE_FILE).exists():
        return (folder / SINGLE_FILE,)
    if (folder / INDEX).exists():
        return tuple(folder / shard for shard in sorted(set(weight_map(folder / INDEX).values())))
    return tuple(sorted(folder.glob("model_*.csv")))
