"""Split models that several programs build: some parts each, with the same bytes."""

import subprocess

import pytest

from tests.random_models import write_random_model
from xlgpt2.commands import build_split as build_split_module
from xlgpt2.commands.build_split import build_split, part_names, parts_to_build
from xlgpt2.designs.model_workbook import design
from xlgpt2.own_processes import module_command, module_environment

pytestmark = pytest.mark.slow

OPTIONS = ("--capacity", "5", "--dtype", "bfloat16", "--digits", "4", "--prompt", "-a cat")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of three blocks."""
    return write_random_model(tmp_path_factory.mktemp("jobs") / "m", n_layer=3)


def contents(folder):
    """The bytes of each file."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture
def build(model):
    """Run `xlgpt2 build --split` in a process, as a job runner does; returns lines of stdout."""

    def run(folder, *options):
        line = ["build", "--model", model, "--split", *OPTIONS, "-o", folder, *options]
        done = subprocess.run(
            [*module_command("xlgpt2"), *map(str, line)],
            capture_output=True,
            text=True,
            check=True,
            env=module_environment(),
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    return run


def test_jobs_and_parts_write_the_same_bytes(build, tmp_path):
    """As one program that writes all workbooks, in whatever order they are built."""
    build(tmp_path / "all")
    lines = build(tmp_path / "jobs", "--jobs", "3")
    build(tmp_path / "parts", "--parts", "4-5")
    assert sorted(contents(tmp_path / "parts")) == ["04-h2.xlsx", "05-output.xlsx"]
    build(tmp_path / "parts", "--parts", "3,1-2")
    expected = contents(tmp_path / "all")
    assert len(expected) == 5
    assert contents(tmp_path / "jobs") == contents(tmp_path / "parts") == expected
    sizes = [f"{name:<18}{len(data):>14,} bytes" for name, data in expected.items()]
    total = f"bytes    {sum(map(len, expected.values())):,}"
    assert [line.removeprefix("         ") for line in lines[1:]] == [*sizes, total]


def test_a_resumed_build_writes_what_is_missing(build, tmp_path):
    """Workbooks that are there stay as they are."""
    folder = tmp_path / "books"
    build(folder)
    expected = contents(folder)
    kept = (folder / "03-h1.xlsx").stat().st_mtime_ns
    (folder / "02-h0.xlsx").unlink()
    build(folder, "--resume")
    assert contents(folder) == expected
    assert (folder / "03-h1.xlsx").stat().st_mtime_ns == kept


def test_other_parts_are_not_planned(model, tmp_path, monkeypatch):
    """The plan of one part of a large model takes a second: a program makes its own only."""
    planned = []
    split = build_split_module.split

    def noted(decided, numbers=None):
        for part in split(decided, numbers):
            planned.append(part.form.part.number)
            yield part

    monkeypatch.setattr(build_split_module, "split", noted)
    decided = design(model, 4, split=True)
    (written,) = build_split(decided, tmp_path / "books", "a", parts=[4])
    assert (written.path.name, planned) == (part_names(decided)[3], [4])
    assert parts_to_build(decided, tmp_path / "books", (1, 4), resume=True) == [1]
    assert parts_to_build(decided, tmp_path / "books", (1, 4), resume=False) == [1, 4]
