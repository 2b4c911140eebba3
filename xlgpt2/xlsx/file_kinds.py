"""Kinds of files that are not .xlsx: what one is, by how it begins, and the way out."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

from xlgpt2.errors import WorkbookError

OURS = "give a workbook that xlgpt2 build wrote"
_SAVE = "open it in a spreadsheet program and save it as .xlsx"
_UNLOCK = "open it in a spreadsheet program, with its password, and save it as .xlsx without one"

_BEGINNING = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")

#: How files begin that are no text, what they are, and the way out.
_BINARY = (
    (b"%PDF-", "a PDF", OURS),
    (b"\x1f\x8b", "a file packed by gzip, such as Gnumeric's own", _SAVE),
    (b"\x89PNG", "a picture", OURS),
    (b"\xff\xd8\xff", "a picture", OURS),
    (b"7z\xbc\xaf", "a 7z archive", OURS),
    (b"Rar!", "a rar archive", OURS),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself: git lfs pull"),
)

#: Words near the beginning of a text, what it is, and the way out.
_TEXTS = (
    (b"office:document", "a flat OpenDocument spreadsheet (.fods)", _SAVE),
    (b"schemas-microsoft-com:office:spreadsheet", "an XML Spreadsheet of 2003", _SAVE),
    (b"<!doctype html", "a web page (HTML)", "download the workbook itself"),
    (b"<html", "a web page (HTML)", "download the workbook itself"),
)

#: A part that is only in packages of a kind, what these are, and the way out.
_PACKAGES = (
    ("xl/workbook.bin", "an Excel binary workbook (.xlsb)", _SAVE),
    ("Index/Document.iwa", "a document of Apple's Numbers, Pages or Keynote", _SAVE),
    ("Index.zip", "a document of Apple's Numbers, Pages or Keynote", _SAVE),
    ("word/document.xml", "a document of Word (.docx)", OURS),
    ("ppt/presentation.xml", "a presentation (.pptx)", OURS),
)


def check_kind(path: Path) -> None:
    """Nothing for a zip file; raises WorkbookError, which names the kind, for another."""
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
        if zipfile.is_zipfile(file):
            return
        if beginning.startswith(_OLE):
            kind, hint = _ole(beginning, _directory(file, beginning))
        else:
            kind, hint = _plain(beginning)
    raise _not_xlsx(path, kind, hint)


def check_kind_of_package(package: zipfile.ZipFile, path: Path) -> None:
    """Nothing for a package that may be an .xlsx file; raises WorkbookError for other kinds."""
    names = set(package.namelist())
    if "mimetype" in names and package.getinfo("mimetype").file_size < _BEGINNING:
        kind = package.read("mimetype").decode("ascii", "replace").strip()
        if kind.startswith("application/vnd.oasis.opendocument.spreadsheet"):
            raise _not_xlsx(path, "an OpenDocument spreadsheet (.ods)", _SAVE)
        raise _not_xlsx(path, f"a file of the kind {kind!r}", OURS)
    for part, kind, hint in _PACKAGES:
        if part in names:
            raise _not_xlsx(path, kind, hint)
    if "_rels/.rels" not in names and "[Content_Types].xml" not in names:
        held = ", ".join(sorted(names)[:3]) or "nothing"
        raise _not_xlsx(path, f"a zip archive of other files ({held})", OURS)


def _plain(beginning: bytes) -> tuple[str, str]:
    """What a file is that is neither a zip nor an OLE file, and the way out."""
    if not beginning:
        return "an empty file", OURS
    for start, kind, hint in _BINARY:
        if beginning.startswith(start):
            return kind, hint
    if beginning.startswith(b"PK"):
        return "a damaged one, such as a part of a download", "fetch or build it again"
    for word, kind, hint in _TEXTS:
        if word in beginning.lower():
            return kind, hint
    if b"\x00" in beginning:
        return "a file of an unknown kind", OURS
    return "a text, such as CSV, which has no formulas", OURS


def _directory(file: BinaryIO, beginning: bytes) -> bytes:
    """The first sector of an OLE file's directory, which has the names of its streams."""
    shift = int.from_bytes(beginning[30:32], "little")
    if shift not in (9, 12):
        return b""
    offset = (int.from_bytes(beginning[48:52], "little") + 1) << shift
    file.seek(offset)
    return file.read(_BEGINNING)


def _ole(beginning: bytes, directory: bytes) -> tuple[str, str]:
    """What an OLE file is, by the names of its streams."""
    seen = beginning + directory
    if "EncryptedPackage".encode("utf-16-le") in seen:
        return "a file encrypted with a password", _UNLOCK
    if any(name.encode("utf-16-le") in seen for name in ("Workbook", "Book")):
        return "an Excel workbook of 1997 to 2003 (.xls)", _SAVE
    return "an .xls file, or one that is encrypted with a password", _UNLOCK


def _not_xlsx(path: Path, kind: str, hint: str) -> WorkbookError:
    return WorkbookError(f"workbook {path}: expected an .xlsx file, got {kind}", hint)
