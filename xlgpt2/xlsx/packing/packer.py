"""Packing on all cores: parts are submitted to other processes and fetched in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from xlgpt2.xlsx.packing.deflate import (
    PackedPart,
    Part,
    pack,
)
from xlgpt2.xlsx.packing.processes import Processes

#: PackedPart cells that wait in memory until they can be written: some 600 MB.
_MOST_CELLS_AHEAD = 100_000_000


class Promise:
    """A part that another process packs."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.packing: Future[PackedPart] | None = None


class Packer:
    """Packs parts: promised ones in other processes, in order, and others in this process.

    So many promised parts are submitted that the processes never wait for work, and that parts
    that are packed but not written yet fit into memory.
    """

    def __init__(self, pool: Processes | None) -> None:
        self._pool = pool
        self._waiting: deque[Promise] = deque()
        self._ahead = 0  # cells of promises that were submitted and not fetched

    def promise(self, part: Part) -> Part | Promise:
        """A part to be packed, and to be fetched later, after those promised before."""
        if self._pool is None:
            return part
        promise = Promise(part)
        self._waiting.append(promise)
        self._submit_more()
        return promise

    def packed(self, parts: Iterable[Part | Promise]) -> Iterator[PackedPart]:
        """The packed parts, in order."""
        for part in parts:
            yield self._fetched(part) if isinstance(part, Promise) else pack(part)

    def _fetched(self, promise: Promise) -> PackedPart:
        assert promise.packing is not None, "results are fetched in the order of their promises"
        packed = promise.packing.result()
        self._ahead -= _weight(promise.part)
        self._submit_more()
        return packed

    def _submit_more(self) -> None:
        assert self._pool is not None
        while self._waiting and (not self._ahead or self._ahead < _MOST_CELLS_AHEAD):
            promise = self._waiting.popleft()
            promise.packing = self._pool.submit(promise.part)
            self._ahead += _weight(promise.part)


def _weight(part: Part) -> int:
    """The memory that a packed part takes, in cells; all but numbers packs to very little."""
    return 0 if part.level is None else part.cells


@contextmanager
def packer(processes: int) -> Iterator[Packer]:
    """A packer with so many processes; with one, this process does the work."""
    if processes <= 1:
        yield Packer(None)
        return
    with Processes(processes) as pool:
        yield Packer(pool)
