"""Failures while building: a clear error, nothing half done, and the old file kept."""

import os
import resource
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.random_models import write_random_model
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.errors import BadFileError, WorkbookError
from xlgpt2.writer import writer
from xlgpt2.writer.writer import Writing

COMMAND = [sys.executable, "-m", "xlgpt2", "build"]
OLD = b"the old file"

posix = pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A model with four million weights, which takes several seconds and processes."""
    folder = tmp_path_factory.mktemp("large") / "m"
    return write_random_model(folder, n_layer=2, n_head=4, head_size=100, n_positions=600)


@pytest.fixture
def target(tmp_path):
    """The path of a workbook, where another file exists."""
    path = tmp_path / "there" / "a.xlsx"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


def untouched(target):
    """Whether only the old file exists."""
    return [path.name for path in target.parent.iterdir()] == [target.name] and (
        target.read_bytes() == OLD
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_a_checkpoint_cut_short_during_the_build(tmp_path, target, processes, monkeypatch):
    """The error names the file, whichever process read it."""
    monkeypatch.setattr(writer, "_WORTH_PROCESSES", 0)
    folder = write_random_model(tmp_path / "m")
    decided = design(folder, 5, 9, new_tokens=2)
    file = folder / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(BadFileError, match=r"expected [\d,]+ bytes, got") as caught:
        build(decided, target, writing=Writing(processes))
    assert "model.safetensors" in caught.value.message
    assert caught.value.hint
    assert untouched(target)


@posix
@pytest.mark.sample(2)
@pytest.mark.parametrize("size", [10_000, 300_000, 3_000_000])
def test_a_full_disk(target, large, size):
    """The error names the file, wherever writing fails (simulated by a limit)."""
    done = subprocess.run(
        [*COMMAND, "--model", str(large), "--force", "-o", str(target)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"error: workbook {target}: expected a writable file")
    assert "hint: choose another path with -o, or free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert untouched(target)


def default_interrupt():
    """Restore the default handling of ctrl-C, whatever the parent process has."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@posix
@pytest.mark.parametrize(
    ("number", "processes", "code", "words"),
    [
        (signal.SIGINT, 1, 2, "stopped"),
        (signal.SIGINT, 2, 2, "stopped"),
        (signal.SIGTERM, 2, 143, "stopped by SIGTERM"),
    ],
)
def test_ctrl_c(target, large, number, processes, code, words):
    """A build ends at once, with all its processes."""
    process = subprocess.Popen(
        [
            *COMMAND,
            "--model",
            str(large),
            "--force",
            "-o",
            str(target),
            "--processes",
            str(processes),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # It would be ignored if the tests run in the background of a shell.
        preexec_fn=default_interrupt,  # noqa: PLW1509 - there are no threads here
    )
    deadline = time.monotonic() + 60
    while len(list(target.parent.iterdir())) == 1:  # until it has made its temporary folder
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    started = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert err.lstrip("\n").startswith(f"error: {words}\n")  # click ends the line that has the ^C
    assert not psutil.wait_procs(started, timeout=5)[1]
    assert "Traceback" not in err
    assert out == ""
    assert untouched(target)


def test_a_dead_process_is_reported(tmp_path, target, monkeypatch):
    """A packing process that ends without an answer ends the build with an error."""
    monkeypatch.setattr(writer, "_WORTH_PROCESSES", 0)
    monkeypatch.setattr(sys, "executable", "/bin/false" if os.name == "posix" else "where")
    decided = design(write_random_model(tmp_path / "m"), 4, 7, new_tokens=1)
    with pytest.raises(
        WorkbookError, match="expected a response from the process that packs it"
    ) as caught:
        build(decided, target, writing=Writing(2))
    assert "--processes 1" in caught.value.hint
    assert untouched(target)
