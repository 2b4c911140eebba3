"""Messages about weights in several files: shards with their index, and CSV files."""

from __future__ import annotations

import json

from tests.broken_checkpoints import Change, a_folder_for, content, gone
from tests.messages.case import Case, Cause, Scene
from tests.random_models import save_safetensors
from tests.weight_files import INDEX, as_csv, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.formats import csv_files
from xlgpt2.errors import (
    BadFileError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

SHARDS = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
WPE, BIAS = "model_wpe.csv", "model_h1_mlp_c_fc_bias.csv"

SAME_MODEL = "take model.safetensors.index.json and all its shards from one and the same model"
SAME_FOLDER = "put all shards into the folder of their index: a path is not followed"
SAME_CONFIG = "take config.json and the weights from one and the same model"
CSV = (
    "write it without header and index: one row of the matrix a line, commas between numbers; "
    "a vector is one line or one column"
)


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

    scene.monkeypatch.setattr(csv_files.pd, "read_csv", refuse)
    csv(lambda folder: None)(scene)


CASES = [
    Case(
        "a shard is missing",
        shards(gone(SHARDS[1])),
        MissingFileError,
        "model/model-00002-of-00003.safetensors: expected a file, as model.safetensors.index.json names it, got none",
        "copy every shard that the index names into the folder",
    ),
    Case(
        "a shard is cut short",
        shards(cut(SHARDS[2])),
        BadFileError,
        "model/model-00003-of-00003.safetensors: expected a complete safetensors file, got: <...>",
        "copy the file again; it may have been cut short or be a Git LFS pointer",
    ),
    Case(
        "a tensor is not in its shard",
        shards(emptied(SHARDS[0])),
        MissingTensorError,
        "model/model-00001-of-00003.safetensors: wte.weight: expected the tensor that model.safetensors.index.json says is there, got none",
        SAME_MODEL,
    ),
    Case(
        "a tensor is in another shard",
        shards(placed("wpe.weight", SHARDS[0])),
        MissingTensorError,
        "model/model-00001-of-00003.safetensors: wpe.weight: expected the tensor that model.safetensors.index.json says is there, got none",
        SAME_MODEL,
    ),
    Case(
        "a shard outside the folder",
        shards(outside),
        BadFileError,
        "model/model.safetensors.index.json: wpe.weight: expected the name of a file beside the index, got '../model-00002-of-00003.safetensors'",
        SAME_FOLDER,
    ),
    Case(
        "an absolute path",
        shards(placed("wpe.weight", f"/{SHARDS[1]}")),
        BadFileError,
        "model/model.safetensors.index.json: wpe.weight: expected the name of a file beside the index, got '/model-00002-of-00003.safetensors'",
        SAME_FOLDER,
    ),
    Case(
        "a path of another system",
        shards(placed("wpe.weight", "..\\x")),
        BadFileError,
        "model/model.safetensors.index.json: wpe.weight: expected the name of a file beside the index, got '..\\\\x'",
        SAME_FOLDER,
    ),
    Case(
        "the folder above",
        shards(placed("wpe.weight", "..")),
        BadFileError,
        "model/model.safetensors.index.json: wpe.weight: expected the name of a file beside the index, got '..'",
        SAME_FOLDER,
    ),
    Case(
        "a number for a file",
        shards(placed("wpe.weight", 2)),
        BadFileError,
        "model/model.safetensors.index.json: wpe.weight: expected the name of a file beside the index, got 2",
        SAME_FOLDER,
    ),
    Case(
        "an index that is no JSON",
        shards(content(INDEX, "{")),
        BadFileError,
        "model/model.safetensors.index.json: expected JSON, got Expecting property name enclosed in double quotes in line 1",
        "copy the file again; it may have been cut short",
    ),
    Case(
        "an index without a map",
        shards(content(INDEX, "{}")),
        BadFileError,
        "model/model.safetensors.index.json: weight_map: expected the file name of every tensor, got none",
        SAME_MODEL,
    ),
    Case(
        "a map that is a list",
        shards(content(INDEX, '{"weight_map": ["a"]}')),
        BadFileError,
        "model/model.safetensors.index.json: weight_map: expected the file name of every tensor, got list",
        SAME_MODEL,
    ),
    Case(
        "a shard with a tensor that GPT-2 lacks",
        shards(placed("h.7.ln_1.bias", SHARDS[0])),
        MissingTensorError,
        "model/model-00001-of-00003.safetensors: h.7.ln_1.bias: expected the tensor that model.safetensors.index.json says is there, got none",
        SAME_MODEL,
    ),
    Case(
        "an index and nothing else, taken away",
        shards(gone(INDEX)),
        MissingFileError,
        "model: expected model.safetensors, model.safetensors.index.json with its shards, or model_wte.csv and the other CSV files, got model-00001-of-00003.safetensors (a shard without its index), model-00002-of-00003.safetensors (a shard without its index), model-00003-of-00003.safetensors (a shard without its index), config.json, merges.txt, vocab.json",
        "copy model.safetensors.index.json, too: it says which shard has which tensor",
    ),
    Case(
        "a text in a cell",
        csv(line(WPE, 4, lambda text: text.replace(",", ",abc,", 1))),
        BadFileError,
        "model/model_wpe.csv: line 4: column 2: expected a number, got 'abc'",
        CSV,
    ),
    Case(
        "an empty cell",
        csv(line(WPE, 5, lambda text: "," + text.partition(",")[2])),
        BadFileError,
        "model/model_wpe.csv: line 5: column 1: expected a number, got ''",
        CSV,
    ),
    Case(
        "a cell too few",
        csv(line(WPE, 6, lambda text: text.partition(",")[2])),
        BadFileError,
        "model/model_wpe.csv: line 6: expected 15 numbers, got 14",
        CSV,
    ),
    Case(
        "a cell too many",
        csv(line(WPE, 7, lambda text: f"{text},1")),
        BadFileError,
        "model/model_wpe.csv: line 7: expected 15 numbers, got 16",
        CSV,
    ),
    Case(
        "an empty line",
        csv(line(WPE, 8, lambda text: f"\n{text}")),
        BadFileError,
        "model/model_wpe.csv: line 8: expected 15 numbers, got 0",
        CSV,
    ),
    Case(
        "an empty line at the beginning",
        csv(line(WPE, 1, lambda text: f"\n{text}")),
        BadFileError,
        "model/model_wpe.csv: line 1: expected some numbers, got 0",
        CSV,
    ),
    Case(
        "a header",
        csv(line(WPE, 1, lambda text: f"{','.join('abcdefghijklmno')}\n{text}")),
        BadFileError,
        "model/model_wpe.csv: line 1: column 1: expected a number, got 'a'",
        CSV,
    ),
    Case(
        "other separators",
        csv(content(WPE, "1;2\n3;4\n")),
        BadFileError,
        "model/model_wpe.csv: line 1: column 1: expected a number, got '1;2'",
        CSV,
    ),
    Case(
        "not a number",
        csv(line(WPE, 3, lambda text: "nan," + text.partition(",")[2])),
        BadFileError,
        "model/model_wpe.csv: line 3: column 1: expected a number, got 'nan'",
        CSV,
    ),
    Case(
        "more than float32 holds",
        csv(line(WPE, 2, lambda text: text.rpartition(",")[0] + ",1e39")),
        BadFileError,
        "model/model_wpe.csv: wpe.weight: expected finite numbers, got inf at [1, 14]",
        "copy the file again; if it stays so, training went wrong",
    ),
    Case(
        "a space that is none of ASCII",
        csv(content(WPE, "1,\xa02\n")),
        BadFileError,
        "model/model_wpe.csv: line 1: column 2: expected a number, got '\\xa02'",
        CSV,
    ),
    Case(
        "what pandas does not take, for a reason that we don't know",
        pandas_refuses,
        BadFileError,
        "model/model_wte.csv: expected numbers, got no reason",
        CSV,
    ),
    Case(
        "a cell that does not end",
        csv(content(WPE, "1" * 140_000 + "x\n")),
        BadFileError,
        "model/model_wpe.csv: line 1: expected numbers, got field larger than field limit (131072)",
        CSV,
    ),
    Case(
        "an empty file",
        csv(content(WPE, "")),
        BadFileError,
        "model/model_wpe.csv: expected numbers, got an empty file",
        CSV,
    ),
    Case(
        "bytes of no text",
        csv(content(WPE, b"\xff\xfe1,2\n")),
        BadFileError,
        "model/model_wpe.csv: line 1: column 1: expected a number, got '��1'",
        CSV,
    ),
    Case(
        "an open quotation mark",
        csv(content(WPE, '1,"2\n3,4\n')),
        BadFileError,
        "model/model_wpe.csv: line 2: column 2: expected a number, got '2\\n3,4\\n'",
        CSV,
    ),
    Case(
        "an empty line at the end",
        csv(line(WPE, 12, "\n")),
        BadFileError,
        "model/model_wpe.csv: line 12: expected 15 numbers, got 0",
        CSV,
    ),
    Case(
        "a CSV file that is a folder",
        csv(a_folder_for(WPE)),
        BadFileError,
        "model/model_wpe.csv: expected a file, got a folder",
        "see that it is a file and that you may read it, or copy it again",
    ),
    Case(
        "a CSV file of other sizes",
        csv(content(WPE, "1,2,3\n4,5,6\n")),
        WrongShapeError,
        "model/model_wpe.csv: wpe.weight: expected shape [11, 15], got [2, 3]",
        SAME_CONFIG,
    ),
    Case(
        "a vector as a matrix",
        csv(content(BIAS, "1,2\n3,4\n")),
        WrongShapeError,
        "model/model_h1_mlp_c_fc_bias.csv: h.1.mlp.c_fc.bias: expected shape [60], got [2, 2]",
        SAME_CONFIG,
    ),
    Case(
        "a CSV file is missing",
        csv(gone(BIAS)),
        MissingTensorError,
        "model: h.1.mlp.c_fc.bias: expected a tensor [60], got none",
        SAME_CONFIG,
    ),
    Case(
        "a CSV file of a tensor that GPT-2 lacks",
        csv(content("model_h7_ln_1_bias.csv", "x")),
        UnsupportedModelError,
        "model: expected the 28 tensors of GPT-2 with n_layer 2, got h.7.ln_1.bias beside them",
        SAME_CONFIG,
    ),
    Case(
        "a CSV file that is no tensor",
        csv(content("model_notes.csv", "x")),
        UnsupportedModelError,
        "model: expected the 28 tensors of GPT-2 with n_layer 2, got notes beside them",
        SAME_CONFIG,
    ),
]
