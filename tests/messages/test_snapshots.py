"""Snapshots and cases belong to each other, and the update changes no more than it has to."""

import pytest

from tests.messages import snapshots, update
from tests.messages.all_cases import NAMES
from tests.messages.snapshots import FOLDER, UPDATE, fits, kept, path_of, read, text_of

OLD = "error: expected <...> bytes, got 7\nhint: free some memory"


@pytest.mark.parametrize("file", NAMES)
def test_every_case_has_a_snapshot_and_every_snapshot_a_case(file):
    """Each has one, and the file is as the update writes it."""
    names, found = NAMES[file], read(file)
    missing = [name for name in names if name not in found]
    stale = [name for name in found if name not in names]
    assert not missing, f"{path_of(file)}: no snapshot of {missing}: run {UPDATE}"
    assert not stale, f"{path_of(file)}: no case of {stale}: run {UPDATE}"
    text = text_of(file, {name: found[name] for name in names})
    assert path_of(file).read_bytes() == text.encode("utf-8"), f"another form: run {UPDATE}"


def test_every_file_of_snapshots_has_cases():
    """A file that is left over is told of."""
    assert set(FOLDER.glob("*.txt")) == set(map(path_of, NAMES)), f"run {UPDATE}"


@pytest.mark.parametrize(
    ("words", "expected", "fitting"),
    [
        ("got 7 bytes", "got 7 bytes", True),
        ("got 7 bytes", "got <...> bytes", True),
        ("got 7 bytes", "got <...>", True),
        ("got 7 bytes", "got 7", False),
        ("got 7 bytes", "got . bytes", False),
        ("got 7\nbytes", "got <...>bytes", False),
    ],
)
def test_words_fit(words, expected, fitting):
    """Word for word, and within a line anything for `<...>`."""
    assert fits(words, expected) is fitting


@pytest.mark.parametrize(
    ("old", "words", "snapshot"),
    [
        (OLD, OLD.replace("<...>", "12"), OLD),
        (OLD, OLD.replace("<...>", "12").replace("free", "buy"), OLD.replace("free", "buy")),
        (OLD, "error: got 7\nhint: free some memory", "error: got 7\nhint: free some memory"),
        ("a <...>\na 12\nb", "a 1\na 12\nc", "a <...>\na 12\nc"),
        ("", "error: got 7", "error: got 7"),
    ],
)
def test_lines_that_fit_are_kept(old, words, snapshot):
    """`<...>` stays in each line that still fits, and a line that does not fit is taken as it is."""
    assert kept(words, old) == snapshot


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files of cases, of which one has snapshots, and a file that is left over."""
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    monkeypatch.setattr(update, "NAMES", {"one": ["a", "b", "c", "d"], "two": ["e"]})
    old = {"gone": OLD, "b": OLD, "a": OLD, "c": OLD}
    path_of("one").write_bytes(text_of("one", old).encode("utf-8"))
    path_of("left").write_bytes(b"")
    return tmp_path


def test_an_update_changes_what_is_other(files):
    """Cases that are not run keep their words; what no case has any more is taken away."""
    new = {"b": "error: new", "c": OLD.replace("<...>", "12")}
    assert update.rewrite({"one": new, "two": {"e": "error: first"}}) == [
        "one.txt: changed: b (put <...> back where words differ between machines)",
        "one.txt: removed: gone",
        "two.txt: new: e",
        "left.txt: removed, since there are no such cases",
    ]
    assert list(read("one").items()) == [("a", OLD), ("b", "error: new"), ("c", OLD)]
    assert {path.name for path in files.iterdir()} == {"one.txt", "two.txt"}
    assert update.rewrite({}) == []


def test_an_update_follows_a_case_that_is_renamed(files):
    """Its snapshot still fits, and so keeps `<...>`."""
    update.rewrite({"one": {"d": OLD.replace("<...>", "12")}})
    assert read("one")["d"] == OLD


def test_an_update_orders_blocks(files):
    """A file is the same, however it came about."""
    path_of("left").unlink()
    path_of("two").write_bytes(text_of("two", {}).encode("utf-8"))
    path_of("one").write_bytes(text_of("one", {"b": OLD, "a": OLD}).encode("utf-8"))
    assert update.rewrite({}) == ["one.txt: blocks in the order of the cases"]
    assert path_of("one").read_bytes() == text_of("one", {"a": OLD, "b": OLD}).encode("utf-8")
