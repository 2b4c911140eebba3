"""What a package may be, asked before any program reads it: none may cost more than it weighs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.parsers import expat

from xlgpt2.errors import WorkbookError

_HINT = "give a workbook that xlgpt2 build wrote"

# What xlgpt2 writes becomes 4 to 11 times as long when it is unpacked, its longest formulas 21
# times, and nothing but zeros for weights 126 times. Deflate itself reaches 1,032 times, and parts
# that overlap any number: a file of 50 kB can say that it is 5 GB.
MOST_TIMES = 200
SMALL = 64_000_000

#: Parts of a package; GPT-2 with 48 blocks has 260.
MOST_PARTS = 10_000

#: Bytes of a part that is read as a whole, such as the list of sheets and names; 110 kB for GPT-2.
MOST_AT_ONCE = 8_000_000

# Blank cells between others cost memory and no bytes of the file. GPT-2's workbook has some 60
# million, in a file that unpacks to 3,300 MB; a small one may have some in any case.
_FREE_CELLS = 20_000_000

#: A part's root, or a document type before it, must begin in so many bytes: in ours it is 60.
_PROLOG = 4096

_PASSWORD = 1  # the bit of an entry that needs one
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of Office (ECMA-376 part 2, annex B)


def check_package(package: zipfile.ZipFile, path: Path, size: int) -> None:
    """Nothing where a package of `size` bytes on the disk may be read; raises WorkbookError.

    What it announces counts: no part gives more than it announces when it is read.
    """
    entries = package.infolist()
    if len(entries) > MOST_PARTS:
        raise WorkbookError(
            f"workbook {path}: expected at most {MOST_PARTS:,} parts, got {len(entries):,}", _HINT
        )
    twice = repeated(entry.filename for entry in entries)
    if twice is not None:
        raise WorkbookError(f"workbook {path}: expected each part once, got {twice} twice", _HINT)
    for entry in entries:
        _check_entry(entry, path)
    most, unpacked = SMALL + MOST_TIMES * size, unpacked_size(package)
    if unpacked > most:
        raise WorkbookError(
            f"workbook {path}: expected at most {most:,} bytes when it is unpacked, which is "
            f"{MOST_TIMES} times its size and {SMALL:,} more, got {unpacked:,}",
            _HINT,
        )
    for entry in entries:
        with package.open(entry) as part:
            _check_prolog(part.read(_PROLOG), f"workbook {path}: part {entry.filename}")


def repeated(names: Iterable[str]) -> str | None:
    """A name that is there before it, in capitals or small letters, or None."""
    known: set[str] = set()
    for name in names:
        if name.lower() in known:
            return name
        known.add(name.lower())
    return None


def unpacked_size(package: zipfile.ZipFile) -> int:
    """The bytes of all parts together."""
    return sum(entry.file_size for entry in package.infolist())


def most_cells(unpacked: int) -> int:
    """How many cells, blanks among them, may come of a package, and characters of formulas."""
    return _FREE_CELLS + unpacked


def _check_entry(entry: zipfile.ZipInfo, path: Path) -> None:
    if entry.flag_bits & _PASSWORD:
        raise WorkbookError(
            f"workbook {path}: part {entry.filename}: expected one without a password, got one "
            "that needs it",
            "save the workbook without a password",
        )
    if entry.compress_type not in _METHODS:
        raise WorkbookError(
            f"workbook {path}: part {entry.filename}: expected it stored or deflated, got method "
            f"{entry.compress_type}",
            _HINT,
        )


def _check_prolog(start: bytes, where: str) -> None:
    """Nothing, unless a part is XML and has a document type, or hides where its root begins.

    No workbook has a document type, and its entities could stand for anything: for a billion
    times their length, or for a file of this machine. Whether expat, libxml2 and others resolve
    them hangs on their versions.
    """
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append("a document type")
    parser.StartElementHandler = lambda *_: found.append("")
    try:
        parser.Parse(start, len(start) < _PROLOG)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings
        if not found and where.endswith((".xml", ".rels")):
            raise WorkbookError(f"{where}: expected XML, got {error}", _HINT) from error
    if not found and where.endswith((".xml", ".rels")):
        found.append(f"{_PROLOG:,} bytes without any")
    if found and found[0]:
        raise WorkbookError(
            f"{where}: expected an element and no document type, got {found[0]}", _HINT
        )
