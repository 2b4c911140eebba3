"""Deflate in parts and on all cores: parts packed apart and put together as one stream."""

from __future__ import annotations

import multiprocessing
import os
import signal
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from isal import isal_zlib

#: What is packed and kept in memory until its place in the file is known: some 600 MB.
_MOST_CELLS_AHEAD = 100_000_000

#: Of isal's levels for numbers, which have little to find: level 3 saves 1 % in twice the time.
_NUMBERS_LEVEL = 1

#: Of zlib's levels for formulas and texts: they are few, and a sixth smaller than with isal.
_TEXT_LEVEL = 4

#: The CRC of zip files, reflected (ISO 3309; RFC 1952, section 8).
_POLYNOMIAL = 0xEDB88320

#: A deflate stream's end: an empty last block with fixed codes (RFC 1951, 3.2.3).
END = b"\x03\x00"


class Part(Protocol):
    """A part of a text that can be made in another process."""

    @property
    def cells(self) -> int:
        """How much it is, to tell progress."""

    @property
    def is_numbers(self) -> bool:
        """Whether it is mostly weights, in which deflate finds little."""

    def xml(self) -> bytes:
        """The text."""


@dataclass(frozen=True)
class Packed:
    """A part of a deflate stream: its bytes, and length and CRC of the text in it."""

    data: bytes
    length: int
    crc: int
    cells: int


def pack(part: Part) -> Packed:
    """A part of a deflate stream that other parts and `END` can follow."""
    text = part.xml()
    if part.is_numbers:
        fast = isal_zlib.compressobj(_NUMBERS_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
        data = fast.compress(text) + fast.flush(isal_zlib.Z_FULL_FLUSH)
    else:
        small = zlib.compressobj(_TEXT_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = small.compress(text) + small.flush(zlib.Z_FULL_FLUSH)
    return Packed(data, len(text), isal_zlib.crc32(text), part.cells)


def joined_crc(first: int, second: int, length: int) -> int:
    """The CRC of two texts one after the other, from theirs and the length of the second.

    Following a text by n zero bytes multiplies its CRC, as a polynomial, by x^(8 n).
    """
    factor, power, bits = 1 << 31, 1 << 30, 8 * length  # 1 and x, the lowest power leftmost
    while bits:
        if bits & 1:
            factor = _times(factor, power)
        power = _times(power, power)
        bits >>= 1
    return _times(first, factor) ^ second


def _times(one: int, other: int) -> int:
    """The product of two polynomials over GF(2), modulo that of the CRC."""
    product = 0
    while other:
        if other & 0x80000000:
            product ^= one
        other = (other << 1) & 0xFFFFFFFF
        one = one >> 1 ^ (_POLYNOMIAL if one & 1 else 0)
    return product


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

    def __init__(self, pool: Executor | None) -> None:
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
            promised.packing = self._pool.submit(pack, promised.part)
            self._ahead += _weight(promised.part)


def _weight(part: Part) -> int:
    """How much memory a packed part takes, in cells; what is not numbers packs to very little."""
    return part.cells if part.is_numbers else 0


@contextmanager
def packer(processes: int) -> Iterator[Packer]:
    """A packer with so many processes; with one, the work is done in this process."""
    if processes <= 1:
        yield Packer(None)
        return
    # spawn: a fork of a process with threads, such as that of a progress bar, may hang.
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _ignore_interrupt)
    try:
        for _ in range(processes):
            pool.submit(os.getpid)  # they start while this process makes the tabs
        yield Packer(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
