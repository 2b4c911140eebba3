"""Kinds of files that are not .xlsx, recognized by their first bytes, with a hint for each."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

from xlgpt2.errors import WorkbookError

WORKBOOK_HINT = "use a workbook written by xlgpt2 build"
_SAVE = "open it in a spreadsheet program and save it as .xlsx"
_UNLOCK = "open it in a spreadsheet program, with its password, and save it as .xlsx without one"

_FIRST_BYTES = 4096
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")

#: Signatures of binary files, their kinds, and hints.
_BINARY = (
    (b"%PDF-", "a PDF", WORKBOOK_HINT),
    (b"\x1f\x8b", "a gzip file, such as Gnumeric's own format", _SAVE),
    (b"\x89PNG", "an image", WORKBOOK_HINT),
    (b"\xff\xd8\xff", "an image", WORKBOOK_HINT),
    (b"7z\xbc\xaf", "a 7z archive", WORKBOOK_HINT),
    (b"Rar!", "a rar archive", WORKBOOK_HINT),
    (b"version https://git-lfs", "a Git LFS pointer", "download the file itself: git lfs pull"),
)

#: Words near the beginning of a text file, its kind, and hints.
_TEXTS = (
    (b"office:document", "a flat OpenDocument spreadsheet (.fods)", _SAVE),
    (b"schemas-microsoft-com:office:spreadsheet", "an XML Spreadsheet of 2003", _SAVE),
    (b"<!doctype html", "a web page (HTML)", "download the workbook itself"),
    (b"<html", "a web page (HTML)", "download the workbook itself"),
)

#: Parts that only one kind of package has, these kinds, and hints.
_PACKAGES = (
    ("xl/workbook.bin", "an Excel binary workbook (.xlsb)", _SAVE),
    ("Index/Document.iwa", "an Apple Numbers, Pages or Keynote document", _SAVE),
    ("Index.zip", "an Apple Numbers, Pages or Keynote document", _SAVE),
    ("word/document.xml", "a Word document (.docx)", WORKBOOK_HINT),
    ("ppt/presentation.xml", "a presentation (.pptx)", WORKBOOK_HINT),
)


def check_kind(path: Path) -> None:
    """Raise WorkbookError, which names the kind, if a file is not a zip archive."""
    with path.open("rb") as file:
        start = file.read(_FIRST_BYTES)
        if zipfile.is_zipfile(file):
            return
        if start.startswith(_OLE):
            kind, hint = _ole(start, _directory(file, start))
        else:
            kind, hint = _plain(start)
    raise _not_xlsx(path, kind, hint)


def check_kind_of_package(package: zipfile.ZipFile, path: Path) -> None:
    """Raise WorkbookError, which names the kind, if a package can't be an .xlsx file."""
    names = set(package.namelist())
    if "mimetype" in names and package.getinfo("mimetype").file_size < _FIRST_BYTES:
        kind = package.read("mimetype").decode("ascii", "replace").strip()
        if kind.startswith("application/vnd.oasis.opendocument.spreadsheet"):
            raise _not_xlsx(path, "an OpenDocument spreadsheet (.ods)", _SAVE)
        raise _not_xlsx(path, f"a file of type {kind!r}", WORKBOOK_HINT)
    for part, kind, hint in _PACKAGES:
        if part in names:
            raise _not_xlsx(path, kind, hint)
    if "_rels/.rels" not in names and "[Content_Types].xml" not in names:
        files = ", ".join(sorted(names)[:3]) or "nothing"
        raise _not_xlsx(path, f"a zip archive of other files ({files})", WORKBOOK_HINT)


def _plain(start: bytes) -> tuple[str, str]:
    """The kind of a file that is neither a zip archive nor an OLE file, and a hint."""
    if not start:
        return "an empty file", WORKBOOK_HINT
    for signature, kind, hint in _BINARY:
        if start.startswith(signature):
            return kind, hint
    if start.startswith(b"PK"):
        return "a damaged file, such as an incomplete download", "download or build it again"
    for word, kind, hint in _TEXTS:
        if word in start.lower():
            return kind, hint
    if b"\x00" in start:
        return "a file of unknown type", WORKBOOK_HINT
    return "a text file, such as CSV, which has no formulas", WORKBOOK_HINT


def _directory(file: BinaryIO, start: bytes) -> bytes:
    """The first sector of an OLE file's directory, with the names of its streams."""
    shift = int.from_bytes(start[30:32], "little")
    if shift not in (9, 12):
        return b""
    offset = (int.from_bytes(start[48:52], "little") + 1) << shift
    file.seek(offset)
    return file.read(_FIRST_BYTES)


def _ole(start: bytes, directory: bytes) -> tuple[str, str]:
    """The kind of an OLE file, by the names of its streams, and a hint."""
    names = start + directory
    if "EncryptedPackage".encode("utf-16-le") in names:
        return "a file encrypted with a password", _UNLOCK
    if any(name.encode("utf-16-le") in names for name in ("Workbook", "Book")):
        return "an Excel workbook of 1997 to 2003 (.xls)", _SAVE
    return "an .xls file, or one that is encrypted with a password", _UNLOCK


def _not_xlsx(path: Path, kind: str, hint: str) -> WorkbookError:
    return WorkbookError(f"workbook {path}: expected an .xlsx file, got {kind}", hint)
