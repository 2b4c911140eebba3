"""Writing cached values: a copy of a workbook with the results of its formulas.

All else is copied as it is: parts without formulas are not even unpacked, and rows without formulas
are streamed.
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
from xlgpt2.xlsx.caching.sheet import HINT, CachedSheet
from xlgpt2.xlsx.packing.deflate import (
    END,
    NUMBERS_LEVEL,
    TextPart,
    joined_crc,
    pack,
)
from xlgpt2.xlsx.packing.zip_entry import add_copy, add_like
from xlgpt2.xlsx.sheet_xml import contains_any, with_dimension

#: Bytes of XML that are packed at a time. Counted in the output, so that the parts don't depend on
#: the cached values that the file had before.
_BYTES_A_PART = 4_000_000

_CHUNK = 1 << 20

_ROOT = re.compile(rb"<worksheet\b")
_ROOT_BYTES = 4096  # the root element begins in them, after a declaration


@dataclass(frozen=True)
class CachedCounts:
    """The number of formulas in a workbook, and of cells with cached values."""

    formulas: int
    values: int


def write_cached_values(
    source: zipfile.ZipFile,
    target: Path,
    sheets: Mapping[str, str],
    read: Callable[[Area], Cells],
    progress: Progress = silent,
) -> CachedCounts:
    """Write a copy of a workbook with the values from `read` in the cells of its formulas.

    `sheets` has the names of its sheets by their parts of the package. Raises WorkbookError for a
    sheet whose XML no spreadsheet program would write.
    """
    formulas = values = 0
    with zipfile.ZipFile(target, "w") as copy:
        copy.comment = source.comment
        for entry in source.infolist():
            if entry.filename not in sheets or not _has_formulas(source, entry):
                add_copy(copy, source, entry)
                continue
            sheet = CachedSheet(sheets[entry.filename], read)
            progress(Step(sheet.name))
            with source.open(entry) as text, tempfile.TemporaryFile(dir=target.parent) as packed:
                _add(copy, entry, sheet, text, packed)
            formulas += sheet.formulas
            values += sheet.values
    return CachedCounts(formulas, values)


def _has_formulas(source: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether a sheet may have formulas; raises WorkbookError for XML that needs a parser."""
    with source.open(entry) as text:
        if not _ROOT.search(text.read(_ROOT_BYTES)):
            raise WorkbookError(
                f"part {entry.filename}: expected a <worksheet> in UTF-8 without a prefix, "
                "got none",
                HINT,
            )
    with source.open(entry) as text:
        return contains_any(text, (b"<f",))


def _add(
    copy: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    sheet: CachedSheet,
    text: IO[bytes],
    packed: IO[bytes],
) -> None:
    """Add a sheet with its cached values.

    It is packed into a temporary file first: the <dimension> before its rows needs the last row
    and column, and the entry's header needs the length.
    """
    pieces = sheet.pieces(text)
    head = next(pieces)
    length = crc = 0
    for part in map(pack, _parts(pieces)):
        packed.write(part.data)
        length += part.length
        crc = joined_crc(crc, part.crc, part.length)
    packed.write(END)
    packed.seek(0)
    first = pack(TextPart(with_dimension(head, sheet.last_row, sheet.last_column)))
    crc = joined_crc(first.crc, crc, length)
    data = chain([first.data], iter(lambda: packed.read(_CHUNK), b""))
    add_like(copy, entry, data, zipfile.ZIP_DEFLATED, first.length + length, crc)


def _parts(pieces: Iterable[bytes]) -> Iterator[TextPart]:
    """Pieces of a text, joined into parts of at least `_BYTES_A_PART`."""
    pending: list[bytes] = []
    size = 0
    for piece in pieces:
        pending.append(piece)
        size += len(piece)
        if size >= _BYTES_A_PART:
            yield _part(pending)
            pending, size = [], 0
    yield _part(pending)


def _part(pieces: list[bytes]) -> TextPart:
    text = b"".join(pieces)
    return TextPart(text, level=None if b"<f" in text else NUMBERS_LEVEL)
