"""A separate LibreOffice: started with a private profile, driven by requests, and removed."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlgpt2.engines.libreoffice.installation import (
    HOW_TO_INSTALL,
    Installation,
    environment,
    installation,
)
from xlgpt2.engines.process_limits import with_memory_limit
from xlgpt2.engines.temporary_folder import check_room, room_for
from xlgpt2.errors import EngineFailedError, EngineMissingError
from xlgpt2.interruptions import uninterrupted

WORKER = Path(__file__).with_name("worker.py")

#: Exit statuses with which soffice requests a restart; with a new profile it does so once.
_START_AGAIN = (79, 81)
_MOST_STARTS = 4
_LAST_LINES = 5
_POLL_S = 0.1
_EXIT_S = 10
_QUEUED_ANSWERS = 8

#: The user's own settings must not change a result: numbers in texts depend on the locale.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>en-US</value></prop></item>
</oor:items>
"""

Message = dict[str, Any]


class Office:
    """A separate LibreOffice and our worker, which drives it.

    EngineFailedError is raised if it does not start, ends early or exceeds its time limit. Its
    memory is limited for a file of `unpacked` bytes.
    """

    def __init__(self, start_s: float, answer_s: float, unpacked: int = 0) -> None:
        self.start_s, self.answer_s, self.unpacked = start_s, answer_s, unpacked
        self.opened = 0  # bytes of the workbooks that it has opened
        self.folder = Path()
        self.version = ""
        self._pipe = f"xlgpt2-{uuid.uuid4().hex[:12]}"
        self._installed: Installation | None = None
        self._soffice: list[subprocess.Popen[str]] = []  # all but the last requested a restart
        self._worker: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._answers: queue.Queue[str | None] = queue.Queue(_QUEUED_ANSWERS)
        self._idle = False  # all requests are answered, so that closing its input ends the worker

    def start(self) -> None:
        """Start LibreOffice; raises EngineMissingError if it is not installed.

        After an error nothing is left running.
        """
        self._installed = installed = installation()
        if installed is None:
            raise EngineMissingError(
                "LibreOffice: expected an installation with the Python bridge, got none",
                HOW_TO_INSTALL,
            )
        with uninterrupted(), room_for("LibreOffice"):
            self.folder = Path(tempfile.mkdtemp(prefix="xlgpt2-"))
        try:
            with room_for("LibreOffice"):
                self._start(installed)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End LibreOffice and remove its files."""
        with uninterrupted():
            self._clear()

    @property
    def usable(self) -> bool:
        """Whether it runs, has answered all requests, and is the LibreOffice to use."""
        return self._idle and self._running and self._installed == installation()

    @property
    def _running(self) -> bool:
        """Whether both programs run."""
        worker = self._worker
        running = worker is not None and worker.poll() is None
        return running and self._soffice[-1].poll() is None

    @property
    def process_group(self) -> int:
        """The id of the process group of LibreOffice, on POSIX."""
        return self._soffice[-1].pid

    def ask(self, request: Message, within_s: float | None = None) -> Iterator[Message]:
        """The worker's answers to a request: any number with "values", then one without."""
        assert self._worker is not None
        assert self._worker.stdin is not None
        allowed_s = self.answer_s if within_s is None else min(self.answer_s, within_s)
        deadline = time.monotonic() + allowed_s
        self._idle = False
        try:
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
        except OSError as error:
            raise self._failed("a response", "none (it exited)") from error
        while "values" in (answer := self._next(deadline, allowed_s)):
            yield answer
        if "refused" in answer and self._soffice[-1].poll() is not None:
            raise self._failed("a response", "none (it exited)")
        self._idle = True
        yield answer

    def _start(self, installed: Installation) -> None:
        """Start soffice and the worker, and wait until they are connected."""
        settings = self.folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [
            installed.soffice,
            "--headless",
            "--norestore",
            "--nologo",
            "--nodefault",
            f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
            f"--accept=pipe,name={self._pipe};urp;",
        ]
        command = with_memory_limit(command, self.unpacked)
        with uninterrupted():  # so that running processes are always recorded
            self._soffice = [self._run(command)]
            worker = [installed.uno_python, str(WORKER), self._pipe]
            self._worker = self._run(worker, is_worker=True)
            listener = threading.Thread(target=self._listen, args=(self._worker,), daemon=True)
            self._listener = listener
            listener.start()
        deadline = time.monotonic() + self.start_s
        while self._answers.empty():
            self._restart_if_requested(command)
            if time.monotonic() > deadline:
                raise self._failed(f"a running process within {self.start_s:g} s", "none")
            time.sleep(_POLL_S)
        self.version = str(self._next(deadline, self.start_s)["version"])
        self._idle = True

    def _restart_if_requested(self, command: list[str]) -> None:
        """Restart soffice if it requests that; raises EngineFailedError if it ended otherwise."""
        status = self._soffice[-1].poll()
        if status in _START_AGAIN and len(self._soffice) < _MOST_STARTS:
            with uninterrupted():
                self._soffice.append(self._run(command))
        elif status is not None:
            raise self._failed("a running process", f"an exit with status {status}")

    def _run(self, command: list[str], is_worker: bool = False) -> subprocess.Popen[str]:
        """Start a program in its own process group, so that its children end with it."""
        with (self.folder / ("worker.log" if is_worker else "soffice.log")).open("a") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE if is_worker else subprocess.DEVNULL,
                stdout=subprocess.PIPE if is_worker else log,
                stderr=log,
                encoding="utf-8",
                env=environment(),
                start_new_session=True,
            )

    def _listen(self, worker: subprocess.Popen[str]) -> None:
        """Queue the worker's lines, and None after the last one."""
        assert worker.stdout is not None
        with worker.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put(None)

    def _next(self, deadline: float, allowed_s: float) -> Message:
        """The worker's next answer."""
        try:
            line = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise self._failed(f"a response within {allowed_s:g} s", "none") from None
        if line is None:
            raise self._failed("a response", "none (it exited)")
        answer: Message = json.loads(line)
        return answer

    def _failed(self, expected: str, got: str) -> EngineFailedError:
        """The error for a failure, with the last lines of the programs' logs.

        Raises EngineFailedError itself if the folder is full.
        """
        with room_for("LibreOffice"):
            check_room(self.folder)
        lines: list[str] = []
        for log in sorted(self.folder.glob("*.log")):
            lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        log_lines = "; ".join(line.strip() for line in lines if line.strip()) or "nothing"
        return EngineFailedError(
            f"LibreOffice: expected {expected}, got {got}; last output: {log_lines}",
            "try again; if the error persists, open the workbook in LibreOffice manually",
        )

    def _clear(self) -> None:
        """End the programs, by closing the worker's input if possible, and remove the profile."""
        worker = self._worker
        if worker is not None and worker.stdin is not None:
            if self._idle and worker.poll() is None:
                worker.stdin.close()  # the worker then ends soffice and itself
                _wait(worker)
                _wait(self._soffice[-1])
            _end(worker)
            with contextlib.suppress(OSError):  # a buffered request may never be read
                worker.stdin.close()
            self._stop_listening()
        for process in self._soffice:
            _end(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        for socket in Path("/tmp").glob(f"OSL_PIPE_*_{self._pipe}"):  # always there
            socket.unlink(missing_ok=True)

    def _stop_listening(self) -> None:
        """Empty the queue until the thread that reads from the ended worker ends."""
        while self._listener is not None and self._listener.is_alive():
            with contextlib.suppress(queue.Empty):
                self._answers.get(timeout=_POLL_S)


def _wait(process: subprocess.Popen[str]) -> None:
    """Wait a while for a process to end by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_EXIT_S)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and, on POSIX, its group: soffice is a child of the process we started."""
    if os.name != "posix":
        process.kill()
    else:
        deadline = time.monotonic() + _EXIT_S
        while _signalled(
            process, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        ):
            time.sleep(_POLL_S)
    process.wait()


def _signalled(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Signal the group of a process; False if the group has no processes left."""
    process.poll()  # or it would stay in the group as a zombie
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True
