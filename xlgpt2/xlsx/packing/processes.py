"""Processes that pack parts, each driven by a thread through pipes.

Not those of multiprocessing, which import the main module again: that fails for programs without a
guard, and is impossible for an interactive session.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType

from xlgpt2.errors import WorkbookError, XlGpt2Error
from xlgpt2.own_processes import module_command, module_environment
from xlgpt2.xlsx.packing.deflate import PackedPart, Part

#: A pipe's size: with the usual 64 kB a packed part is read in some 20 steps, each of which waits
#: until this process lets go of Python's lock. Linux allows 1 MB to everybody (pipe(7)).
_PIPE_BYTES = 1 << 20

#: How long a thread may keep Python's lock. The threads that feed the processes need it often and
#: briefly; at Python's 5 ms the processes stand still while this one computes formulas.
_SWITCH_INTERVAL_S = 0.0005


class Processes:
    """A pool of processes that run `packing_process`; a context manager that ends them."""

    def __init__(self, count: int) -> None:
        self._switch_interval = sys.getswitchinterval()
        self._threads = ThreadPoolExecutor(count)
        self._idle: SimpleQueue[Future[subprocess.Popen[bytes]]] = SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        for _ in range(count):  # at once: they need as long to import as this one to the first part
            self._idle.put(self._threads.submit(self._started))

    def __enter__(self) -> Processes:
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.setswitchinterval(self._switch_interval)
        if error is not None:  # their work is no longer needed
            for process in self._all:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._all:
            # Closing the pipes ends a process; for one that has ended, flushing fails.
            with contextlib.suppress(BrokenPipeError), process:
                pass

    def submit(self, part: Part) -> Future[PackedPart]:
        """The future packed part; it raises what packing raised, or WorkbookError.

        The part is pickled now: then it takes less memory, and what it is made of can be freed.
        """
        return self._threads.submit(self._pack, pickle.dumps(part, pickle.HIGHEST_PROTOCOL))

    def _started(self) -> subprocess.Popen[bytes]:
        """A process in its own session, which Ctrl-C does not reach."""
        process = subprocess.Popen(
            module_command("xlgpt2.xlsx.packing.packing_process"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
            env=module_environment(),
            start_new_session=True,
        )
        self._all.append(process)
        return process

    def _pack(self, part: bytes) -> PackedPart:
        idle = self._idle.get()
        try:
            return _answer(idle.result(), part)
        finally:
            self._idle.put(idle)


def _answer(process: subprocess.Popen[bytes], part: bytes) -> PackedPart:
    """What a process makes of a pickled part; raises what packing raised, or WorkbookError."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(part)
        process.stdin.flush()
        answer = pickle.load(process.stdout)
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        raise WorkbookError(
            "workbook: expected a response from the process that packs it, got none (it "
            f"exited with status {process.wait()})",
            "free some memory, or build with --processes 1",
        ) from error
    if isinstance(answer, XlGpt2Error):
        raise answer
    assert isinstance(answer, PackedPart)
    return answer
