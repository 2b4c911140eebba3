"""Output to pipes without readers, full disks, and encodings that lack a character."""

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "xlgpt2"]

posix = pytest.mark.skipif(
    os.name != "posix", reason="/dev/full, and pipes that say they are closed"
)


def run(*arguments, stdout=subprocess.PIPE, **environment):
    """Run the command in its own process."""
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
    """The exit code is 2, as 1 would mean a difference; Python adds no message at exit."""
    with open("/dev/full", "w") as full:
        done = run(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error: output: expected a writable destination, got No space left on device\n\nhint: "
        "free some space, or redirect the output elsewhere\n"
    )


@posix
@pytest.mark.parametrize("arguments", [["--version"], ["show", "--capacity", "2"]])
def test_a_closed_pipe_ends_the_command_silently(arguments):
    """As in `xlgpt2 show | head -n 1`; the exit code is that of SIGPIPE in a shell."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        done = run(*arguments, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, b"")


@posix
def test_an_error_that_cannot_be_printed_still_has_its_exit_code():
    """It is 2 if stderr is on a full disk too."""
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "--help"], stdout=full, stderr=full, check=False)
    assert done.returncode == 2


def test_a_character_that_the_encoding_lacks_is_escaped(random_workbook):
    """A pipe on Windows has cp1252; JSON stays valid, also for characters beyond \\uffff."""
    prompt = "東é\U0001f600"
    line = ["run", random_workbook[0], "--prompt", prompt]
    done = run(*line, PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert r"'\u6771é\U0001f600" in done.stdout.decode("cp1252")
    done = run(*line, "--json", PYTHONIOENCODING="cp1252", PYTHONUTF8="1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("cp1252"))["prompt"] == prompt
