"""A LibreOffice of our own: started on a private profile, asked, and cleared away."""

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
from types import TracebackType
from typing import Any

from xlgpt2.engines.libreoffice.installation import (
    HOW_TO_INSTALL,
    Installation,
    environment,
    installation,
)
from xlgpt2.engines.process_limits import limited
from xlgpt2.engines.temporary_folder import check_room, room_for
from xlgpt2.errors import EngineFailedError, EngineMissingError
from xlgpt2.interruptions import uninterrupted

WORKER = Path(__file__).with_name("worker.py")

#: Exit statuses with which soffice asks to be started again; a new profile makes it do so once.
_START_AGAIN = (79, 81)
_MOST_STARTS = 4
_LAST_LINES = 5
_LOOK_EVERY_S = 0.1
_GOODBYE_S = 10
_WAITING_ANSWERS = 8

#: The reader's own settings must not change a result: numbers in texts depend on the locale.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>en-US</value></prop></item>
</oor:items>
"""

Message = dict[str, Any]


class Office:
    """A running LibreOffice with our worker beside it; a context manager.

    Entering it raises EngineMissingError where LibreOffice is not installed. EngineFailedError
    says that it does not start, ended early or took longer than it may. Its memory is limited by
    what it will open, a file of `unpacked` bytes.
    """

    def __init__(self, start_s: float, answer_s: float, unpacked: int = 0) -> None:
        self.start_s, self.answer_s, self.unpacked = start_s, answer_s, unpacked
        self.folder = Path()
        self.version = ""
        self._pipe = f"xlgpt2-{uuid.uuid4().hex[:12]}"
        self._soffice: list[subprocess.Popen[str]] = []  # the last one runs, others asked again
        self._worker: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._answers: queue.Queue[str | None] = queue.Queue(_WAITING_ANSWERS)
        self._at_rest = False  # everything asked is answered, so that a goodbye will be heard

    def __enter__(self) -> Office:
        found = installation()
        if found is None:
            raise EngineMissingError(
                "LibreOffice: expected it with its Python bridge, got none", HOW_TO_INSTALL
            )
        with uninterrupted(), room_for("LibreOffice"):
            self.folder = Path(tempfile.mkdtemp(prefix="xlgpt2-"))
        try:
            with room_for("LibreOffice"):
                self._start(found)
        except BaseException:
            with uninterrupted():
                self._clear()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with uninterrupted():
            self._clear()

    @property
    def process_group(self) -> int:
        """The number of the group that LibreOffice's processes are in, on POSIX."""
        return self._soffice[-1].pid

    def ask(self, request: Message, within_s: float | None = None) -> Iterator[Message]:
        """The worker's answers to a request: any number with "values", then one without."""
        assert self._worker is not None
        assert self._worker.stdin is not None
        allowed_s = self.answer_s if within_s is None else min(self.answer_s, within_s)
        deadline = time.monotonic() + allowed_s
        self._at_rest = False
        try:
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
        except OSError as error:
            raise self._failed("an answer", "its end") from error
        while "values" in (answer := self._next(deadline, allowed_s)):
            yield answer
        if "refused" in answer and self._soffice[-1].poll() is not None:
            raise self._failed("an answer", "its end")
        self._at_rest = True
        yield answer

    def _start(self, found: Installation) -> None:
        """Start soffice and the worker, and wait until they have found each other."""
        settings = self.folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        command = [
            found.soffice,
            "--headless",
            "--norestore",
            "--nologo",
            "--nodefault",
            f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
            f"--accept=pipe,name={self._pipe};urp;",
        ]
        command = limited(command, self.unpacked)
        with uninterrupted():  # so that what runs is known to be
            self._soffice = [self._run(command)]
            self._worker = self._run([found.uno_python, str(WORKER), self._pipe], talks=True)
            listen = threading.Thread(target=self._listen, args=(self._worker,), daemon=True)
            self._listener = listen
            listen.start()
        deadline = time.monotonic() + self.start_s
        while self._answers.empty():
            self._look_after(command)
            if time.monotonic() > deadline:
                raise self._failed(f"a start within {self.start_s:g} s", "none")
            time.sleep(_LOOK_EVERY_S)
        self.version = str(self._next(deadline, self.start_s)["version"])
        self._at_rest = True

    def _look_after(self, command: list[str]) -> None:
        """Start soffice again where it asks for it; raise where it ended for another reason."""
        status = self._soffice[-1].poll()
        if status in _START_AGAIN and len(self._soffice) < _MOST_STARTS:
            with uninterrupted():
                self._soffice.append(self._run(command))
        elif status is not None:
            raise self._failed("a start", f"its end with status {status}")

    def _run(self, command: list[str], talks: bool = False) -> subprocess.Popen[str]:
        """Start a program in a process group of its own, so that its children end with it."""
        with (self.folder / ("worker.log" if talks else "soffice.log")).open("a") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                encoding="utf-8",
                env=environment(),
                start_new_session=True,
            )

    def _listen(self, worker: subprocess.Popen[str]) -> None:
        """Pass the worker's lines on, and None when there will be no more."""
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
            raise self._failed(f"an answer within {allowed_s:g} s", "none") from None
        if line is None:
            raise self._failed("an answer", "its end")
        answer: Message = json.loads(line)
        return answer

    def _failed(self, expected: str, got: str) -> EngineFailedError:
        """The error that says what happened, with the last that the programs wrote about it.

        Raises EngineFailedError itself where the folder is full.
        """
        with room_for("LibreOffice"):
            check_room(self.folder)
        lines: list[str] = []
        for log in sorted(self.folder.glob("*.log")):
            lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        said = "; ".join(line.strip() for line in lines if line.strip()) or "nothing"
        return EngineFailedError(
            f"LibreOffice: expected {expected}, got {got}; its last words: {said}",
            "try again; if it stays so, open the workbook in LibreOffice by hand",
        )

    def _clear(self) -> None:
        """End the programs, by a goodbye if they can hear it, and remove the profile."""
        worker = self._worker
        if worker is not None and worker.stdin is not None:
            if self._at_rest and worker.poll() is None:
                worker.stdin.close()  # the worker then ends soffice and itself
                _wait(worker)
                _wait(self._soffice[-1])
            _end(worker)
            with contextlib.suppress(OSError):  # it may hold a request that nobody will read
                worker.stdin.close()
            self._stop_listening()
        for process in self._soffice:
            _end(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        for socket in Path("/tmp").glob(f"OSL_PIPE_*_{self._pipe}"):  # where soffice always has it
            socket.unlink(missing_ok=True)

    def _stop_listening(self) -> None:
        """Let the thread that reads from the ended worker come to its end."""
        while self._listener is not None and self._listener.is_alive():
            with contextlib.suppress(queue.Empty):
                self._answers.get(timeout=_LOOK_EVERY_S)


def _wait(process: subprocess.Popen[str]) -> None:
    """Give a process a while to end by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GOODBYE_S)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and, on POSIX, its group: soffice itself is a child of what we started."""
    if os.name != "posix":
        process.kill()
    else:
        deadline = time.monotonic() + _GOODBYE_S
        while _signalled(
            process, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        ):
            time.sleep(_LOOK_EVERY_S)
    process.wait()


def _signalled(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    """Signal the group of a process; False if nobody is left in it."""
    process.poll()  # or it would stay in the group after its end
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True
