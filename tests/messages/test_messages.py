"""Every message has a case that brings it about, and says what the case says, word for word."""

import re

import pytest

from tests.messages import checkpoints, hub, templates, weight_files
from tests.messages.case import Scene
from tests.messages.sites import sites
from xlgpt2.errors import XlGpt2Error

CASES = [
    *checkpoints.CASES,
    *weight_files.CASES,
    *hub.CASES,
    *templates.CASES,
]

SITES = sites()

PARAMETERS = [
    pytest.param(case, id=case.what, marks=getattr(pytest.mark, case.needs) if case.needs else ())
    for case in CASES
]


@pytest.fixture
def scene(tmp_path, monkeypatch, request):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return Scene(tmp_path, monkeypatch, request.getfixturevalue)


@pytest.mark.parametrize("case", PARAMETERS)
def test_it_says_exactly_this(case, scene, capsys):
    """What is read in a terminal is the error, an empty line and the hint; the exit code is 2."""
    if case.needs:
        scene.fixture(case.needs)
    with pytest.raises((XlGpt2Error, SystemExit)) as caught:
        case.cause(scene)
    error = caught.value
    if isinstance(error, SystemExit):
        out, err = capsys.readouterr()
        assert (error.code, out) == (2, "")
        said, error = err.rstrip("\n"), error.__context__
    else:
        said = error.rendered()
    expected = ".*".join(map(re.escape, case.rendered().split("<...>")))
    assert re.fullmatch(expected, scene.shown(said)), f"{scene.shown(said)}\n\n{case.rendered()}"
    assert type(error) is case.kind
