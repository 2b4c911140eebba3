"""Zip files written byte by byte, whose headers can say what zipfile would never write."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: What a run of one byte is deflated in: 10 MB of it in 10 KB.
_RUN = 10_000_000


@dataclass(frozen=True)
class Entry:
    """A part as its headers announce it; `data` is what stands in the file.

    `at` is the number of the entry whose data it shares, where it has none of its own.
    """

    name: str
    data: bytes
    size: int
    crc: int
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0
    at: int | None = None


def deflated(name: str, content: bytes) -> Entry:
    """An honest entry."""
    return Entry(name, _raw(content), len(content), zlib.crc32(content))


def stored(name: str, content: bytes) -> Entry:
    """An honest entry that is not deflated."""
    return Entry(name, content, len(content), zlib.crc32(content), zipfile.ZIP_STORED)


def long_run(name: str, head: bytes, filler: bytes, runs: int, tail: bytes) -> Entry:
    """An entry of `runs` times ten million bytes of filler, made in no time."""
    filler *= _RUN // len(filler)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    run = packer.compress(filler) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(tail) + packer.flush()
    crc = zlib.crc32(head)
    for _ in range(runs):
        crc = zlib.crc32(filler, crc)
    size = len(head) + runs * len(filler) + len(tail)
    return Entry(name, start + run * runs + end, size, zlib.crc32(tail, crc))


def write_zip(path: Path, entries: Iterable[Entry]) -> Path:
    """Writes a zip file of these entries."""
    body, directory, count = bytearray(), bytearray(), 0
    offsets: list[int] = []
    for entry in entries:
        name = entry.name.encode()
        sizes = struct.pack("<III", entry.crc, len(entry.data), entry.size)
        fields = struct.pack("<HHHHH", 20, entry.flags, entry.method, 0, 0x21)
        if entry.at is None:
            offset = len(body)
            body += b"PK\x03\x04" + fields + sizes + struct.pack("<HH", len(name), 0)
            body += name + entry.data
        else:
            offset = offsets[entry.at]
        offsets.append(offset)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + sizes
        directory += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, offset) + name
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(bytes(body + directory) + b"PK\x05\x06" + end)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes]) -> Path:
    """Writes an honest zip file of these parts."""
    return write_zip(path, [deflated(name, content) for name, content in parts.items()])


def _raw(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()
