"""Samples: small, the same for a seed, and none of the rows is left out for good."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST
from tests.samples import SEED_VARIABLE, Samples, samples_of_today

ROOT = Path(__file__).parents[2]


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


#: A test with seven cases of which a run takes two, and one that is not sampled.
#: Words, as `-k` also looks at the names of the folders, which may have numbers.
WORDS = ("red", "orange", "yellow", "green", "blue", "violet", "black")
SAMPLED = f"""
import pytest

@pytest.mark.sample(2)
@pytest.mark.parametrize("word", {WORDS})
def test_some(word):
    pass

@pytest.mark.parametrize("number", range(3))
def test_all(number):
    pass
"""


@pytest.mark.parametrize(
    ("sentence", "arguments", "names"),
    [
        ("two of seven with the first seed", [], ["some[red]", "some[blue]"]),
        ("all with --exhaustive", ["--exhaustive"], [f"some[{word}]" for word in WORDS]),
        ("a case that is asked for is not left out", ["-k", "some and green"], ["some[green]"]),
    ],
)
def test_a_marked_test_is_sampled(sentence, arguments, names, tmp_path):
    """The mark `sample(N)` leaves cases out of a run; other tests keep theirs."""
    (tmp_path / "test_it.py").write_text(SAMPLED)
    line = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "--collect-only"]
    line += ["--strict-markers", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    answer = subprocess.run(
        [*line, *arguments, str(tmp_path)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "",  # those of this run are not meant for it
            SEED_VARIABLE: "0",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    collected = [line.partition("::test_")[2] for line in answer.splitlines() if "::" in line]
    assert [name for name in collected if name.startswith("some")] == names, sentence
    if "-k" not in arguments:
        assert len([name for name in collected if name.startswith("all")]) == 3


def test_the_files_to_run_first_exist():
    """A file that was renamed would run last."""
    assert {*LONGEST} <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert len({*LONGEST}) == len(LONGEST)
