"""What the tests of messages share: the scene in which a case happens, and snapshots."""

import pytest

from hardening.subjects import good_ones
from tests.messages.case import Scene
from tests.messages.snapshots import UPDATE, WORDS, fits, path_of, read


@pytest.fixture
def scene(tmp_path, monkeypatch, request):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path, monkeypatch, request.getfixturevalue)


@pytest.fixture
def check_words(record_property):
    """A function that checks words against a snapshot, and gives them to the update."""

    def check(file, name, words):
        record_property(WORDS, [file, name, words])
        expected = read(file).get(name, "(no snapshot)")
        reason = f"{words}\n\n--- and not, as in {path_of(file)}\n\n{expected}\n\nrun {UPDATE}"
        assert fits(words, expected), reason

    return check


@pytest.fixture(scope="session")
def good_workbook(tmp_path_factory):
    """The workbook that hostile ones are made of."""
    _model, workbook = good_ones(tmp_path_factory.mktemp("good"))
    return workbook
