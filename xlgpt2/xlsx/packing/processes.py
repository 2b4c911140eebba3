"""Processes that pack parts, each fed by a thread through its pipes.

Not the processes of multiprocessing: those import the main program anew, which fails for programs
that don't expect it, and can't be done for one that is typed in.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from xlgpt2.errors import WorkbookError, XlGpt2Error
from xlgpt2.xlsx.packing.deflate import Packed, Part

_PACKAGE = Path(__file__).parents[3]


class Processes:
    """Some processes that run `packing_process`; a context manager that ends them."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, initializer=self._begin)
        self._own = threading.local()
        self._all: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:  # nobody wants what they are at
            for process in self._all:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._all:
            # Closing the pipes ends a process; one that has ended may still be owed something.
            with contextlib.suppress(BrokenPipeError), process:
                pass

    def submit(self, part: Part) -> Future[Packed]:
        """A part to be packed; its future raises what packing it raised, or WorkbookError."""
        return self._threads.submit(self._pack, part)

    def _begin(self) -> None:
        """Start the process of this thread, in a group of its own, which no Ctrl-C reaches."""
        paths = [str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [sys.executable, "-m", "xlgpt2.xlsx.packing.packing_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        self._own.process = process
        self._all.append(process)

    def _pack(self, part: Part) -> Packed:
        process: subprocess.Popen[bytes] = self._own.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(part, process.stdin, pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise WorkbookError(
                "workbook: expected an answer of the process that packs it, got none "
                f"(it ended with status {process.wait()})",
                "free some memory, or build with --processes 1",
            ) from error
        if isinstance(answer, XlGpt2Error):
            raise answer
        assert isinstance(answer, Packed)
        return answer
