"""Hostile files, packages and XML in place of a workbook, each with the expected answer."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import replace
from pathlib import Path

from hardening.crafted_zips import Entry, deflated, long_run, stored
from hardening.makers import (
    RELATIONS,
    SHEET,
    STRINGS,
    WORKBOOK,
    Hostile,
    content,
    doctype,
    entries,
    file_bytes,
    laughs,
    nested,
    other_than_file,
    package,
    replaced,
    rows,
    sheet_entry,
    without,
)

NO_ZIP = "expected an .xlsx file"
DOCUMENT_TYPE = "no document type"
XML = "expected XML"
MOST = "expected at most"
NO_FILE = "expected a file, got"

#: A complete sheet, padded to a hundred bytes.
EMPTY_SHEET = b"<worksheet><sheetData/></worksheet>"
HUNDRED = EMPTY_SHEET.ljust(100)

EVERY_KIND = (
    "_rels/.rels",
    WORKBOOK,
    RELATIONS,
    SHEET,
    STRINGS,
    "xl/styles.xml",
    "[Content_Types].xml",
)


def forbidden(path: Path) -> None:
    """Make a file without read permission; root lacks it too when run as nobody."""
    path.write_bytes(b"PK")
    path.chmod(0)


def bomb(entries: list[Entry]) -> list[Entry]:
    """The good parts, with four gigabytes of blank cells as the sheet."""
    large = long_run(SHEET, b"<worksheet><sheetData><row>", b"<c/>" * 25, 400, b"</row>")
    return [large if entry.name == SHEET else entry for entry in entries]


def overlapping(entries: list[Entry]) -> list[Entry]:
    """The good parts, and a thousand that share the same bytes of the file."""
    run = long_run("xl/extra0.xml", b"<x>", b" ", 1, b"</x>")
    same = [replace(run, name=f"xl/extra{i}.xml", at=len(entries)) for i in range(1, 1000)]
    return [*entries, run, *same]


def longer_than_announced(entries: list[Entry]) -> list[Entry]:
    """The good parts, with a sheet whose size and checksum are those of its first 100 bytes."""
    large = long_run(SHEET, HUNDRED, b" ", 100, b"")
    short = replace(large, size=100, crc=zlib.crc32(HUNDRED))
    return [short if entry.name == SHEET else entry for entry in entries]


def with_spaces(parts: dict[str, bytes]) -> None:
    """Make a valid part larger than the limit for parts that are read whole."""
    parts[WORKBOOK] = parts[WORKBOOK].replace(b"<sheets>", b"<sheets>" + b" " * 9_000_000)


def half(parts: dict[str, bytes]) -> None:
    """Cut a sheet in half."""
    parts[SHEET] = parts[SHEET][: len(parts[SHEET]) // 2]


def no_sheets(parts: dict[str, bytes]) -> None:
    """Remove the list of sheets."""
    parts[WORKBOOK] = re.sub(rb"<sheets>.*</sheets>", b"", parts[WORKBOOK])


def in_utf_16(parts: dict[str, bytes]) -> None:
    """Write the shared strings in UTF-16, with entities."""
    text = f'<?xml version="1.0" encoding="UTF-16"?>{laughs()}<sst>&a9;</sst>'
    parts[STRINGS] = text.encode("utf-16")


FILES = [
    Hostile("no file", other_than_file(lambda path: None), "expected an existing file"),
    Hostile("an empty file", file_bytes(lambda data: b""), NO_ZIP),
    Hostile("a text", file_bytes(lambda data: b"=1+1\n" * 1000), NO_ZIP),
    Hostile("the first half of a workbook", file_bytes(lambda data: data[: len(data) // 2]), NO_ZIP),
    Hostile("the second half of a workbook", file_bytes(lambda data: data[len(data) // 2 :]), "expected a"),
    Hostile("the end of a zip file and nothing before it", file_bytes(lambda data: data[-22:]), "expected a"),
    Hostile("a megabyte before a workbook, which zip allows", file_bytes(lambda data: bytes(1 << 20) + data)),
    Hostile("an empty folder", other_than_file(Path.mkdir), "expected workbooks 01-text.xlsx"),
    Hostile("a pipe without a writer", other_than_file(os.mkfifo), NO_FILE),
    Hostile("an endless device", other_than_file(lambda path: path.symlink_to("/dev/zero")), NO_FILE),
    Hostile("a link to itself", other_than_file(lambda path: path.symlink_to(path)), "expected a file"),
    Hostile("a file that may not be read", other_than_file(forbidden), "expected a readable file", as_nobody=True),
]  # fmt: skip

PACKAGES = [
    Hostile("a zip file of nothing", entries(lambda good: []), "got a zip archive of other files (nothing)"),
    Hostile("four gigabytes of blank cells in four megabytes", entries(bomb), MOST),
    Hostile("a thousand parts that are the same ten megabytes", entries(overlapping), MOST),
    Hostile("a part that announces four gigabytes", sheet_entry(lambda entry: replace(entry, size=(1 << 32) - 2)), MOST),
    Hostile("a part that is longer than it announces", sheet_entry(lambda entry: replace(entry, size=100)), "xlsx"),
    Hostile("a gigabyte that announces a hundred bytes", entries(longer_than_announced), "xlsx"),
    Hostile("a part that is shorter than it announces", sheet_entry(lambda entry: replace(entry, size=1 << 24))),
    Hostile("a part with a wrong checksum", sheet_entry(lambda entry: replace(entry, crc=1)), "xlsx"),
    Hostile("a part that is there twice", entries(lambda good: [*good, deflated(WORKBOOK, b"<workbook/>")]), "unique parts"),
    Hostile("a part that is there twice, in upper case", entries(lambda good: [*good, deflated("XL/WORKBOOK.XML", b"<workbook/>")]), "unique parts"),
    Hostile("a part with a password", sheet_entry(lambda entry: replace(entry, flags=1)), "without a password"),
    Hostile("a part with an unknown compression method", sheet_entry(lambda entry: replace(entry, method=99)), "stored or deflated"),
    Hostile("a part with a compression method that Office does not support", sheet_entry(lambda entry: replace(entry, method=14)), "stored or deflated"),
    Hostile("a part that leaves the folder it is unpacked in", entries(lambda good: [*good, stored("../../evil.xml", b"<x/>")])),
    Hostile("60,000 parts", entries(lambda good: [*good, *(stored(f"x/{i}.xml", b"<x/>") for i in range(60_000))]), MOST),
    Hostile("a list of sheets of nine megabytes", package(with_spaces), MOST),
    *(Hostile(f"no {part}", without(part), "expected a part") for part in ("_rels/.rels", WORKBOOK, RELATIONS, SHEET)),
    *(Hostile(f"no {part}", without(part)) for part in ("[Content_Types].xml", "xl/styles.xml", STRINGS)),
    *(Hostile(f"an empty {part}", content(part, b""), XML) for part in EVERY_KIND),
]  # fmt: skip

XMLS = [
    *(Hostile(f"a billion laughs in {part}", doctype(part, laughs(), "&a9;"), DOCUMENT_TYPE) for part in EVERY_KIND),
    Hostile("a megabyte, a thousand times", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a "' + "x" * 1_000_000 + '">]>', "&a;" * 1000), DOCUMENT_TYPE),
    Hostile("an entity that is a file", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"), DOCUMENT_TYPE),
    Hostile("an entity that is on the network", doctype(STRINGS, '<!DOCTYPE x [<!ENTITY a SYSTEM "http://localhost:9/">]>', "&a;"), DOCUMENT_TYPE),
    Hostile("a document type that is on the network", doctype(WORKBOOK, '<!DOCTYPE x SYSTEM "http://localhost:9/">'), DOCUMENT_TYPE),
    Hostile("a document type behind a long comment", doctype(SHEET, f"<!--{'x' * 300_000}-->{laughs()}", "&a9;"), DOCUMENT_TYPE),
    Hostile("a document type in UTF-16", package(in_utf_16), DOCUMENT_TYPE),
    Hostile("an undeclared entity", replaced(SHEET, b"<v>", b"<v>&what;"), XML),
    Hostile("an unknown encoding", replaced(WORKBOOK, b"<workbook", b'<?xml version="1.0" encoding="x-none"?><workbook'), XML),
    Hostile("elements 100,000 deep among the sheets", replaced(WORKBOOK, b"<sheets>", b"<sheets>" + nested("<x>", "</x>", 100_000).encode())),
    Hostile("elements 100,000 deep in a sheet", replaced(SHEET, b"<sheetData>", nested("<x>", "</x>", 100_000).encode() + b"<sheetData>")),
    Hostile("elements 100,000 deep in a cell", rows(f"<row r='900'><c r='B900'>{nested('<x>', '</x>', 100_000)}</c></row>"), "expected cells"),
    Hostile("100,000 attributes", replaced(SHEET, b"<sheetData>", b"<x" + b"".join(b" a%d=''" % i for i in range(100_000)) + b"/><sheetData>")),
    Hostile("a sheet that ends in the middle", package(half), XML),
    Hostile("a zero byte in a sheet", replaced(SHEET, b"<sheetData>", b"<sheetData>\0"), XML),
    Hostile("bytes that are not UTF-8", replaced(SHEET, b"<v>", b"<v>\xff\xfe"), XML),
    Hostile("a workbook without sheets", package(no_sheets), "expected named ranges"),
    Hostile("two sheets with the same name", replaced(WORKBOOK, b'name="Bytes"', b'name="PROMPT"'), "unique sheets"),
    Hostile("a sheet that leads out of the package", replaced(RELATIONS, b"worksheets/sheet15.xml", b"../../../etc/passwd"), "expected a part"),
    Hostile("a sheet that leads to the network", replaced(RELATIONS, b"worksheets/sheet15.xml", b"http://localhost:9/x"), "expected a part"),
]  # fmt: skip

HOSTILE_PACKAGES = [*FILES, *PACKAGES, *XMLS]
