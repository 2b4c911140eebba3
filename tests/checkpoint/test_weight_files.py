"""Weights in shards or CSV files give the same model. Broken ones are in tests/messages."""

import csv
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.broken_checkpoints import content
from tests.random_models import random_tensors, write_random_model
from tests.weight_files import INDEX, as_csv, as_shards, as_workshop
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.tensors import whole


def assert_same_weights(folder, other):
    """Two folders have the same tensors, number by number, as float32."""
    tensors, other_tensors = load_checkpoint(folder).tensors, load_checkpoint(other).tensors
    assert list(tensors) == list(other_tensors)
    for name, tensor in tensors.items():
        assert whole(tensor).dtype == np.float32
        assert whole(tensor).shape == tensor.shape
        assert np.array_equal(whole(tensor), whole(other_tensors[name])), name


def assert_same_vocabulary(checkpoint, other):
    """Tokens, merges, special tokens and end tokens are the same."""
    assert asdict(checkpoint.vocabulary) == asdict(other.vocabulary)


@pytest.mark.parametrize("prefix", [False, True])
def test_shards_are_the_same_model_as_one_file(tmp_path, prefix):
    single = write_random_model(tmp_path / "one", prefix=prefix)
    assert_same_weights(as_shards(write_random_model(tmp_path / "m", prefix=prefix)), single)


def test_shards_that_transformers_writes_are_read(tmp_path):
    """save_pretrained with a small file limit writes shards and an index; both are read."""
    transformers = pytest.importorskip("transformers")
    single = write_random_model(tmp_path / "one")
    folder = write_random_model(tmp_path / "m")
    transformers.GPT2LMHeadModel.from_pretrained(single).save_pretrained(
        folder, max_shard_size="20KB"
    )
    (folder / "model.safetensors").unlink()
    assert len(list(folder.glob("*.safetensors"))) > 2
    assert_same_weights(folder, single)


def test_a_single_file_has_priority_over_shards(tmp_path):
    """The index is not read if both exist, as in transformers."""
    folder = as_shards(write_random_model(tmp_path / "m"))
    other = write_random_model(tmp_path / "other", seed=1)
    (other / "model.safetensors").rename(folder / "model.safetensors")
    (folder / INDEX).write_text("{", encoding="utf-8")
    bias = load_checkpoint(folder).tensors["ln_f.bias"]
    sizes = {"n_layer": 2, "n_embd": 15, "n_positions": 11, "vocab_size": 301, "n_inner": 60}
    assert np.array_equal(whole(bias), random_tensors(sizes, 1)["ln_f.bias"])


@pytest.mark.parametrize(
    ("columns", "float64"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_csv_files_are_the_same_model_as_one_file(tmp_path, columns, float64):
    """Vectors in rows or columns, and decimals of float32 or float64, give the same float32."""
    single = write_random_model(tmp_path / "one")
    folder = as_csv(write_random_model(tmp_path / "m"), columns=columns, float64=float64)
    assert (folder / "model_h1_attn_c_attn_weight.csv").is_file()
    assert (folder / "model_wte.csv").is_file()
    assert_same_weights(folder, single)


def test_csv_files_longer_than_a_chunk_are_complete(tmp_path):
    """2,311 rows are more than pandas gets at a time; the order of rows is preserved."""
    sizes = {"vocab_size": 2311, "n_layer": 1, "n_head": 1}
    single = write_random_model(tmp_path / "one", **sizes)
    folder = as_csv(write_random_model(tmp_path / "m", **sizes))
    assert_same_weights(folder, single)
    assert whole(load_checkpoint(folder).tensors["wte.weight"]).flags.c_contiguous


def test_safetensors_have_priority_over_csv(tmp_path):
    """The CSV files of a folder with both kinds are not read."""
    folder = write_random_model(tmp_path / "m")
    content("model_wte.csv", "x")(folder)
    assert_same_weights(folder, write_random_model(tmp_path / "one"))


#: Heads of 64 columns, as on the workshop's page.
WORKSHOP = {"n_layer": 2, "n_head": 2, "head_size": 64, "n_inner": 72}
SIZES_NOTE = (
    "no config.json: sizes inferred from the tensors, with 64 columns per head as in every "
    "published GPT-2: n_layer 2, n_head 2, n_embd 128, n_positions 11, vocab_size 301, "
    "n_inner 72"
)
SPACES = "bpe_token_ids.csv: spaces and control characters in tokens are read as bytes"


@pytest.mark.parametrize(
    ("options", "notes"),
    [
        ({}, (SPACES, "vocab_bpe.csv: line 1 is read as a header: left, right, rank, score")),
        ({"labels": False}, (SPACES,)),
        ({"raw": False, "scores": False, "labels": False}, ()),
        (
            {"raw": False, "scores": False},
            ("vocab_bpe.csv: line 1 is read as a header: left, right",),
        ),
    ],
)
def test_the_workshops_own_folder_is_the_same_model(tmp_path, options, notes):
    """Its files have other names and no config.json; tokens have spaces, merges have scores."""
    single = write_random_model(tmp_path / "one", **WORKSHOP)
    folder = as_workshop(write_random_model(tmp_path / "m", **WORKSHOP), **options)
    assert (folder / "model_h1_attn_c_attn_w.csv").is_file()
    assert (folder / "model_ln_f_g.csv").is_file()
    assert_same_weights(folder, single)
    checkpoint, other = load_checkpoint(folder), load_checkpoint(single)
    assert replace(checkpoint.config, n_inner=None) == replace(other.config, n_inner=None)
    assert checkpoint.config.inner_size == other.config.inner_size
    assert_same_vocabulary(checkpoint, other)
    assert checkpoint.notes == (SIZES_NOTE, *notes)


def test_ids_may_be_in_the_first_column(tmp_path):
    """Also with labels, a byte order mark, and lines that are not in the order of ids."""
    folder = as_workshop(write_random_model(tmp_path / "m", **WORKSHOP))
    expected = load_checkpoint(folder)
    path = folder / "bpe_token_ids.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["id", "token"], *((b, a) for a, b in reversed(rows))])
    checkpoint = load_checkpoint(folder)
    assert_same_vocabulary(checkpoint, expected)
    assert "bpe_token_ids.csv: line 1 is read as a header: id, token" in checkpoint.notes


def test_a_config_has_priority_over_the_sizes_of_tensors(tmp_path):
    """CSV files with heads of other than 64 columns can be read."""
    folder = write_random_model(tmp_path / "m")
    config = (folder / "config.json").read_bytes()
    as_workshop(folder)
    (folder / "config.json").write_bytes(config)
    checkpoint = load_checkpoint(folder)
    assert checkpoint.config.n_head == 3
    assert SIZES_NOTE[:15] not in str(checkpoint.notes)
