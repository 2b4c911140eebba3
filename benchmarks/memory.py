"""Peak memory of processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

INTERVAL_S = 0.25  # a measurement takes a few milliseconds of each process


@contextmanager
def peak_memory() -> Iterator[Callable[[], float]]:
    """The peak memory of this process and its children together, in bytes, as a function.

    Shared pages count once (PSS).
    """
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(INTERVAL_S):
            peak[0] = max(peak[0], _memory_in_use())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: peak[0]
    finally:
        stop.set()
        watcher.join()


def _memory_in_use() -> float:
    total = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return total
