"""Entries of a zip file whose content is packed already."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator

from xlgpt2.xlsx.packing.deflate import (
    END,
    PackedPart,
    joined_crc,
)

#: The earliest date of a zip entry: no file shows when it was written.
NO_TIME = (1980, 1, 1, 0, 0, 0)

_CHUNK = 1 << 20
_LOCAL_HEADER = 30  # bytes before the name and the extra field (APPNOTE 4.3.7)


def add_packed(
    package: zipfile.ZipFile, name: str, parts: Iterable[PackedPart], zip64: bool
) -> None:
    """Add an entry whose deflate stream consists of `parts`.

    An entry that may exceed 2 GiB needs `zip64`; zipfile itself decides for the whole file.
    """
    info = zipfile.ZipInfo(name, NO_TIME)
    info.compress_type = zipfile.ZIP_STORED
    length = crc = 0
    with package.open(info, "w", force_zip64=zip64) as entry:
        for part in parts:
            entry.write(part.data)
            length += part.length
            crc = joined_crc(crc, part.crc, part.length)
        entry.write(END)
    _mark_as_packed(package, info, zipfile.ZIP_DEFLATED, length, crc, zip64)


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
    info.compress_type = zipfile.ZIP_STORED
    info.create_system, info.comment = entry.create_system, entry.comment
    info.external_attr, info.internal_attr = entry.external_attr, entry.internal_attr
    zip64 = length > zipfile.ZIP64_LIMIT
    with package.open(info, "w", force_zip64=zip64) as target:
        for data in packed:
            target.write(data)
    _mark_as_packed(package, info, method, length, crc, zip64)


def _mark_as_packed(
    package: zipfile.ZipFile, info: zipfile.ZipInfo, method: int, length: int, crc: int, zip64: bool
) -> None:
    """Mark an entry as packed that was added as stored, since zipfile can't take packed data.

    This corrects its header and, since that is written last, its record in the directory.
    """
    info.compress_type, info.file_size, info.CRC = method, length, crc
    file = package.fp
    assert file is not None, "the package is open"
    end = file.tell()
    file.seek(info.header_offset)
    file.write(info.FileHeader(zip64))
    file.seek(end)


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
