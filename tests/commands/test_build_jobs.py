"""Split models that several programs build: some parts each, with the same bytes."""

import subprocess
import zipfile

import pytest

from tests.random_models import write_random_model
from xlgpt2.commands import build_split as build_split_module
from xlgpt2.commands.build_split import build_split, part_names, parts_to_build
from xlgpt2.designs.model_workbook import design
from xlgpt2.own_processes import module_command, module_environment

pytestmark = pytest.mark.slow

OPTIONS = (
    "--capacity",
    "5",
    "--max-bytes",
    "9",
    "--dtype",
    "bfloat16",
    "--digits",
    "4",
    "--prompt",
    "-a cat",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of three blocks."""
    return write_random_model(tmp_path_factory.mktemp("jobs") / "m", n_layer=3)


def contents(folder):
    """The bytes of each file."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def differences(folder, other):
    """What differs between the workbooks of two folders: file, part, and how, in words."""
    ours, theirs = contents(folder), contents(other)
    found = [f"{name}: in one folder only" for name in sorted(ours.keys() ^ theirs.keys())]
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name] != theirs[name]:
            parts = [*differing_parts(folder / name, other / name)]
            found += [f"{name}: {line}" for line in parts or ["the zip's own headers"]]
    return found


def differing_parts(file, other):
    """The parts that differ between two workbooks: their text, or only the way it is packed."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other) as new:
        if old.namelist() != new.namelist():
            yield f"parts {old.namelist()} and {new.namelist()}"
        for name in sorted({*old.namelist()} & {*new.namelist()}):
            before, after = old.read(name), new.read(name)
            if before != after:
                at = first_difference(before, after)
                texts = [text[max(0, at - 80) : at + 80] for text in (before, after)]
                yield f"{name}: text from byte {at}: {texts[0]} and {texts[1]}"
                continue
            before, after = packed_bytes(file, old, name), packed_bytes(other, new, name)
            if before != after:
                at = first_difference(before, after)
                lengths = f"{len(before)} and {len(after)}"
                yield f"{name}: the same text, packed otherwise from byte {at} of {lengths}"


def first_difference(before, after):
    """The first place at which two byte strings differ."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(before), len(after)))


def packed_bytes(file, package, name):
    """The bytes of a part as they are in the file, without its header."""
    entry = package.getinfo(name)
    data = file.read_bytes()[entry.header_offset :]
    start = 30 + sum(int.from_bytes(data[i : i + 2], "little") for i in (26, 28))
    return data[start : start + entry.compress_size]


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
    for other in ("jobs", "parts"):
        assert differences(tmp_path / "all", tmp_path / other) == [], other
        assert contents(tmp_path / other) == expected
    sizes = [f"{name:<18}{len(data):>14,} bytes" for name, data in expected.items()]
    total = f"bytes    {sum(map(len, expected.values())):,}"
    assert [line.removeprefix("         ") for line in lines[1:]] == [*sizes, total]


def test_differences_are_told_apart(tmp_path):
    """Between a text that differs, one that is only packed otherwise, and a file that is missing."""
    for folder, text, level in (("a", "same", 1), ("b", "sand", 1), ("c", "same", 0)):
        (tmp_path / folder).mkdir()
        with zipfile.ZipFile(tmp_path / folder / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(zipfile.ZipInfo("t.xml"), text, zipfile.ZIP_DEFLATED, level)
    (tmp_path / "c" / "y.xlsx").write_bytes(b"")
    a, b, c = (tmp_path / name for name in "abc")
    assert differences(a, a) == []
    assert differences(a, b) == ["x.xlsx: t.xml: text from byte 2: b'same' and b'sand'"]
    missing, packed = differences(a, c)
    assert missing == "y.xlsx: in one folder only"
    assert packed.startswith("x.xlsx: t.xml: the same text, packed otherwise from byte 0 of 6 and ")


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
    decided = design(model, 4, 6, split=True)
    (written,) = build_split(decided, tmp_path / "books", "a", parts=[4])
    assert (written.path.name, planned) == (part_names(decided)[3], [4])
    assert parts_to_build(decided, tmp_path / "books", (1, 4), resume=True) == [1]
    assert parts_to_build(decided, tmp_path / "books", (1, 4), resume=False) == [1, 4]
