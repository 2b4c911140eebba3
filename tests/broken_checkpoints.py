"""Changes that break a good checkpoint folder, and the sizes of that checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.random_models import random_tensors, save_safetensors

#: The default sizes in config.json of `write_random_model`.
SIZES = {"n_layer": 2, "n_embd": 15, "n_positions": 11, "vocab_size": 301, "n_inner": 60}

Change = Callable[[Path], None]


def config(**changes: object) -> Change:
    """Change keys of config.json; `...` removes one."""

    def change(folder: Path) -> None:
        path = folder / "config.json"
        values = {**json.loads(path.read_text(encoding="utf-8")), **changes}
        values = {key: value for key, value in values.items() if value is not ...}
        path.write_text(json.dumps(values), encoding="utf-8")

    return change


def vocabulary(change_ids: Callable[[dict[str, object]], object]) -> Change:
    """Change the ids in vocab.json."""

    def change(folder: Path) -> None:
        path = folder / "vocab.json"
        ids = json.loads(path.read_text(encoding="utf-8"))
        change_ids(ids)
        path.write_text(json.dumps(ids), encoding="utf-8")

    return change


def content(name: str, data: str | bytes) -> Change:
    """Replace a file."""

    def change(folder: Path) -> None:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    return change


def gone(name: str) -> Change:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def a_folder_for(name: str) -> Change:
    """Replace a file by a folder."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def tensor(name: str, value: NDArray[np.float32] | None) -> Change:
    """Replace a tensor, or remove it if the value is None."""

    def change(folder: Path) -> None:
        tensors = random_tensors(SIZES, 0)
        tensors.pop(name, None)
        if value is not None:
            tensors[name] = value
        save_safetensors(folder / "model.safetensors", tensors)

    return change


def tensors(change_names: Callable[[str], str | None]) -> Change:
    """Rename tensors, or remove those whose new name is None."""

    def change(folder: Path) -> None:
        renamed = {change_names(name): value for name, value in random_tensors(SIZES, 0).items()}
        tensors = {name: value for name, value in renamed.items() if name is not None}
        save_safetensors(folder / "model.safetensors", tensors)

    return change


def infinite(name: str) -> Change:
    """Put an infinite number in row 1, column 2 of a tensor."""
    weights = random_tensors(SIZES, 0)[name]
    weights[1, 2] = np.inf
    return tensor(name, weights)


def weights_bytes(change_bytes: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of model.safetensors."""

    def change(folder: Path) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(change_bytes(path.read_bytes()))

    return change


def zeros(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, dtype=np.float32)


ENDOFTEXT = "<|endoftext|>"
