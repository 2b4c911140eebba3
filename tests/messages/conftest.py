"""What the tests of messages share: the scene in which a case happens."""

import pytest

from hardening.subjects import good_ones
from tests.messages.case import Scene


@pytest.fixture
def scene(tmp_path, monkeypatch, request):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path, monkeypatch, request.getfixturevalue)


@pytest.fixture(scope="session")
def good_workbook(tmp_path_factory):
    """The workbook that hostile ones are made of."""
    _model, workbook = good_ones(tmp_path_factory.mktemp("good"))
    return workbook
