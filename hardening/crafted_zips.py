"""Zip files written byte by byte, with headers that zipfile would never write."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: Bytes of filler in a run, which deflates to 10 KB.
RUN = 10_000_000


@dataclass(frozen=True)
class Entry:
    """A part as its headers describe it; `data` is the content of the file.

    `at` is the number of the entry whose data it shares, if it has none of its own.
    """

    name: str
    data: bytes
    size: int
    crc: int
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0
    at: int | None = None


def deflated(name: str, content: bytes) -> Entry:
    """A valid entry."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    return Entry(name, data, len(content), zlib.crc32(content))


def stored(name: str, content: bytes) -> Entry:
    """A valid entry that is not deflated."""
    return Entry(name, content, len(content), zlib.crc32(content), zipfile.ZIP_STORED)


def long_run(name: str, head: bytes, filler: bytes, runs: int, tail: bytes) -> Entry:
    """An entry with `runs` runs of filler, deflated once and repeated; no checksum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    run = packer.compress(filler * (RUN // len(filler))) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(tail) + packer.flush()
    return Entry(name, start + run * runs + end, len(head) + runs * RUN + len(tail), 0)


def write_zip(path: Path, entries: Iterable[Entry]) -> Path:
    """Write a zip file of these entries."""
    body, directory, offsets = bytearray(), bytearray(), list[int]()
    for entry in entries:
        name = entry.name.encode()
        fields = struct.pack("<HHHHH", 20, entry.flags, entry.method, 0, 0x21)
        fields += struct.pack("<IIIH", entry.crc, len(entry.data), entry.size, len(name))
        offsets.append(len(body) if entry.at is None else offsets[entry.at])
        if entry.at is None:
            body += b"PK\x03\x04" + fields + bytes(2) + name + entry.data
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + bytes(12)
        directory += struct.pack("<I", offsets[-1]) + name
    count = len(offsets)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(bytes(body + directory) + b"PK\x05\x06" + end)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes]) -> Path:
    """Write a valid zip file of these parts."""
    return write_zip(path, [deflated(name, content) for name, content in parts.items()])
