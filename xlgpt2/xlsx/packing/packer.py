"""Packing on all cores: parts are submitted to other processes and fetched in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from xlgpt2.xlsx.packing.deflate import (
    PackedPart,
    Part,
    pack,
)
from xlgpt2.xlsx.packing.processes import Processes

#: Packed cells of weights that wait in memory until they can be written: some 800 MB.
_MOST_CELLS_AHEAD = 130_000_000


@dataclass
class Promise:
    """A part that another process packs, with the cells of weights that it takes in memory.

    Those of anything else pack to very little.
    """

    cells: int
    packing: Future[PackedPart] | None = None


class Packer:
    """Packs parts: promised ones in other processes, in order, and others in this process.

    So many promised parts are submitted that the processes never wait for work, and that parts
    that are packed but not written yet fit into memory.
    """

    def __init__(self, pool: Processes | None) -> None:
        self._pool = pool
        self._waiting: deque[tuple[Promise, Part]] = deque()
        self._ahead = 0  # cells of promises that were submitted and not fetched

    def promise(self, part: Part) -> Part | Promise:
        """A part to be packed, and to be fetched later, after those promised before."""
        if self._pool is None:
            return part
        if part.level is None:
            return Promise(0, self._pool.submit(part))
        promise = Promise(part.cells)
        self._waiting.append((promise, part))
        self._submit_more(self._pool)
        return promise

    def packed(self, parts: Iterable[Part | Promise]) -> Iterator[PackedPart]:
        """The packed parts, in order."""
        for part in parts:
            yield self._fetched(part) if isinstance(part, Promise) else pack(part)

    def _fetched(self, promise: Promise) -> PackedPart:
        assert promise.packing is not None, "results are fetched in the order of their promises"
        assert self._pool is not None
        packed = promise.packing.result()
        promise.packing = None  # which would keep the packed part in memory
        self._ahead -= promise.cells
        self._submit_more(self._pool)
        return packed

    def _submit_more(self, pool: Processes) -> None:
        while self._waiting and (not self._ahead or self._ahead < _MOST_CELLS_AHEAD):
            promise, part = self._waiting.popleft()
            promise.packing = pool.submit(part)
            self._ahead += promise.cells


@contextmanager
def packer(processes: int) -> Iterator[Packer]:
    """A packer with so many processes; with one, this process does the work."""
    if processes <= 1:
        yield Packer(None)
        return
    with Processes(processes) as pool:
        yield Packer(pool)
