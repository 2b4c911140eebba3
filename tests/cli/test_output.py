"""Where output goes: pipes without readers, full disks, encodings that lack a character."""

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "xlgpt2"]

posix = pytest.mark.skipif(
    os.name != "posix", reason="/dev/full, and pipes that say they are closed"
)


def asked(*arguments, stdout=subprocess.PIPE, **environment):
    """The command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        env={**os.environ, **environment},
    )


@posix
@pytest.mark.parametrize("arguments", [["--version"], []])
def test_output_on_a_full_disk_is_an_error(arguments):
    """Exit code 2: 1 would say that something differs. Nothing is said at the end of Python."""
    with open("/dev/full", "w") as full:
        done = asked(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error: output: expected a place with room for it, got No space left on device\n\n"
        "hint: free some space, or send the output to another place\n"
    )


@posix
@pytest.mark.parametrize("arguments", [["--version"], ["show", "--capacity", "2"]])
def test_output_that_nobody_reads_ends_in_silence(arguments):
    """As `xlgpt2 show | head -n 1` does; a shell knows this exit code."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        done = asked(*arguments, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, b"")


@posix
def test_an_error_that_nobody_can_read_is_still_one():
    """With stderr on a full disk too the exit code is 2."""
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "--help"], stdout=full, stderr=full, check=False)
    assert done.returncode == 2


def test_a_character_that_the_encoding_lacks_is_shown_by_its_number(random_workbook):
    """A pipe on Windows is in cp1252; JSON stays JSON, also for characters beyond \\uffff."""
    prompt = "東é\U0001f600"
    line = ["run", random_workbook[0], "--prompt", prompt]
    done = asked(*line, PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert r"'\u6771é\U0001f600" in done.stdout.decode("cp1252")
    done = asked(*line, "--json", PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("cp1252"))["prompt"] == prompt
