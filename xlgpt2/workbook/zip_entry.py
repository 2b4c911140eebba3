"""An entry of a zip file whose content comes packed already, part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable

from xlgpt2.workbook.deflate import END, Packed, joined_crc

#: The first moment that a zip entry can bear: no file says when it was made.
NO_TIME = (1980, 1, 1, 0, 0, 0)


def add_packed(package: zipfile.ZipFile, name: str, parts: Iterable[Packed], zip64: bool) -> None:
    """Adds an entry whose deflate stream is the parts one after the other.

    zipfile can't take deflated data, so the entry is stored first, and then called by its name:
    its header, and its place in the directory, which is written last, say deflated. An entry
    that may pass 2 GiB needs `zip64`; the file as a whole gets it when it must.
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
    info.compress_type, info.file_size, info.CRC = zipfile.ZIP_DEFLATED, length, crc
    file = package.fp
    assert file is not None, "the package is open"
    end = file.tell()
    file.seek(info.header_offset)
    file.write(info.FileHeader(zip64))
    file.seek(end)
