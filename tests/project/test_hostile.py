"""Hostile inputs: each is answered with a result or an error that helps, in bounds, and no traceback."""

import json
import os
import subprocess
import sys

import pytest

from hardening.subjects import SUBJECTS

#: All inputs go to the first command of their subject, and to each other one every so many.
EVERY = 100

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="limits of POSIX"),
    pytest.mark.timeout(3000),  # 600 processes, one after the other
]


@pytest.fixture(scope="module")
def answers():
    """What `python -m hardening.answers` prints, with few inputs for most commands."""
    command = [sys.executable, "-m", "hardening.answers", "--json", "--every", str(EVERY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_answer_is_a_fault(answers):
    """No traceback, no end without a word, and the words that the input's row has."""
    faults = [answer for answer in answers if answer["fault"]]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
def test_every_input_is_answered(answers, subject):
    """Each input by its subject's first command, and some by each of the others."""
    first, *others = subject.commands
    these = [answer for answer in answers if answer["subject"] == subject.title]
    assert [answer["what"] for answer in these if answer["command"] == first.line] == [
        entry.what for entry in subject.inputs
    ]
    here = {answer["command"] for answer in these}
    if len(subject.inputs) >= EVERY:
        assert here >= {command.line for command in others if command.engine is None}
