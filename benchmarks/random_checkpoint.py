"""Checkpoints with random weights in the shapes of the published models, for benchmarks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
import numpy as np
from safetensors.numpy import save_file

from xlgpt2.checkpoint.config import read_config

#: n_layer, n_head and n_embd of the published models (Radford et al. 2019, table 2).
SHAPES: dict[str, tuple[int, int, int]] = {
    "gpt2": (12, 12, 768),
    "gpt2-medium": (24, 16, 1024),
    "gpt2-large": (36, 20, 1280),
    "gpt2-xl": (48, 25, 1600),
}

#: n_layer, n_head and n_embd of models that show how cost grows: with C, and with L.
GROWTH = {"small": (4, 4, 256), "wide": (4, 12, 768), "gpt2": SHAPES["gpt2"]}

#: The standard deviation of initial weights (Radford et al. 2018, 4.1).
STD = 0.02


def write_checkpoint(
    folder: Path, vocabulary: Path, n_layer: int, n_head: int, n_embd: int, seed: int = 0
) -> Path:
    """Write a checkpoint with the vocabulary of a folder; the scales of norms are near 1."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(vocabulary / name, folder / name)
    vocab_size = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    sizes = {"n_layer": n_layer, "n_head": n_head, "n_embd": n_embd, "n_positions": 1024}
    config = {"model_type": "gpt2", "vocab_size": vocab_size, **sizes}
    (folder / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    random = np.random.default_rng(seed)
    read = read_config(folder / "config.json")
    tensors = {}
    for name, tensor in read.family.tensors(read.sizes).items():
        numbers = random.standard_normal(tensor.shape, dtype=np.float32) * np.float32(STD)
        is_scale = "ln_" in name and name.endswith("weight")
        tensors[name] = numbers + np.float32(1) if is_scale else numbers
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--vocabulary", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="Folder with vocab.json and merges.txt.")  # fmt: skip
@click.option("--shape", type=click.Choice(list(SHAPES)), default="gpt2", show_default=True)
def main(folder: Path, vocabulary: Path, shape: str) -> None:
    """Write a checkpoint with random weights in the shape of a published model."""
    write_checkpoint(folder, vocabulary, *SHAPES[shape])


if __name__ == "__main__":
    main()
