"""Packing on all cores: parts are promised to other processes and fetched in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from xlgpt2.xlsx.packing.deflate import (
    Packed,
    Part,
    pack,
)
from xlgpt2.xlsx.packing.processes import Processes

#: What is packed and kept in memory until its place in the file is known: some 600 MB.
_MOST_CELLS_AHEAD = 100_000_000


class Promise:
    """A part that another process packs when it gets to it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.packing: Future[Packed] | None = None


class Packer:
    """Packs parts: promised ones in other processes, in their order, and others at once.

    So many promised parts are begun that the others never wait for work, and that what is packed
    before it can be written fits into memory.
    """

    def __init__(self, pool: Processes | None) -> None:
        self._pool = pool
        self._waiting: deque[Promise] = deque()
        self._ahead = 0  # cells of promises that were begun and not fetched

    def promise(self, part: Part) -> Part | Promise:
        """A part that will be wanted later, after those that were promised before."""
        if self._pool is None:
            return part
        promised = Promise(part)
        self._waiting.append(promised)
        self._begin_more()
        return promised

    def packed(self, parts: Iterable[Part | Promise]) -> Iterator[Packed]:
        """Every part packed, in order."""
        for part in parts:
            yield self._fetched(part) if isinstance(part, Promise) else pack(part)

    def _fetched(self, promised: Promise) -> Packed:
        assert promised.packing is not None, "promises are fetched in the order they were given"
        found = promised.packing.result()
        self._ahead -= _weight(promised.part)
        self._begin_more()
        return found

    def _begin_more(self) -> None:
        assert self._pool is not None
        while self._waiting and (not self._ahead or self._ahead < _MOST_CELLS_AHEAD):
            promised = self._waiting.popleft()
            promised.packing = self._pool.submit(promised.part)
            self._ahead += _weight(promised.part)


def _weight(part: Part) -> int:
    """How much memory a packed part takes, in cells; what is not numbers packs to very little."""
    return 0 if part.level is None else part.cells


@contextmanager
def packer(processes: int) -> Iterator[Packer]:
    """A packer with so many processes; with one, the work is done in this process."""
    if processes <= 1:
        yield Packer(None)
        return
    with Processes(processes) as pool:
        yield Packer(pool)
