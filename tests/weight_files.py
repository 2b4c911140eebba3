"""A checkpoint's weights in other files: shards with an index, or one CSV file per tensor."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from tests.random_models import save_safetensors

INDEX = "model.safetensors.index.json"


def take_weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    """The tensors of model.safetensors by name; the file is removed."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    path.unlink()
    return tensors


def as_shards(folder: Path, shards: int = 3) -> Path:
    """Split model.safetensors as save_pretrained does; tensors go to the shards in turn."""
    tensors = take_weights(folder)
    names = [f"model-{i + 1:05d}-of-{shards:05d}.safetensors" for i in range(shards)]
    weight_map = {name: names[i % shards] for i, name in enumerate(tensors)}
    for shard in names:
        save_safetensors(
            folder / shard, {name: tensors[name] for name in tensors if weight_map[name] == shard}
        )
    size = sum(tensor.nbytes for tensor in tensors.values())
    content = {"metadata": {"total_size": size}, "weight_map": weight_map}
    (folder / INDEX).write_text(json.dumps(content, indent=2), encoding="utf-8")
    return folder


def csv_name(tensor_name: str) -> str:
    """The name of a tensor's CSV file, without its suffix."""
    name = tensor_name.replace("h.", "h", 1) if tensor_name.startswith("h.") else tensor_name
    return f"model_{name.removesuffix('.weight') if name[0] == 'w' else name}".replace(".", "_")


def as_csv(folder: Path, *, columns: bool = False, float64: bool = False) -> Path:
    """Write each tensor to a CSV file in shortest decimals; vectors as rows, or as columns."""
    for name, tensor in take_weights(folder).items():
        rows = np.atleast_2d(tensor)
        if columns and tensor.ndim == 1:
            rows = rows.T
        if float64:
            rows = rows.astype(np.float64)
        text = "".join(",".join(map(str, row)) + "\n" for row in rows)
        (folder / f"{csv_name(name)}.csv").write_text(text, encoding="utf-8")
    return folder


def as_workshop(
    folder: Path, *, raw: bool = True, labels: bool = True, scores: bool = True
) -> Path:
    """Write the workshop's files: its names of CSV files and vocabulary, and no config.json.

    `raw` leaves spaces in tokens, `labels` names the columns of merges, and `scores` adds a
    descending score in column 4 and reverses the order of the lines.
    """
    as_csv(folder)
    for path in folder.glob("model_*.csv"):
        short = path.stem.replace("_bias", "_b")
        short = short.replace("_weight", "_g" if "_ln_" in short else "_w")
        path.rename(folder / f"{short}.csv")
    vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))
    merges = [
        line.split(" ") for line in (folder / "merges.txt").read_text("utf-8").split("\n")[1:-1]
    ]
    for name in ("config.json", "vocab.json", "merges.txt"):
        (folder / name).unlink()

    def spelled(token: str) -> str:
        return token.replace("Ġ", " ") if raw else token

    lines = [[spelled(left), spelled(right)] for left, right in merges]
    if scores:
        lines = [[*line, str(i), str(5000 - i)] for i, line in enumerate(lines)][::-1]
    if labels:
        lines.insert(0, ["left", "right", "rank", "score"][: len(lines[0])])
    tokens = [[spelled(token), str(token_id)] for token, token_id in vocabulary.items()]
    for name, rows in (("bpe_token_ids.csv", tokens), ("vocab_bpe.csv", lines)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder
