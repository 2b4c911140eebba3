"""Storing results: a workbook copied with what its formulas gave in their cells.

All else is copied as it is: parts without formulas without being unpacked, and rows without
formulas as they stream by.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells
from xlgpt2.errors import WorkbookError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.caching.sheet import HINT, SheetResults
from xlgpt2.xlsx.packing.deflate import (
    END,
    NUMBERS_LEVEL,
    Text,
    joined_crc,
    pack,
)
from xlgpt2.xlsx.packing.zip_entry import add_copy, add_like
from xlgpt2.xlsx.sheet_xml import has_any, with_dimension

#: Bytes of XML that are packed at a time. Counted in what is written, so that a workbook that had
#: other results before is packed in the same pieces.
_BYTES_A_PART = 4_000_000

_CHUNK = 1 << 20

_ROOT = re.compile(rb"<worksheet\b")
_ROOT_BYTES = 4096  # the root element begins in them, after a declaration


@dataclass(frozen=True)
class Stored:
    """How many formulas a workbook has, and how many cells hold what they gave."""

    formulas: int
    values: int


def store(
    source: zipfile.ZipFile,
    target: Path,
    sheets: Mapping[str, str],
    read: Callable[[Area], Cells],
    progress: Progress = silent,
) -> Stored:
    """Writes a copy of a workbook whose formulas' cells hold the results that `read` gives.

    `sheets` are the names of its sheets, by their parts of the package. Raises WorkbookError for a
    sheet whose XML is none that spreadsheet programs write.
    """
    formulas = values = 0
    with zipfile.ZipFile(target, "w") as copy:
        copy.comment = source.comment
        for entry in source.infolist():
            if entry.filename not in sheets or not _has_formulas(source, entry):
                add_copy(copy, source, entry)
                continue
            sheet = SheetResults(sheets[entry.filename], read)
            progress(Step(sheet.name))
            with source.open(entry) as text, tempfile.TemporaryFile(dir=target.parent) as packed:
                _add(copy, entry, sheet, text, packed)
            formulas += sheet.formulas
            values += sheet.values
    return Stored(formulas, values)


def _has_formulas(source: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether a sheet has what looks like a formula; refuses XML that can't be read as bytes."""
    with source.open(entry) as text:
        if not _ROOT.search(text.read(_ROOT_BYTES)):
            raise WorkbookError(
                f"part {entry.filename}: expected a <worksheet> in UTF-8 without a prefix, "
                "got none",
                HINT,
            )
    with source.open(entry) as text:
        return has_any(text, (b"<f",))


def _add(
    copy: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    sheet: SheetResults,
    text: IO[bytes],
    packed: IO[bytes],
) -> None:
    """Adds a sheet with results.

    It is packed into a file first: what stands before its rows says how far its cells reach, and
    its entry's header how long it is.
    """
    bits = sheet.bits(text)
    head = next(bits)
    length = crc = 0
    for part in map(pack, _parts(bits)):
        packed.write(part.data)
        length += part.length
        crc = joined_crc(crc, part.crc, part.length)
    packed.write(END)
    packed.seek(0)
    first = pack(Text(with_dimension(head, sheet.last_row, sheet.last_column)))
    crc = joined_crc(first.crc, crc, length)
    data = chain([first.data], iter(lambda: packed.read(_CHUNK), b""))
    add_like(copy, entry, data, zipfile.ZIP_DEFLATED, first.length + length, crc)


def _parts(bits: Iterable[bytes]) -> Iterator[Text]:
    """Bits of a text joined to parts of some size."""
    held: list[bytes] = []
    size = 0
    for bit in bits:
        held.append(bit)
        size += len(bit)
        if size >= _BYTES_A_PART:
            yield _part(held)
            held, size = [], 0
    yield _part(held)


def _part(bits: list[bytes]) -> Text:
    text = b"".join(bits)
    return Text(text, level=None if b"<f" in text else NUMBERS_LEVEL)
