"""Limits of packages, checked before any program reads one: no zip bombs, no document types."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.parsers import expat

from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT

# Workbooks of xlgpt2 unpack to 4 to 11 times their size, its longest formulas to 21 times, and
# weights that are all zeros to 126 times. Deflate itself reaches 1,032 times, and overlapping parts
# any ratio: a file of 50 kB can claim to be 5 GB.
MOST_TIMES = 200
SMALL = 64_000_000  # bytes that any package may unpack to

#: Parts of a package; GPT-2 with 48 blocks has 260.
MOST_PARTS = 10_000

#: Bytes of a part that is read as a whole, such as the list of sheets and names; 110 kB for GPT-2.
MOST_AT_ONCE = 8_000_000

# Blank cells between others take memory but no bytes of the file. GPT-2's workbook has some 60
# million, in a file that unpacks to 3,300 MB; even a small one may have this many.
_FREE_CELLS = 20_000_000

#: Bytes in which a part's root, or a document type before it, must begin; in our files it is 60.
_PROLOG = 4096

_PASSWORD = 1  # the flag of an encrypted entry
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of Office (ECMA-376 part 2, annex B)


def check_package(package: zipfile.ZipFile, path: Path, size: int) -> None:
    """Raise WorkbookError if a package of `size` bytes on disk may not be read.

    The sizes in its directory are trusted: reading a part stops at its declared size.
    """
    entries = package.infolist()
    if len(entries) > MOST_PARTS:
        raise WorkbookError(
            f"workbook {path}: expected at most {MOST_PARTS:,} parts, got {len(entries):,}",
            WORKBOOK_HINT,
        )
    duplicate = first_duplicate(entry.filename for entry in entries)
    if duplicate is not None:
        raise WorkbookError(
            f"workbook {path}: expected unique parts, got {duplicate} twice", WORKBOOK_HINT
        )
    for entry in entries:
        _check_entry(entry, path)
    limit, unpacked = SMALL + MOST_TIMES * size, unpacked_size(package)
    if unpacked > limit:
        raise WorkbookError(
            f"workbook {path}: expected at most {limit:,} bytes uncompressed ({MOST_TIMES} "
            f"times its size plus {SMALL:,}), got {unpacked:,}",
            WORKBOOK_HINT,
        )
    for entry in entries:
        with package.open(entry) as part:
            _check_prolog(part.read(_PROLOG), f"workbook {path}: part {entry.filename}")


def first_duplicate(names: Iterable[str]) -> str | None:
    """The first name that repeats an earlier one, ignoring case; or None."""
    earlier: set[str] = set()
    for name in names:
        if name.lower() in earlier:
            return name
        earlier.add(name.lower())
    return None


def unpacked_size(package: zipfile.ZipFile) -> int:
    """The size of all parts together, in bytes."""
    return sum(entry.file_size for entry in package.infolist())


def most_cells(unpacked: int) -> int:
    """The most cells, blanks included, or characters of formulas, for an unpacked size in bytes."""
    return _FREE_CELLS + unpacked


def _check_entry(entry: zipfile.ZipInfo, path: Path) -> None:
    if entry.flag_bits & _PASSWORD:
        raise WorkbookError(
            f"workbook {path}: part {entry.filename}: expected a part without a password, got "
            "an encrypted one",
            "save the workbook without a password",
        )
    if entry.compress_type not in _METHODS:
        raise WorkbookError(
            f"workbook {path}: part {entry.filename}: expected a stored or deflated part, got "
            f"compression method {entry.compress_type}",
            WORKBOOK_HINT,
        )


def _check_prolog(start: bytes, where: str) -> None:
    """Raise WorkbookError if an XML part has a document type, or no root element near its start.

    No workbook has a document type, and its entities could expand to anything: to a billion times
    their length, or to a local file. Whether expat, libxml2 and others expand them depends on
    their versions.
    """
    events: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: events.append("a document type")
    parser.StartElementHandler = lambda *_: events.append("")
    try:
        parser.Parse(start, len(start) < _PROLOG)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings
        if not events and where.endswith((".xml", ".rels")):
            raise WorkbookError(f"{where}: expected XML, got {error}", WORKBOOK_HINT) from error
    if not events and where.endswith((".xml", ".rels")):
        events.append(f"{_PROLOG:,} bytes without an element")
    if events and events[0]:
        raise WorkbookError(
            f"{where}: expected an element and no document type, got {events[0]}", WORKBOOK_HINT
        )
