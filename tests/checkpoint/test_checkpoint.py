"""Reading valid checkpoints of every kind. Broken ones are in tests/messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.broken_checkpoints import SIZES, config
from tests.random_models import random_tensors, write_random_model
from xlgpt2.checkpoint.checkpoint import load_checkpoint, shipped_model
from xlgpt2.checkpoint.families import GPT2
from xlgpt2.checkpoint.precision import as_written
from xlgpt2.checkpoint.tensors import whole
from xlgpt2.constants.sizes import sizes_of


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good checkpoint folder."""
    return write_random_model(tmp_path_factory.mktemp("models") / "small")


@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_every_way_of_saving_gives_the_same_tensors(
    tmp_path: Path, dtype: str, prefix: bool
) -> None:
    """Names have no prefix, buffers and the output matrix are left out; numbers are float32."""
    torch = pytest.importorskip("torch")
    checkpoint = load_checkpoint(write_random_model(tmp_path / "m", dtype=dtype, prefix=prefix))
    saved = random_tensors(SIZES, 0)
    assert set(checkpoint.tensors) == set(saved)
    for name, tensor in checkpoint.tensors.items():
        values = whole(tensor)
        bits = saved[name].view(np.uint32)
        # The test helper truncates to bfloat16, where torch would round.
        exact = (bits & 0xFFFF0000).view(np.float32) if dtype == "bfloat16" else saved[name]
        expected = torch.tensor(exact).to(getattr(torch, dtype)).float().numpy()
        assert values.dtype == np.float32
        assert np.array_equal(values, expected)


def test_transformers_reads_the_same_names_and_shapes(model: Path) -> None:
    """The list of expected tensors is that of Hugging Face's model, name by name."""
    transformers = pytest.importorskip("transformers")
    transformers_model = transformers.GPT2Model(transformers.GPT2Config.from_pretrained(model))
    shapes = {name: tuple(tensor.shape) for name, tensor in transformers_model.named_parameters()}
    expected = GPT2.tensors(load_checkpoint(model).config)
    assert {name: tensor.shape for name, tensor in expected.items()} == shapes


def test_older_spellings_of_the_config_are_read(tmp_path: Path) -> None:
    """n_ctx means n_positions, a missing n_inner means four times n_embd."""
    folder = write_random_model(tmp_path / "m")
    config(n_positions=..., n_ctx=11, n_inner=..., model_type=..., some_new_key=1)(folder)
    sizes = load_checkpoint(folder).config
    assert (sizes.n_positions, sizes.inner_size) == (11, 60)


def test_windows_line_ends_in_merges_are_read(tmp_path: Path) -> None:
    """A merges.txt with carriage returns gives the same merges."""
    folder = write_random_model(tmp_path / "m")
    expected = load_checkpoint(folder).vocabulary.merges
    path = folder / "merges.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_checkpoint(folder).vocabulary.merges == expected


def test_tensors_and_names_are_frozen(model: Path) -> None:
    """A checkpoint can't be changed by accident."""
    checkpoint = load_checkpoint(model)
    assert (checkpoint.name, checkpoint.source) == ("small", "small")
    with pytest.raises(AttributeError):
        checkpoint.tensors["wte.weight"].shape = (1, 1)  # type: ignore[misc]
    with pytest.raises(TypeError):
        checkpoint.tensors["wte.weight"] = np.zeros(1)  # type: ignore[index]


def test_as_written_is_the_shortest_text_of_every_float32() -> None:
    """Every number is the shortest decimal of its float32, and converts back to it."""
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint32)
    any_numbers = bits.view(np.float32)
    special = np.array([0.1, 1e-45, 3.4028235e38, 0, -0.0, 16777216, 2**-126], dtype=np.float32)
    tensor = np.concatenate([any_numbers[np.isfinite(any_numbers)], special])
    numbers = as_written(tensor)
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [float(str(number)) for number in tensor]
    assert np.array_equal(numbers.astype(np.float32), tensor)
    assert as_written(tensor[:6].reshape(2, 3)).shape == (2, 3)
    assert as_written(tensor[-7:])[0] == 0.1


def test_weight_cells_are_the_ranges_of_the_workbook(model: Path) -> None:
    """Each tensor is a range under its own name with _ for dots; vectors are one row."""
    cells = load_checkpoint(model).weight_cells
    assert cells["wte"].shape == (301, 15)
    assert cells["wpe"].shape == (11, 15)
    assert cells["h_1_ln_2_bias"].shape == (1, 15)
    assert cells["h_0_attn_c_attn_weight"].shape == (15, 45)
    assert cells["ln_f_weight"].shape == (1, 15)
    assert len(cells) == len(random_tensors(SIZES, 0))


def test_overridden_weights_are_computed_with_but_not_recorded(model: Path) -> None:
    """The recorded sums of a tensor stay those of the file, so that the tab Check fails."""
    checkpoint = load_checkpoint(model)
    numbers = np.full_like(checkpoint.weight_cells["ln_f_bias"], 0.25)
    other = checkpoint.with_overrides({"ln_f_bias": numbers})
    assert (other.weights["ln_f.bias"] == 0.25).all()
    assert other.weights["ln_f.bias"].shape == checkpoint.weights["ln_f.bias"].shape
    assert (other.weights["wte.weight"] == checkpoint.weights["wte.weight"]).all()
    recorded = other.cell_tensors["ln_f_bias"].numbers()
    assert (recorded == checkpoint.weight_cells["ln_f_bias"]).all()


@pytest.mark.skipif(not shipped_model().exists(), reason="the tiny model is not in the package")
def test_shipped_model_loads() -> None:
    """The model in the package is a valid checkpoint."""
    checkpoint = load_checkpoint(shipped_model())
    assert checkpoint.name == "tiny"
    assert sizes_of(checkpoint).T >= 1
