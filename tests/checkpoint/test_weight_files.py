"""Weights in shards or CSV files: the same model. Broken ones are in tests/messages."""

import csv
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.broken_checkpoints import content
from tests.random_models import random_tensors, write_random_model
from tests.weight_files import INDEX, as_csv, as_shards, as_workshop
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.tensors import whole


def same_weights(folder, other):
    """Whether two folders hold the same tensors, number by number, as float32."""
    ours, theirs = load_checkpoint(folder).tensors, load_checkpoint(other).tensors
    assert list(ours) == list(theirs)
    for name, tensor in ours.items():
        assert whole(tensor).dtype == np.float32
        assert whole(tensor).shape == tensor.shape
        assert np.array_equal(whole(tensor), whole(theirs[name])), name


def same_vocabulary(ours, theirs):
    """Whether tokens, merges, special tokens and those that end a text are the same."""
    assert asdict(ours.vocabulary) == asdict(theirs.vocabulary)


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


#: Heads of 64 columns, as the workshop's page has them.
WORKSHOP = {"n_layer": 2, "n_head": 2, "head_size": 64, "n_inner": 72}
SIZES_NOTE = (
    "no config.json: sizes are those of the tensors, with 64 columns a head as in every published "
    "GPT-2: n_layer 2, n_head 2, n_embd 128, n_positions 11, vocab_size 301, n_inner 72"
)
SPACES = "bpe_token_ids.csv: spaces and control characters in tokens are read as those bytes"


@pytest.mark.parametrize(
    ("options", "notes"),
    [
        ({}, (SPACES, "vocab_bpe.csv: line 1 is taken for labels: left, right, rank, score")),
        ({"labels": False}, (SPACES,)),
        ({"raw": False, "scores": False, "labels": False}, ()),
        (
            {"raw": False, "scores": False},
            ("vocab_bpe.csv: line 1 is taken for labels: left, right",),
        ),
    ],
)
def test_the_workshops_own_folder_is_the_same_model(tmp_path, options, notes):
    """Its files have other names and no config.json; tokens have spaces, merges have scores."""
    one = write_random_model(tmp_path / "one", **WORKSHOP)
    folder = as_workshop(write_random_model(tmp_path / "m", **WORKSHOP), **options)
    assert (folder / "model_h1_attn_c_attn_w.csv").is_file()
    assert (folder / "model_ln_f_g.csv").is_file()
    same_weights(folder, one)
    ours, theirs = load_checkpoint(folder), load_checkpoint(one)
    assert replace(ours.config, n_inner=None) == replace(theirs.config, n_inner=None)
    assert ours.config.inner_size == theirs.config.inner_size
    same_vocabulary(ours, theirs)
    assert ours.notes == (SIZES_NOTE, *notes)


def test_ids_may_stand_before_tokens(tmp_path):
    """Also with labels, a byte order mark, and lines in another order than the ids."""
    folder = as_workshop(write_random_model(tmp_path / "m", **WORKSHOP))
    expected = load_checkpoint(folder)
    path = folder / "bpe_token_ids.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["id", "token"], *((b, a) for a, b in reversed(rows))])
    found = load_checkpoint(folder)
    same_vocabulary(found, expected)
    assert "bpe_token_ids.csv: line 1 is taken for labels: id, token" in found.notes


def test_a_config_goes_before_the_sizes_of_tensors(tmp_path):
    """So that CSV files of other heads than 64 columns can be read."""
    folder = write_random_model(tmp_path / "m")
    config = (folder / "config.json").read_bytes()
    as_workshop(folder)
    (folder / "config.json").write_bytes(config)
    found = load_checkpoint(folder)
    assert found.config.n_head == 3
    assert SIZES_NOTE[:15] not in str(found.notes)
