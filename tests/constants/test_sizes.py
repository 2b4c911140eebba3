"""The sizes of a workbook, and its tables of constants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.random_models import vocabulary_files, write_random_model
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.families import GPT2
from xlgpt2.constants.sizes import sizes_of
from xlgpt2.constants.tables import table, table_names
from xlgpt2.errors import LimitError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid checkpoint folder."""
    return write_random_model(tmp_path_factory.mktemp("models") / "small")


def test_sizes_have_the_legends_symbols(model: Path) -> None:
    """The legend's symbols have the sizes of the model and of the capacity."""
    sizes = sizes_of(load_checkpoint(model), new_tokens=3)
    symbols = sizes.symbols()
    classes = symbols.pop("n_classes")
    assert classes > 1000
    expected = {"T": 11, "G": 3, "N": 13, "S": 10, "C": 15, "H": 3, "D": 5, "L": 2, "V": 301}
    counts = {"n_merges": 44, "n_special": 1, "n_ends": 1}
    assert symbols == {**expected, **counts, "n_inner": 60, "max_bytes": 66, "top": 10, "shown": 11}
    properties = (sizes.T, sizes.G, sizes.N, sizes.S, sizes.C, sizes.H, sizes.D, sizes.L, sizes.V)
    assert properties == tuple(expected.values())


def test_default_capacity_is_32_if_the_model_has_enough_positions(tmp_path: Path) -> None:
    """By default a workbook has 32 tokens and six bytes for each."""
    checkpoint = load_checkpoint(write_random_model(tmp_path / "m", n_positions=40))
    assert (sizes_of(checkpoint).T, sizes_of(checkpoint).max_bytes) == (32, 192)
    assert (sizes_of(checkpoint, 40, 50).T, sizes_of(checkpoint, 40, 50).max_bytes) == (40, 50)


@pytest.mark.parametrize(
    ("capacity", "max_bytes", "words"),
    [
        (0, None, "capacity: expected 1 to 11 tokens .*, got 0"),
        (12, None, "capacity: expected 1 to 11 tokens .*, got 12"),
        (5, 0, "max_bytes: expected at least 1, got 0"),
    ],
)
def test_impossible_sizes_are_refused(
    model: Path, capacity: int, max_bytes: int | None, words: str
) -> None:
    """A capacity beyond the model's positions is refused, with both numbers."""
    with pytest.raises(LimitError, match=words):
        sizes_of(load_checkpoint(model), capacity, max_bytes)


def test_tables_are_columns_of_the_right_lengths(model: Path) -> None:
    """Each table is a column of V, 256, n_merges, n_classes, 8 or 1 rows."""
    checkpoint = load_checkpoint(model)
    symbols = sizes_of(checkpoint).symbols()
    for name in table_names(GPT2):
        cells = table(name, checkpoint)
        first = name.split("_")[0]
        rows = {"vocabulary": "V", "merge": "n_merges", "class": "n_classes"}.get(first)
        fixed = {"byte": 256, "draw": 8}.get(first, 1)
        assert cells.shape == (symbols[rows] if rows else fixed, 1)
    with pytest.raises(KeyError):
        table("nothing", checkpoint)


def test_merge_tables_are_consistent(model: Path) -> None:
    """Keys are left * V + right, ascending, and each has the rank of its merge."""
    checkpoint = load_checkpoint(model)
    ids, merges = vocabulary_files(301)
    left, right, result, keys, ranks = (
        table(f"merge_{name}", checkpoint)[:, 0].tolist()
        for name in ("left", "right", "result", "keys", "key_ranks")
    )
    assert left == [ids[a] for a, _ in merges]
    assert right == [ids[b] for _, b in merges]
    assert result == [ids[a + b] for a, b in merges]
    assert keys == sorted(keys)
    assert keys == [left[int(rank)] * 301 + right[int(rank)] for rank in ranks]
    assert table("merge_labels", checkpoint)[0, 0] == "· + t → ·t"
