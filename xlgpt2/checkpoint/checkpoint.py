"""A GPT-2 checkpoint folder as one frozen value: config, weights and vocabulary."""

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

#: Files of a vocabulary, any of which goes before CSV files.
_VOCABULARY = ("vocab.json", "merges.txt", "tokenizer.json")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model: its name, sizes, tensors by their checkpoint names, and vocabulary.

    `source` says where the model is from without a path of this machine: a hub id with the
    commit, or the folder's name. `precision` says how its weights are written; what is read
    here as numbers is what a spreadsheet reads from the cells. `blocks` are those that data
    passes, in order: all of the model's unless some were chosen. `typed` are numbers that were
    typed over ranges of a workbook, by their cell names; its records stay those of the tensors.
    `notes` say what was changed or ignored when the folder was read.
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
    typed: Mapping[str, Numbers] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def cell_tensors(self) -> Mapping[str, CellTensor]:
        """The tensors as ranges of the workbook, by their cell names; numbers stay in the file."""
        others = set(range(self.config.n_layer)) - set(self.blocks)
        prefixes = tuple(self.family.block_prefix(block) for block in others)
        tensors = {n: tensor for n, tensor in self.tensors.items() if not n.startswith(prefixes)}
        return MappingProxyType(cell_tensors(tensors, self.precision, self.family))

    @cached_property
    def weight_cells(self) -> Mapping[str, Numbers]:
        """The numbers in each range of weights, [rows, columns]; vectors are one row [1, N]."""
        numbers = {
            name: self.typed[name] if name in self.typed else tensor.numbers()
            for name, tensor in self.cell_tensors.items()
        }
        return MappingProxyType(numbers)

    @cached_property
    def weights(self) -> Mapping[str, Numbers]:
        """The tensors that the workbook computes with, by checkpoint names, in their own shapes."""
        range_name = self.family.range_name
        names = (name for name in self.tensors if range_name(name) in self.cell_tensors)
        return MappingProxyType({name: self._weight(name) for name in names})

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

    def holding(self, typed: Mapping[str, Numbers]) -> Checkpoint:
        """The same model where numbers were typed over whole ranges of its weights."""
        return replace(self, typed=typed)

    def of_blocks(self, blocks: Sequence[int]) -> Checkpoint:
        """The same model with these blocks alone; raises LimitError for one that it lacks."""
        known = range(self.config.n_layer)
        if not blocks or list(blocks) != sorted(set(blocks)) or not set(blocks) <= set(known):
            raise LimitError(
                f"blocks: expected some of 0 to {known[-1]} in ascending order, "
                f"got {', '.join(map(str, blocks)) or 'none'}",
                "choose other --blocks, such as 0-3 or 0,2",
            )
        return replace(self, blocks=tuple(blocks))


def load_checkpoint(model: Model, revision: str | None = None) -> Checkpoint:
    """The checkpoint in a folder or of the hub; raises a CheckpointError that says what is wrong.

    What names a model and a revision is told in `locate`, which downloads where it is needed.
    """
    found = locate(model, revision)
    _check_contents(found.folder)
    config_path = found.folder / _CONFIG
    config_file = read_config(config_path) if os.path.lexists(config_path) else None
    # Without a config.json it is the workshop's CSV folder, which is a GPT-2.
    family = GPT2 if config_file is None else config_file.family
    path, stored = folder_tensors(found.folder, family)
    config, notes = _sizes(found.folder, config_file, stored)
    # The vocabulary first: it is small, and a wrong one is found before the weights are read.
    vocabulary, said = _vocabulary(found.folder, config.vocab_size)
    read = checked_tensors(path, stored, config, family)
    return Checkpoint(
        found.name,
        found.source,
        found.folder,
        family,
        config,
        MappingProxyType(dict(read.tensors)),
        vocabulary,
        blocks=tuple(range(config.n_layer)),
        notes=notes + said + read.notes,
    )


def _sizes(
    folder: Path, config: ReadConfig | None, stored: Mapping[str, Tensor]
) -> tuple[ModelConfig, tuple[str, ...]]:
    """The sizes that config.json says, or those of the tensors, with a note that says so."""
    return sizes_of_tensors(folder, stored) if config is None else (config.sizes, ())


def _vocabulary(folder: Path, vocab_size: int) -> tuple[Vocabulary, tuple[str, ...]]:
    """The vocabulary of a folder, in the workshop's CSV files where there are no others."""
    if _has(folder, *_VOCABULARY):
        return read_vocabulary(folder, vocab_size), ()
    read = read_csv_vocabulary(folder, vocab_size)
    return read.vocabulary, read.notes


def _check_contents(folder: Path) -> None:
    """Raises MissingFileError where a folder has no sizes, or no vocabulary of any kind."""
    csv_alone = _has(folder, EMBEDDING_FILE) and not _has(folder, SINGLE_FILE, INDEX)
    if not _has(folder, _CONFIG) and not csv_alone:
        raise no_config(folder)
    if not _has(folder, *_VOCABULARY, TOKENS, MERGES):
        raise no_vocabulary(folder)


def _has(folder: Path, *names: str) -> bool:
    """Whether one of them is there; a link to nothing is, and reading it says what is wrong."""
    return any(os.path.lexists(folder / name) for name in names)
