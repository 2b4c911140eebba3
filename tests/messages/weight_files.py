"""Messages about weights in several files: shards with their index, and CSV files."""

from __future__ import annotations

import json

import pandas as pd

from tests.broken_checkpoints import Change, a_folder_for, content, gone
from tests.messages.case import Case, Cause, Scene
from tests.random_models import save_safetensors
from tests.weight_files import INDEX, as_csv, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import (
    BadFileError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

SHARDS = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
WPE, BIAS = "model_wpe.csv", "model_h1_mlp_c_fc_bias.csv"


def shards(change: Change) -> Cause:
    """A folder with three shards is changed and then read."""

    def cause(scene: Scene) -> None:
        folder = as_shards(scene.model())
        change(folder)
        load_checkpoint(folder)

    return cause


def placed(name: str, shard: object) -> Change:
    """Changes the file that the index names for a tensor."""

    def change(folder):
        index = json.loads((folder / INDEX).read_text("utf-8"))
        index["weight_map"][name] = shard
        (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")

    return change


def cut(shard: str) -> Change:
    """A shard without its last bytes."""
    return lambda folder: (folder / shard).write_bytes((folder / shard).read_bytes()[:-100])


def emptied(shard: str) -> Change:
    """A shard with no tensors in it."""
    return lambda folder: save_safetensors(folder / shard, {})


def outside(folder):
    """A good shard outside the folder, and an index that names it there."""
    (folder / SHARDS[1]).rename(folder.parent / SHARDS[1])
    placed("wpe.weight", f"../{SHARDS[1]}")(folder)


def csv(change: Change) -> Cause:
    """A folder with CSV files is changed and then read."""

    def cause(scene: Scene) -> None:
        folder = as_csv(scene.model())
        change(folder)
        load_checkpoint(folder)

    return cause


def line(name: str, number: int, text) -> Change:
    """Changes a line of a CSV file, counted from 1; a text with a line break makes two of it."""

    def change(folder):
        path = folder / name
        lines = path.read_text("utf-8").split("\n")
        lines[number - 1] = text(lines[number - 1]) if callable(text) else text
        path.write_text("\n".join(lines), encoding="utf-8")

    return change


def pandas_refuses(scene: Scene) -> None:
    """Nothing is known that pandas refuses and our own look at the cells does not."""

    def refuse(*arguments: object, **options: object) -> None:
        raise ValueError("no reason")

    scene.monkeypatch.setattr(pd, "read_csv", refuse)
    csv(lambda folder: None)(scene)


CASES = [
    Case("a shard is missing", shards(gone(SHARDS[1])), MissingFileError),
    Case("a shard is cut short", shards(cut(SHARDS[2])), BadFileError),
    Case("a tensor is not in its shard", shards(emptied(SHARDS[0])), MissingTensorError),
    Case(
        "a tensor is in another shard", shards(placed("wpe.weight", SHARDS[0])), MissingTensorError
    ),
    Case("a shard outside the folder", shards(outside), BadFileError),
    Case("an absolute path", shards(placed("wpe.weight", f"/{SHARDS[1]}")), BadFileError),
    Case("a path of another system", shards(placed("wpe.weight", "..\\x")), BadFileError),
    Case("the folder above", shards(placed("wpe.weight", "..")), BadFileError),
    Case("a number for a file", shards(placed("wpe.weight", 2)), BadFileError),
    Case("an index that is no JSON", shards(content(INDEX, "{")), BadFileError),
    Case("an index without a map", shards(content(INDEX, "{}")), BadFileError),
    Case("a map that is a list", shards(content(INDEX, '{"weight_map": ["a"]}')), BadFileError),
    Case(
        "a shard with a tensor that GPT-2 lacks",
        shards(placed("h.7.ln_1.bias", SHARDS[0])),
        MissingTensorError,
    ),
    Case("an index and nothing else, taken away", shards(gone(INDEX)), MissingFileError),
    Case(
        "a text in a cell",
        csv(line(WPE, 4, lambda text: text.replace(",", ",abc,", 1))),
        BadFileError,
    ),
    Case(
        "an empty cell", csv(line(WPE, 5, lambda text: "," + text.partition(",")[2])), BadFileError
    ),
    Case("a cell too few", csv(line(WPE, 6, lambda text: text.partition(",")[2])), BadFileError),
    Case("a cell too many", csv(line(WPE, 7, lambda text: f"{text},1")), BadFileError),
    Case("an empty line", csv(line(WPE, 8, lambda text: f"\n{text}")), BadFileError),
    Case(
        "an empty line at the beginning", csv(line(WPE, 1, lambda text: f"\n{text}")), BadFileError
    ),
    Case(
        "a header",
        csv(line(WPE, 1, lambda text: f"{','.join('abcdefghijklmno')}\n{text}")),
        BadFileError,
    ),
    Case("other separators", csv(content(WPE, "1;2\n3;4\n")), BadFileError),
    Case(
        "not a number",
        csv(line(WPE, 3, lambda text: "nan," + text.partition(",")[2])),
        BadFileError,
    ),
    Case(
        "more than float32 holds",
        csv(line(WPE, 2, lambda text: text.rpartition(",")[0] + ",1e39")),
        BadFileError,
    ),
    Case("a space that is none of ASCII", csv(content(WPE, "1,\xa02\n")), BadFileError),
    Case(
        "what pandas does not take, for a reason that we don't know", pandas_refuses, BadFileError
    ),
    Case("a cell that does not end", csv(content(WPE, "1" * 140_000 + "x\n")), BadFileError),
    Case("an empty file", csv(content(WPE, "")), BadFileError),
    Case("bytes of no text", csv(content(WPE, b"\xff\xfe1,2\n")), BadFileError),
    Case("an open quotation mark", csv(content(WPE, '1,"2\n3,4\n')), BadFileError),
    Case("an empty line at the end", csv(line(WPE, 12, "\n")), BadFileError),
    Case("a CSV file that is a folder", csv(a_folder_for(WPE)), BadFileError),
    Case("a CSV file of other sizes", csv(content(WPE, "1,2,3\n4,5,6\n")), WrongShapeError),
    Case("a vector as a matrix", csv(content(BIAS, "1,2\n3,4\n")), WrongShapeError),
    Case("a CSV file is missing", csv(gone(BIAS)), MissingTensorError),
    Case(
        "a CSV file of a tensor that GPT-2 lacks",
        csv(content("model_h7_ln_1_bias.csv", "x")),
        UnsupportedModelError,
    ),
    Case(
        "a CSV file that is no tensor", csv(content("model_notes.csv", "x")), UnsupportedModelError
    ),
]
