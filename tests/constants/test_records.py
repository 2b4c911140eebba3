"""Recorded sums are the same on every machine, and survive in every program that saves a file."""

import json
from fractions import Fraction

import numpy as np
import pytest

from tests.random_models import write_random_model
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.checkpoint.exact_sums import exact_parts, exact_sums
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.checkpoint.tensors import ArrayTensor
from xlgpt2.constants.records import recorded
from xlgpt2.constants.tables import table

RANDOM = np.random.default_rng(5)
NORMAL = RANDOM.standard_normal(2011)

NUMBERS = [
    ("no numbers", np.empty(0)),
    ("only zeros", np.zeros(7)),
    ("weights", NORMAL.astype(np.float32).astype(np.float64)),
    ("their squares", np.square(NORMAL.astype(np.float32).astype(np.float64))),
    ("numbers that cancel out", np.concatenate([NORMAL, -NORMAL[::-1] * (1 + 1e-12)])),
    ("small and large numbers", NORMAL * 10.0 ** RANDOM.integers(-250, 250, NORMAL.size)),
    ("the smallest numbers", np.array([5e-324, 1e-310, -5e-324])),
    ("the largest numbers", np.array([1e308, 1.0, -1e308])),
]

#: Those whose squares are finite.
SQUARED = [row for row in NUMBERS if "large" not in row[0]]


@pytest.mark.parametrize(("what", "numbers"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_parts_have_the_sum_of_all_numbers_exactly(what, numbers):
    """The sum is that of fractions, in any order."""
    expected = sum(map(Fraction, numbers.tolist()))
    for order in (numbers, numbers[::-1], np.sort(numbers)):
        assert sum(map(Fraction, exact_parts(order))) == expected, what


@pytest.mark.parametrize(("what", "numbers"), SQUARED, ids=[row[0] for row in SQUARED])
def test_sums_are_rounded_once(what, numbers):
    """Those of numbers and of squares, also of numbers with many bits beside larger ones."""
    for order in (numbers, numbers[::-1], np.sort(numbers)):
        sums = exact_sums([order])
        assert sums.numbers == float(sum(map(Fraction, order.tolist()))), what
        assert sums.squares == float(sum(map(Fraction, np.square(order).tolist()))), what


@pytest.mark.parametrize(("kind", "power"), [("sum", 1), ("sum_of_squares", 2)])
def test_a_record_is_the_exact_sum_in_fifteen_digits(kind, power):
    """For more numbers than are added at a time, and for which an ordinary sum loses digits."""
    array = (np.linspace(-1, 1.7, 3 * 4001).astype(np.float32) ** 3).reshape(3, 4001)
    tensors = {"w": CellTensor(ArrayTensor(array), Precision())}
    exact = sum(Fraction(float(number)) ** power for number in array.ravel())
    assert recorded(kind, ["w"], tensors)[0, 0] == float(f"{float(exact):.15g}")


def test_constants_keep_to_fifteen_digits(tmp_path):
    """Programs that save a workbook write no more, also for the scale of GELU and epsilon."""
    folder = write_random_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["layer_norm_epsilon"] = 9.999999747378752e-06
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    checkpoint = load_checkpoint(folder)
    for name in ("gelu_scale", "layer_norm_epsilon"):
        value = float(table(name, checkpoint)[0, 0])
        assert value == float(f"{value:.15g}"), name
    assert abs(table("gelu_scale", checkpoint)[0, 0] - (2 / np.pi) ** 0.5) < 1e-15
