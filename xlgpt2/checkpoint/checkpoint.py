"""A checkpoint folder as one frozen value: config, weights and vocabulary."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from xlgpt2.checkpoint.cell_tensors import SCALE, CellTensor, cell_tensors
from xlgpt2.checkpoint.config import ReadConfig, read_config
from xlgpt2.checkpoint.families import GPT2, Family, ModelConfig
from xlgpt2.checkpoint.families.gpt2_csv import EMBEDDING_FILE, sizes_of_tensors
from xlgpt2.checkpoint.fingerprint import fingerprint
from xlgpt2.checkpoint.folder_contents import no_config, no_vocabulary
from xlgpt2.checkpoint.formats.choice import (
    SINGLE_FILE,
    folder_tensors,
    weight_paths,
)
from xlgpt2.checkpoint.formats.shards import INDEX
from xlgpt2.checkpoint.locate import Model, ModelFolder, locate, shipped_model
from xlgpt2.checkpoint.precision import Numbers, Precision
from xlgpt2.checkpoint.tensors import Tensor
from xlgpt2.checkpoint.tokenizer.csv_vocabulary import (
    MERGES,
    TOKENS,
    read_csv_vocabulary,
)
from xlgpt2.checkpoint.tokenizer.vocabulary_files import read_vocabulary
from xlgpt2.checkpoint.weights import checked_tensors
from xlgpt2.errors import LimitError
from xlgpt2.vocabulary.vocabulary import Vocabulary

__all__ = [
    "Checkpoint",
    "Family",
    "Model",
    "ModelConfig",
    "ModelFolder",
    "Precision",
    "load_checkpoint",
    "locate",
    "shipped_model",
]

_CONFIG = "config.json"

#: Files of a vocabulary; any of them takes precedence over CSV files.
_VOCABULARY = ("vocab.json", "merges.txt", "tokenizer.json")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model: its name, sizes, tensors by their checkpoint names, and vocabulary.

    `source` says where the model is from without a local path: a hub id with the commit, or the
    folder's name. `precision` says how its weights are written; numbers are those that a
    spreadsheet reads from the cells. `blocks` are those that data passes through, in order: by
    default all of the model's. `overrides` are numbers typed over ranges of a workbook, by range
    name; its records stay those of the tensors. `notes` say what was changed or ignored.
    """

    name: str
    source: str
    folder: Path
    family: Family
    config: ModelConfig
    tensors: Mapping[str, Tensor]
    vocabulary: Vocabulary
    blocks: tuple[int, ...]
    precision: Precision = field(default_factory=Precision)
    overrides: Mapping[str, Numbers] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def cell_tensors(self) -> Mapping[str, CellTensor]:
        """The tensors as ranges of the workbook, by range name; their numbers stay in the file."""
        absent = set(range(self.config.n_layer)) - set(self.blocks)
        prefixes = tuple(self.family.block_prefix(block) for block in absent)
        tensors = {n: tensor for n, tensor in self.tensors.items() if not n.startswith(prefixes)}
        return MappingProxyType(cell_tensors(tensors, self.precision, self.family))

    @cached_property
    def weight_cells(self) -> Mapping[str, Numbers]:
        """The numbers in each range of weights, [rows, columns]; vectors are one row [1, N]."""
        numbers = {
            name: self.overrides[name] if name in self.overrides else tensor.numbers()
            for name, tensor in self.cell_tensors.items()
        }
        return MappingProxyType(numbers)

    @cached_property
    def weights(self) -> Mapping[str, Numbers]:
        """The tensors that the workbook computes with, by checkpoint name, in their own shapes."""
        range_name = self.family.range_name
        names = (name for name in self.tensors if range_name(name) in self.cell_tensors)
        return MappingProxyType({name: self._weight(name) for name in names})

    @property
    def attention_ranges(self) -> tuple[str, ...]:
        """The ranges with the attention of every head of every block, in order."""
        heads = range(self.config.n_head)
        return tuple(self.family.attention_range(b, h) for b in self.blocks for h in heads)

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of the files that hold the weights; raises BadFileError."""
        return fingerprint(weight_paths(self.folder))

    def _weight(self, name: str) -> Numbers:
        range_name = self.family.range_name(name)
        cells = self.weight_cells[range_name]
        scales = self.weight_cells.get(range_name + SCALE)
        numbers = cells if scales is None else cells * scales
        return numbers.reshape(self.tensors[name].shape)

    def written_as(self, precision: Precision) -> Checkpoint:
        """The same model with its weights written in another precision."""
        return replace(self, precision=precision)

    def with_overrides(self, overrides: Mapping[str, Numbers]) -> Checkpoint:
        """The same model with numbers typed over whole ranges of its weights."""
        return replace(self, overrides=overrides)

    def of_blocks(self, blocks: Sequence[int]) -> Checkpoint:
        """The same model with only these blocks; raises LimitError for one that it lacks."""
        present = range(self.config.n_layer)
        if not blocks or list(blocks) != sorted(set(blocks)) or not set(blocks) <= set(present):
            raise LimitError(
                f"blocks: expected numbers from 0 to {present[-1]} in ascending order, got "
                f"{', '.join(map(str, blocks)) or 'none'}",
                "choose other --blocks, such as 0-3 or 0,2",
            )
        return replace(self, blocks=tuple(blocks))


def load_checkpoint(model: Model, revision: str | None = None) -> Checkpoint:
    """The checkpoint in a folder or on the hub; raises a CheckpointError.

    `locate` explains what names a model and a revision, and downloads it if necessary.
    """
    located = locate(model, revision)
    _check_contents(located.folder)
    config_path = located.folder / _CONFIG
    config_file = read_config(config_path) if os.path.lexists(config_path) else None
    # Without a config.json it is the workshop's CSV folder, a GPT-2.
    family = GPT2 if config_file is None else config_file.family
    path, stored = folder_tensors(located.folder, family)
    config, notes = _sizes(located.folder, config_file, stored)
    # The vocabulary first: it is small, and a wrong one is found before the weights are read.
    vocabulary, vocabulary_notes = _vocabulary(located.folder, config.vocab_size)
    checked = checked_tensors(path, stored, config, family)
    return Checkpoint(
        located.name,
        located.source,
        located.folder,
        family,
        config,
        MappingProxyType(dict(checked.tensors)),
        vocabulary,
        blocks=tuple(range(config.n_layer)),
        notes=notes + vocabulary_notes + checked.notes,
    )


def _sizes(
    folder: Path, config: ReadConfig | None, stored: Mapping[str, Tensor]
) -> tuple[ModelConfig, tuple[str, ...]]:
    """The sizes in config.json, or those of the tensors with a note that says so."""
    return sizes_of_tensors(folder, stored) if config is None else (config.sizes, ())


def _vocabulary(folder: Path, vocab_size: int) -> tuple[Vocabulary, tuple[str, ...]]:
    """The vocabulary of a folder, from the workshop's CSV files if there are no others."""
    if _has(folder, *_VOCABULARY):
        return read_vocabulary(folder, vocab_size), ()
    read = read_csv_vocabulary(folder, vocab_size)
    return read.vocabulary, read.notes


def _check_contents(folder: Path) -> None:
    """Raise MissingFileError if a folder has no sizes, or no vocabulary of any kind."""
    csv_alone = _has(folder, EMBEDDING_FILE) and not _has(folder, SINGLE_FILE, INDEX)
    if not _has(folder, _CONFIG) and not csv_alone:
        raise no_config(folder)
    if not _has(folder, *_VOCABULARY, TOKENS, MERGES):
        raise no_vocabulary(folder)


def _has(folder: Path, *names: str) -> bool:
    """Whether one of the files exists; a broken link counts, and reading it says what is wrong."""
    return any(os.path.lexists(folder / name) for name in names)
