"""Memory: what processes held at most."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

LOOK_EVERY_S = 0.25  # a look takes a few milliseconds of each process


@contextmanager
def peak_memory() -> Iterator[Callable[[], float]]:
    """Afterwards, the most memory that this process and its children held together, in bytes.

    Pages that processes share count once (PSS).
    """
    most, stop = [0.0], threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_EVERY_S):
            most[0] = max(most[0], _held())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield lambda: most[0]
    finally:
        stop.set()
        watcher.join()


def _held() -> float:
    held = 0.0
    me = psutil.Process()
    for process in (me, *me.children(recursive=True)):
        try:
            held += process.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return held
