"""Writing weights: the shortest decimals, fewer digits, and whole numbers with a scale."""

import numpy as np
import pytest

from tests.random_models import write_random_model
from xlgpt2.checkpoint.checkpoint import Precision, load_checkpoint
from xlgpt2.checkpoint.precision import as_written, rounded
from xlgpt2.checkpoint.tensors import whole

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_checkpoint(write_random_model(tmp_path_factory.mktemp("precision") / "m"))


def many_numbers():
    """Float32 numbers of every magnitude in bfloat16's range, and some rounding ties."""
    bits = np.random.default_rng(1).integers(0, 2**32, 50_000, dtype=np.uint32)
    numbers = bits.view(np.float32)
    ties = (bits[:1000] & np.uint32(0xFFFF0000) | np.uint32(0x8000)).view(np.float32)
    numbers = np.concatenate([numbers, ties, np.float32([0, -0.0, 1, 0.1, 65504])])
    # The largest bfloat16 is 3.3895e38, a little less than the largest float32.
    return numbers[np.isfinite(numbers) & (np.abs(numbers) < 3.38e38)]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_torchs_rounding_in_shortest_decimals(dtype):
    """The decimal converts to the number that torch rounds to, and no shorter one does."""
    numbers = many_numbers()
    if dtype == "float16":
        numbers = numbers[np.abs(numbers) < 65504]
    kind = getattr(torch, dtype)
    expected = torch.tensor(numbers).to(kind)
    numbers_written = Precision(dtype).written(numbers)
    assert torch.equal(torch.tensor(numbers_written.astype(np.float32)).to(kind), expected)
    for number, half in zip(numbers_written[:500].tolist(), expected[:500], strict=True):
        digits = len(f"{number:e}".split("e")[0].replace(".", "").rstrip("0").lstrip("-")) or 1
        if digits > 1:
            shorter = torch.tensor(float(f"{half.item():.{digits - 2}e}")).to(kind)
            assert shorter != half, number


@pytest.mark.parametrize("digits", [1, 3, 4, 6, 9])
def test_digits_round_as_printing_does(digits):
    """Every number is the one that Python prints with so many digits."""
    numbers = many_numbers()
    got = rounded(numbers, digits)
    expected = np.array([float(f"{n:.{digits - 1}e}") for n in numbers.astype(np.float64)])
    # A number halfway between two decimals may go to either.
    other = got != expected
    assert other.mean() < 1e-3
    assert np.allclose(got[other], expected[other], rtol=10.0 ** (1 - digits), atol=0)
    assert all(float(f"{n:.{digits - 1}e}") == n for n in got.tolist())


def test_int8_has_a_scale_for_every_column(model):
    """Whole numbers times scales are within half a step of the weights; norms do not change."""
    small = model.written_as(Precision("int8"))
    cells = small.weight_cells
    name = "h.1.mlp.c_fc.weight"
    whole_numbers, scale = cells["h_1_mlp_c_fc_weight"], cells["h_1_mlp_c_fc_weight_scale"]
    weights = whole(model.tensors[name])
    assert scale.shape == (1, 60)
    assert np.array_equal(whole_numbers, np.rint(whole_numbers))
    assert np.abs(whole_numbers).max(axis=0).tolist() == [127] * 60
    assert np.abs(whole_numbers * scale - weights).max() <= scale.max() * 0.5000001
    assert np.array_equal(small.weights[name], whole_numbers * scale)
    scaled = {n for n in cells if n.endswith("_scale")}
    matrices = {n for n, t in model.tensors.items() if len(t.shape) == 2}
    assert len(scaled) == len(matrices) == 10
    for name in ("h_0_ln_1_weight", "h_0_mlp_c_fc_bias"):
        assert np.array_equal(cells[name], model.weight_cells[name]), name


def test_a_column_of_zeros_stays_zero_in_int8(tmp_path):
    """Nothing is divided by a scale of zero."""
    from tests.random_models import save_safetensors

    folder = write_random_model(tmp_path / "m")
    tensors = {name: whole(t).copy() for name, t in load_checkpoint(folder).tensors.items()}
    tensors["h.0.mlp.c_fc.weight"][:, 3] = 0
    save_safetensors(folder / "model.safetensors", tensors)
    small = load_checkpoint(folder).written_as(Precision("int8"))
    assert not small.weights["h.0.mlp.c_fc.weight"][:, 3].any()
    assert small.weight_cells["h_0_mlp_c_fc_weight_scale"][0, 3] == 1


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int8"])
def test_chunks_of_rows_are_the_whole(model, dtype):
    """Rows read one at a time are those of the whole range."""
    for name, tensor in model.written_as(Precision(dtype)).cell_tensors.items():
        rows = [as_written(tensor.rows(i, i + 1))[0] for i in range(tensor.shape[0])]
        assert np.array_equal(np.array(rows), tensor.numbers()), name
