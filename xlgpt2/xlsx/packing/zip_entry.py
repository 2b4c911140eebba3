"""Entries of a zip file whose content is packed already."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from xlgpt2.xlsx.packing.deflate import (
    END,
    PackedPart,
    joined_crc,
)

#: The earliest date of a zip entry: no file shows when it was written.
NO_TIME = (1980, 1, 1, 0, 0, 0)

#: Those of entries that zipfile creates: a file that its owner reads and writes (APPNOTE 4.4.15).
_USUAL_ATTRIBUTES = 0o600 << 16

_CHUNK = 1 << 20
_LOCAL_HEADER = 30  # bytes before the name and the extra field (APPNOTE 4.3.7)


def add_packed(
    package: zipfile.ZipFile, name: str, parts: Iterable[PackedPart], zip64: bool
) -> None:
    """Add an entry whose deflate stream consists of `parts`.

    An entry that may exceed 2 GiB needs `zip64`; zipfile itself decides for the whole file.
    """
    info = zipfile.ZipInfo(name, NO_TIME)
    with _entry(package, info, zip64) as file:
        for part in parts:
            file.write(part.data)
            info.CRC = joined_crc(info.CRC, part.crc, part.length)
            info.file_size += part.length
        file.write(END)
        info.compress_type = zipfile.ZIP_DEFLATED


def add_copy(package: zipfile.ZipFile, source: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Add an entry of another zip file without unpacking it."""
    packed = _packed(source, entry)
    add_like(package, entry, packed, entry.compress_type, entry.file_size, entry.CRC)


def add_like(
    package: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    packed: Iterable[bytes],
    method: int,
    length: int,
    crc: int,
) -> None:
    """Add packed data with the name and metadata of another entry.

    `method` is one of zipfile's; `length` and `crc` are those of the unpacked text.
    """
    info = zipfile.ZipInfo(entry.filename, entry.date_time)
    info.create_system, info.comment = entry.create_system, entry.comment
    info.external_attr, info.internal_attr = entry.external_attr, entry.internal_attr
    with _entry(package, info, zip64=length > zipfile.ZIP64_LIMIT) as file:
        for data in packed:
            file.write(data)
        info.compress_type, info.file_size, info.CRC = method, length, crc


@contextmanager
def _entry(package: zipfile.ZipFile, info: zipfile.ZipInfo, zip64: bool) -> Iterator[IO[bytes]]:
    """A context in which the packed data of an entry is written to the package's file.

    zipfile can't take packed data, except as the content of a stored entry, of which it computes a
    CRC that nobody needs. `info` must have its final method, length and CRC when the context ends,
    which corrects the header and adds the entry to the directory.
    """
    file = package.fp
    assert file is not None, "the package is open"
    info.header_offset = package.start_dir
    info.external_attr = info.external_attr or _USUAL_ATTRIBUTES
    info.CRC = info.file_size = info.compress_size = 0
    file.seek(info.header_offset)
    file.write(info.FileHeader(zip64))
    start = file.tell()
    yield file
    package.start_dir = file.tell()
    info.compress_size = package.start_dir - start
    file.seek(info.header_offset)
    file.write(info.FileHeader(zip64))
    file.seek(package.start_dir)
    package.filelist.append(info)
    package.NameToInfo[info.filename] = info


def _packed(source: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The packed content of an entry."""
    file = source.fp
    assert file is not None, "the package is open"
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER)
    lengths = (int.from_bytes(header[i : i + 2], "little") for i in (26, 28))
    file.seek(entry.header_offset + _LOCAL_HEADER + sum(lengths))
    remaining = entry.compress_size
    while remaining > 0:
        data = file.read(min(remaining, _CHUNK))
        if not data:
            raise EOFError(f"{entry.filename} is cut off")
        remaining -= len(data)
        yield data
