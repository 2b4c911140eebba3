"""Samples: small, the same for a seed, and none of the rows is left out for good."""

import pytest

from tests.samples import SEED_VARIABLE, Samples, samples_of_today


@pytest.mark.parametrize(("count", "number"), [(1, 1), (7, 1), (7, 3), (16, 5), (5, 9), (240, 40)])
def test_consecutive_seeds_go_through_all_rows(count, number):
    """Each sample has rows, at most as many as wanted, in the order of the list."""
    rows = list(range(count))
    parts = [Samples(seed).of(rows, number) for seed in range(739_000, 739_000 + count)]
    assert all(0 < len(part) <= number and part == sorted(part) for part in parts)
    assert {row for part in parts for row in part} == set(rows)
    assert Samples(3, exhaustive=True).of(rows, number) == rows


def test_the_seed_is_that_of_the_environment_or_the_date(monkeypatch):
    """What was chosen is left in the environment, for other processes."""
    monkeypatch.setenv(SEED_VARIABLE, "41")
    assert samples_of_today(exhaustive=False) == Samples(41)
    assert "XLGPT2_SEED=41" in str(Samples(41))
    monkeypatch.delenv(SEED_VARIABLE)
    chosen = samples_of_today(exhaustive=True)
    monkeypatch.setattr("tests.samples.date", None)
    assert samples_of_today(exhaustive=True) == chosen
