"""Hostile inputs: each gets a result or a helpful error within limits, and never a traceback."""

import json
import os
import subprocess
import sys

import pytest

from hardening.subjects import SUBJECTS

#: The first command of a subject gets all of its inputs, every other command each n-th.
EVERY = 100

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="limits of POSIX"),
    pytest.mark.timeout(3000),  # 600 processes in sequence
]


@pytest.fixture(scope="module")
def answers():
    """The output of `python -m hardening.answers`, with few inputs for most commands."""
    command = [sys.executable, "-m", "hardening.answers", "--json", "--every", str(EVERY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_answer_is_a_fault(answers):
    """No traceback, no exit without a message, and the error in the input's row."""
    faults = [answer for answer in answers if answer["fault"]]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
def test_every_input_is_answered(answers, subject):
    """Each input by its subject's first command, and some by every other command."""
    first, *others = subject.commands
    of_subject = [answer for answer in answers if answer["subject"] == subject.title]
    assert [answer["what"] for answer in of_subject if answer["command"] == first.line] == [
        entry.what for entry in subject.inputs
    ]
    tried = {answer["command"] for answer in of_subject}
    if len(subject.inputs) >= EVERY:
        assert tried >= {command.line for command in others if command.engine is None}
