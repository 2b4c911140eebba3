"""A closed terminal, and `kill`: a command stops, with the programs and files that it started."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from xlgpt2.cli.signals import signals_as_exceptions
from xlgpt2.interruptions import uninterrupted

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def default_signals():
    """Restore the default handling of these signals, whatever the parent process has."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def started_by(process, name):
    """The processes that a command started, as soon as one of them has this name."""
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        children = psutil.Process(process.pid).children(recursive=True)
        try:
            if any(child.name().startswith(name) for child in children):
                return children
        except psutil.NoSuchProcess:
            continue  # it has just ended
        time.sleep(0.01)


# the signal, the command, the program that it starts, the exit code
STOPPED = [
    pytest.param(signal.SIGTERM, ["run", "--engine", "libreoffice"], "soffice.bin", 143, marks=pytest.mark.libreoffice),
    pytest.param(signal.SIGHUP, ["bake", "--engine", "libreoffice"], "soffice.bin", 129, marks=pytest.mark.libreoffice),
    pytest.param(signal.SIGTERM, ["run", "--engine", "gnumeric"], "ssconvert", 143, marks=pytest.mark.gnumeric),
]  # fmt: skip


@posix
@pytest.mark.parametrize(("number", "command", "program", "code"), STOPPED)
def test_nothing_is_left(tmp_path, random_workbook, request, number, command, program, code):
    """No process and no temporary folder remain; the workbook has not changed."""
    request.getfixturevalue(command[-1])
    name, *options = command
    file, temporary = tmp_path / "a.xlsx", tmp_path / "temporary"
    file.write_bytes(random_workbook[0].read_bytes())
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "xlgpt2", name, str(file), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
        preexec_fn=default_signals,  # noqa: PLW1509 - there are no threads here
    )
    started = started_by(process, program)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert err.startswith(f"error: stopped by {number.name}\n")
    left = psutil.wait_procs(started, timeout=5)[1]
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "temporary"]
    assert file.read_bytes() == random_workbook[0].read_bytes()


@posix
def test_a_signal_waits_for_uninterruptible_code():
    """A started program is recorded first; a second signal does not replace the first."""
    done = []
    with signals_as_exceptions() as first_signal:
        with pytest.raises(SystemExit) as caught:  # noqa: PT012 - the test is about where it is raised
            with uninterrupted():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("noted")
            done.append("went on")
        os.kill(os.getpid(), signal.SIGHUP)
    assert (done, caught.value.code, first_signal.code) == (["noted"], 143, 143)


@posix
def test_an_ignored_signal_stays_ignored():
    """As with `nohup`; afterwards the handlers are restored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_as_exceptions() as first_signal:
            os.kill(os.getpid(), signal.SIGHUP)
        assert not first_signal.arrived
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
