"""What the tests of messages share: the scene in which a case happens."""

import pytest

from tests.messages.case import Scene


@pytest.fixture
def scene(tmp_path, monkeypatch, request):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path, monkeypatch, request.getfixturevalue)
