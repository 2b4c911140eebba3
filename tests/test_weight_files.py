"""Weights in shards or CSV files: the same model, and a clear word where a file is wrong."""

import json

import numpy as np
import pytest

from tests.broken_checkpoints import content, gone
from tests.random_models import random_tensors, save_safetensors, write_random_model
from tests.weight_files import INDEX, as_csv, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.tensors import whole
from xlgpt2.errors import (
    BadFileError,
    CheckpointError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

SHARDS = [f"model-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]


def same_weights(folder, other):
    """Whether two folders hold the same tensors, number by number, as float32."""
    ours, theirs = load_checkpoint(folder).tensors, load_checkpoint(other).tensors
    assert list(ours) == list(theirs)
    for name, tensor in ours.items():
        assert whole(tensor).dtype == np.float32
        assert whole(tensor).shape == tensor.shape
        assert np.array_equal(whole(tensor), whole(theirs[name])), name


@pytest.mark.parametrize("prefix", [False, True])
def test_shards_are_the_same_model_as_one_file(tmp_path, prefix):
    one = write_random_model(tmp_path / "one", prefix=prefix)
    same_weights(as_shards(write_random_model(tmp_path / "m", prefix=prefix)), one)


def test_shards_that_transformers_writes_are_read(tmp_path):
    """save_pretrained with a small limit a file gives shards and an index; both are read."""
    transformers = pytest.importorskip("transformers")
    one = write_random_model(tmp_path / "one")
    folder = write_random_model(tmp_path / "m")
    transformers.GPT2LMHeadModel.from_pretrained(one).save_pretrained(folder, max_shard_size="20KB")
    (folder / "model.safetensors").unlink()
    assert len(list(folder.glob("*.safetensors"))) > 2
    same_weights(folder, one)


def test_one_file_goes_before_shards(tmp_path):
    """Where both are there the index is not even read, as in transformers."""
    folder = as_shards(write_random_model(tmp_path / "m"))
    other = write_random_model(tmp_path / "other", seed=1)
    (other / "model.safetensors").rename(folder / "model.safetensors")
    (folder / INDEX).write_text("{", encoding="utf-8")
    found = load_checkpoint(folder).tensors["ln_f.bias"]
    sizes = {"n_layer": 2, "n_embd": 15, "n_positions": 11, "vocab_size": 301, "n_inner": 60}
    assert np.array_equal(whole(found), random_tensors(sizes, 1)["ln_f.bias"])


def placed(name, shard):
    """Changes the file that the index names for a tensor."""

    def change(folder):
        index = json.loads((folder / INDEX).read_text("utf-8"))
        index["weight_map"][name] = shard
        (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")

    return change


def emptied(shard):
    """A shard with no tensors in it."""
    return lambda folder: save_safetensors(folder / shard, {})


def outside(folder):
    """A good shard outside the folder, and an index that names it there."""
    (folder / SHARDS[1]).rename(folder.parent / SHARDS[1])
    placed("wpe.weight", f"../{SHARDS[1]}")(folder)


# what is broken in a folder of three shards, the change, the error, words of its message
BROKEN_SHARDS = [
    ("a shard is missing", gone(SHARDS[1]), MissingFileError, [SHARDS[1], INDEX, "got none"]),
    ("a shard is cut short", lambda folder: (folder / SHARDS[2]).write_bytes((folder / SHARDS[2]).read_bytes()[:-100]), BadFileError, [SHARDS[2], "complete safetensors file"]),
    ("a tensor is not in its shard", emptied(SHARDS[0]), MissingTensorError, [SHARDS[0], "wte.weight", INDEX, "got none"]),
    ("a tensor is in another shard", placed("wpe.weight", SHARDS[0]), MissingTensorError, [SHARDS[0], "wpe.weight"]),
    ("a shard outside the folder", outside, BadFileError, [INDEX, "wpe.weight", f"got '../{SHARDS[1]}'"]),
    ("an absolute path", placed("wpe.weight", f"/{SHARDS[1]}"), BadFileError, ["wpe.weight", f"got '/{SHARDS[1]}'"]),
    ("a path of another system", placed("wpe.weight", "..\\x"), BadFileError, ["wpe.weight", "got '..\\\\x'"]),
    ("the folder above", placed("wpe.weight", ".."), BadFileError, ["wpe.weight", "got '..'"]),
    ("a number for a file", placed("wpe.weight", 2), BadFileError, ["wpe.weight", "got 2"]),
    ("an index that is no JSON", content(INDEX, "{"), BadFileError, [INDEX, "JSON", "line 1"]),
    ("an index without a map", content(INDEX, "{}"), BadFileError, [INDEX, "weight_map", "got none"]),
    ("a map that is a list", content(INDEX, '{"weight_map": ["a"]}'), BadFileError, [INDEX, "weight_map", "got list"]),
    ("a tensor that GPT-2 lacks", placed("h.7.ln_1.bias", SHARDS[0]), MissingTensorError, ["h.7.ln_1.bias"]),
    ("no weights of any kind", gone(INDEX), MissingFileError, ["model.safetensors", INDEX, "got none of them"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [row[1:] for row in BROKEN_SHARDS],
    ids=[row[0] for row in BROKEN_SHARDS],
)
def test_broken_shards_are_named(tmp_path, change, error, words):
    folder = as_shards(write_random_model(tmp_path / "broken"))
    change(folder)
    refused(folder, error, words)


@pytest.mark.parametrize(
    ("columns", "float64"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_csv_files_are_the_same_model_as_one_file(tmp_path, columns, float64):
    """Vectors in a row or a column, decimals of float32 or float64: the same float32 numbers."""
    one = write_random_model(tmp_path / "one")
    folder = as_csv(write_random_model(tmp_path / "m"), columns=columns, float64=float64)
    assert (folder / "model_h1_attn_c_attn_weight.csv").is_file()
    assert (folder / "model_wte.csv").is_file()
    same_weights(folder, one)


def test_csv_files_longer_than_a_part_are_whole(tmp_path):
    """2,311 rows are more than pandas is given at a time; the order of rows is kept."""
    sizes = {"vocab_size": 2311, "n_layer": 1, "n_head": 1}
    one = write_random_model(tmp_path / "one", **sizes)
    folder = as_csv(write_random_model(tmp_path / "m", **sizes))
    same_weights(folder, one)
    assert whole(load_checkpoint(folder).tensors["wte.weight"]).flags.c_contiguous


def test_safetensors_go_before_csv(tmp_path):
    """A folder with both kinds is read as safetensors; the CSV files are not looked at."""
    folder = write_random_model(tmp_path / "m")
    content("model_wte.csv", "x")(folder)
    same_weights(folder, write_random_model(tmp_path / "one"))


def line(name, number, text):
    """Changes a line of a CSV file, counted from 1; a text with a line break makes two of it."""

    def change(folder):
        path = folder / name
        lines = path.read_text("utf-8").split("\n")
        lines[number - 1] = text(lines[number - 1]) if callable(text) else text
        path.write_text("\n".join(lines), encoding="utf-8")

    return change


WPE, BIAS = "model_wpe.csv", "model_h1_mlp_c_fc_bias.csv"

# what is broken in a folder of CSV files, the change, the error, words of its message
BROKEN_CSV = [
    ("a text in a cell", line(WPE, 4, lambda text: text.replace(",", ",abc,", 1)), BadFileError, [WPE, "line 4", "column 2", "got 'abc'"]),
    ("an empty cell", line(WPE, 5, lambda text: "," + text.partition(",")[2]), BadFileError, [WPE, "line 5", "column 1", "got ''"]),
    ("a cell too few", line(WPE, 6, lambda text: text.partition(",")[2]), BadFileError, [WPE, "line 6", "expected 15 numbers, got 14"]),
    ("a cell too many", line(WPE, 7, lambda text: f"{text},1"), BadFileError, [WPE, "line 7", "expected 15 numbers, got 16"]),
    ("an empty line", line(WPE, 8, lambda text: f"\n{text}"), BadFileError, [WPE, "line 8", "expected 15 numbers, got 0"]),
    ("a header", line(WPE, 1, lambda text: f"{','.join('abcdefghijklmno')}\n{text}"), BadFileError, [WPE, "line 1", "column 1", "got 'a'"]),
    ("other separators", line(WPE, 1, lambda text: text.replace(",", ";")), BadFileError, [WPE, "line 1", "expected a number"]),
    ("not a number", line(WPE, 3, lambda text: "nan," + text.partition(",")[2]), BadFileError, [WPE, "line 3", "column 1", "got 'nan'"]),
    ("more than float32 holds", line(WPE, 2, lambda text: text.rpartition(",")[0] + ",1e39"), BadFileError, [WPE, "wpe.weight", "got inf at [1, 14]"]),
    ("an empty file", content(WPE, ""), BadFileError, [WPE, "empty file"]),
    ("bytes of no text", content(WPE, b"\xff\xfe1\x00,\x002\x00"), BadFileError, [WPE, "line 1"]),
    ("an open quotation mark", content(WPE, '1,"2\n3,4\n'), BadFileError, [WPE, "expected a number"]),
    ("an empty line at the end", line(WPE, 12, "\n"), BadFileError, [WPE, "line 12", "got 0"]),
    ("a file of other sizes", content(WPE, "1,2,3\n4,5,6\n"), WrongShapeError, [WPE, "wpe.weight", "expected shape [11, 15]", "got [2, 3]"]),
    ("a vector as a matrix", content(BIAS, "1,2\n3,4\n"), WrongShapeError, [BIAS, "h.1.mlp.c_fc.bias", "expected shape [60]", "got [2, 2]"]),
    ("a file is missing", gone(BIAS), MissingTensorError, ["h.1.mlp.c_fc.bias", "got none"]),
    ("a tensor that GPT-2 lacks", content("model_h7_ln_1_bias.csv", "x"), UnsupportedModelError, ["h.7.ln_1.bias"]),
    ("a file that is no tensor", content("model_notes.csv", "x"), UnsupportedModelError, ["notes"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [row[1:] for row in BROKEN_CSV],
    ids=[row[0] for row in BROKEN_CSV],
)
def test_broken_csv_files_are_named_with_their_line(tmp_path, change, error, words):
    folder = as_csv(write_random_model(tmp_path / "broken"))
    change(folder)
    refused(folder, error, words)


def refused(folder, error, words):
    """Loading raises this very error, in one line with these words, and a hint."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(folder)
    assert type(caught.value) is error
    assert [word for word in words if word not in caught.value.message] == []
    assert "\n" not in caught.value.message
    assert caught.value.hint
