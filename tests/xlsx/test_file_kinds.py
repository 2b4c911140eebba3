"""Files that are not .xlsx: the error names their kind and a way out if there is one."""

import os
import zipfile

import pytest

from tests.small_workbooks import write_cells
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_workbook

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def ole(stream):
    """The beginning of an OLE file with a stream of this name."""
    head = bytearray(OLE + bytes(504))
    head[30:32], head[48:52] = (9).to_bytes(2, "little"), (2).to_bytes(4, "little")
    return bytes(head) + bytes(1024) + stream.encode("utf-16-le") + bytes(512)


def package(**parts):
    """The writer of a zip file with these parts; _ in their names means a slash, __ a dot."""

    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in parts.items():
                archive.writestr(name.replace("__", ".").replace("_", "/"), text)

    return write


SAVE, UNLOCK, OUR_WORKBOOK = "save it as .xlsx", "with its password", "written by xlgpt2 build"

# the content of the file, its kind in the error, a part of the hint
KINDS = [
    (package(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument spreadsheet (.ods)", SAVE),
    (package(mimetype="application/epub+zip"), "a file of type 'application/epub+zip'", OUR_WORKBOOK),
    (package(xl_workbook__bin=""), "an Excel binary workbook (.xlsb)", SAVE),
    (package(Index_Document__iwa=""), "an Apple Numbers, Pages or Keynote document", SAVE),
    (package(word_document__xml="", _rels="x"), "a Word document (.docx)", OUR_WORKBOOK),
    (package(ppt_presentation__xml=""), "a presentation (.pptx)", OUR_WORKBOOK),
    (package(a__csv="1", b__csv="2"), "a zip archive of other files (a.csv, b.csv)", OUR_WORKBOOK),
    (package(), "a zip archive of other files (nothing)", OUR_WORKBOOK),
    (b'<?xml version="1.0"?>\n<office:document xmlns:office="urn:x">', "a flat OpenDocument spreadsheet (.fods)", SAVE),
    (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "an XML Spreadsheet of 2003", SAVE),
    (b"<!DOCTYPE HTML><html>", "a web page (HTML)", "download the workbook itself"),
    (ole("Workbook"), "an Excel workbook of 1997 to 2003 (.xls)", SAVE),
    (ole("EncryptedPackage"), "a file encrypted with a password", UNLOCK),
    (OLE + bytes(600), "an .xls file, or one that is encrypted with a password", UNLOCK),
    (b"", "an empty file", OUR_WORKBOOK),
    (b"%PDF-1.7 ", "a PDF", OUR_WORKBOOK),
    (b"\x1f\x8b\x08", "a gzip file, such as Gnumeric's own format", SAVE),
    (b"\x89PNG\r\n", "an image", OUR_WORKBOOK),
    (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer", "git lfs pull"),
    (b"a;b\n1;2\n", "a text file, such as CSV, which has no formulas", OUR_WORKBOOK),
    (b"PK\x03\x04" + bytes(99), "a damaged file, such as an incomplete download", "download or build it again"),
    (bytes(99), "a file of unknown type", OUR_WORKBOOK),
]  # fmt: skip


@pytest.mark.parametrize(("content", "kind", "way_out"), KINDS, ids=[row[1] for row in KINDS])
def test_the_error_names_the_kind_of_file(tmp_path, content, kind, way_out):
    """Whatever its name is."""
    path = tmp_path / "book.xlsx"
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    with pytest.raises(WorkbookError) as caught:
        read_contents(path)
    assert caught.value.message == f"workbook {path}: expected an .xlsx file, got {kind}"
    assert way_out in caught.value.hint


@pytest.mark.parametrize(
    "name", ["story.xls", "story", "story.ods", "STORY.XLSX", os.fsdecode(b"story\xff.xlsx")]
)
def test_a_workbook_is_read_whatever_its_name_is(tmp_path, name):
    """The name may even have bytes that are not characters."""
    path = write_cells(tmp_path / "book.xlsx", {"in!A1": 7, "in!A2": "=A1+1"}, {"a": "in!A1"})
    book = read_workbook(open_workbook(path.rename(tmp_path / name)))
    assert book.sheets["in"].numbers.tolist()[0] == [7]
    assert [formula.text for formula in book.formulas] == ["=A1+1"]
