"""Hostile inputs: each gets a result or a helpful error within limits, and never a traceback.

A run takes some of them; `python -m hardening.answers` takes all of them with every command.
"""

import json
import os
import subprocess
import sys

import pytest

from hardening.subjects import SUBJECTS, taken

#: A run takes every so many inputs of a subject.
STEP = 10

#: The first command of a subject gets all of these, every other command each n-th.
EVERY = 20

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="limits of POSIX"),
    pytest.mark.timeout(3000),  # 600 processes in sequence with --exhaustive
]


@pytest.fixture(scope="module")
def step(samples):
    """Every so many inputs are taken, with --exhaustive all."""
    return 1 if samples.exhaustive else STEP


@pytest.fixture(scope="module")
def answers(samples, step):
    """The output of `python -m hardening.answers`, with few inputs for most commands."""
    options = ["--every", str(EVERY), "--step", str(step), "--seed", str(samples.seed)]
    command = [sys.executable, "-m", "hardening.answers", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_answer_is_a_fault(answers):
    """No traceback, no exit without a message, and the error in the input's row."""
    faults = [answer for answer in answers if answer["fault"]]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.title)
def test_every_input_of_the_sample_is_answered(answers, samples, step, subject):
    """Each input by its subject's first command, and some by every other command."""
    first, *others = subject.commands
    of_subject = [answer for answer in answers if answer["subject"] == subject.title]
    inputs = taken(subject.inputs, step, samples.seed)
    assert [answer["what"] for answer in of_subject if answer["command"] == first.line] == [
        entry.what for entry in inputs
    ]
    tried = {answer["command"] for answer in of_subject}
    if len(inputs) >= EVERY:
        assert tried >= {command.line for command in others if command.engine is None}


def test_consecutive_seeds_take_every_input():
    """Runs of consecutive days go through the whole list."""
    for subject in SUBJECTS:
        parts = [taken(subject.inputs, STEP, seed) for seed in range(7, 7 + STEP)]
        assert sorted(e.what for part in parts for e in part) == sorted(
            e.what for e in subject.inputs
        )
