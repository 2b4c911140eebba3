"""Failures while baking, and unusual files: the old file is kept."""

import os
import resource
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.random_models import write_random_model
from tests.small_workbooks import write_cells, write_xml
from xlgpt2.commands import bake as baking
from xlgpt2.commands.bake import bake
from xlgpt2.commands.build import build
from xlgpt2.commands.build_split import build_split
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.engine import ComputedWorkbook
from xlgpt2.errors import EngineFailedError, EngineMissingError, WorkbookError
from xlgpt2.xlsx.caching.package import write_cached_values

CELLS = {"s!A1": 2, "s!A2": "=A1+1", "s!B1:B9": "{=A1*2}"}

posix = pytest.mark.skipif(os.name != "posix", reason="limits, links and permissions of POSIX")


@pytest.fixture
def book(tmp_path):
    """A small workbook, the only file in its folder."""
    (tmp_path / "there").mkdir()
    return write_cells(tmp_path / "there" / "a.xlsx", CELLS, {"a": "s!A1"})


@contextmanager
def untouched(file):
    """Check that the file does not change and that no other file remains."""
    before = file.read_bytes()
    yield
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


class FailingEngine:
    """An engine that fails when cells are requested."""

    @contextmanager
    def computed(self, workbook, inputs):
        """A workbook whose cells can't be read."""

        def read(area):
            raise EngineFailedError("it ended early", "try again")

        yield ComputedWorkbook("failing", "1", read)


def test_an_engine_that_fails(book, monkeypatch):
    """It fails in the middle of writing the file."""
    monkeypatch.setattr(baking, "get_engine", lambda name: FailingEngine())
    with untouched(book), pytest.raises(EngineFailedError, match="ended early"):
        bake(book)


def test_an_engine_that_is_missing(book, monkeypatch):
    monkeypatch.setenv("XLGPT2_SOFFICE", "/nowhere/soffice")
    with (
        untouched(book),
        pytest.raises(
            EngineMissingError, match="LibreOffice: expected an installation with the Python"
        ),
    ):
        bake(book, "libreoffice")


@posix
@pytest.mark.parametrize("size", [500, 40_000])
def test_a_full_disk(tmp_path, size):
    """The error names the file, wherever writing fails (simulated by a limit)."""
    model = write_random_model(tmp_path / "m", n_layer=1)
    file = build(design(model, 3, 6, new_tokens=2), tmp_path / "there" / "a.xlsx", "the").path
    with untouched(file):
        done = subprocess.run(
            [sys.executable, "-m", "xlgpt2", "bake", str(file)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        )
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith(f"error: workbook {file}: expected a writable file")
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_the_output_path_is_checked_first(book, monkeypatch):
    """Before minutes of computing."""
    monkeypatch.setattr(baking, "get_engine", lambda name: pytest.fail("computed for nothing"))
    with (
        untouched(book),
        pytest.raises(
            WorkbookError, match=r"^workbook /dev/null/b\.xlsx: expected a writable file"
        ),
    ):
        bake(book, output=Path("/dev/null/b.xlsx"))


@posix
def test_links_and_permissions_are_preserved(book, tmp_path):
    """The target of a link is replaced, and keeps its permissions."""
    link = tmp_path / "link.xlsx"
    link.symlink_to(book)
    book.chmod(0o640)
    before = book.read_bytes()
    bake(link)
    assert link.is_symlink()
    assert book.read_bytes() != before
    assert book.stat().st_mode & 0o777 == 0o640


@pytest.mark.libreoffice
def test_data_tables_are_refused(tmp_path, libreoffice):
    """LibreOffice computes data tables, but their other cells would keep old cached values."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><f t="dataTable" ref="B2:B3" r1="A1"/><v>9</v></c></row>'
    (tmp_path / "there").mkdir()
    file = write_xml(tmp_path / "there" / "a.xlsx", {"s": rows}, {"a": "s!$A$1"})
    with untouched(file), pytest.raises(WorkbookError, match="of type 'dataTable'"):
        bake(file, "libreoffice")


def test_a_sheet_with_prefixes_is_refused(book):
    """Its formulas would be missed silently."""
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"xmlns=", b"xmlns:x=")
    parts["xl/worksheets/sheet1.xml"] = (
        sheet.replace(b"</", b"</x:").replace(b"<", b"<x:").replace(b"<x:/x:", b"</x:")
    )
    with zipfile.ZipFile(book, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    with (
        untouched(book),
        pytest.raises(
            WorkbookError, match=r"sheet1\.xml: expected a <worksheet> in UTF-8 without a prefix"
        ),
    ):
        bake(book)


def test_a_part_of_a_split_model_is_baked_but_a_folder_is_not(tmp_path):
    """Each part is computed from its own file, without the values of the part before."""
    folder, model = tmp_path / "split", write_random_model(tmp_path / "m", n_layer=1)
    build_split(design(model, 7, 9, split=True), folder, "the cat")
    with pytest.raises(WorkbookError, match=r"split: expected a file, got a folder") as caught:
        bake(folder)
    assert "one by one" in caught.value.hint
    assert bake(folder / "01-text.xlsx").formulas > 700
    assert bake(folder / "02-h0.xlsx").formulas > 100


def test_large_entries_get_zip64(book, tmp_path, monkeypatch):
    """An entry too long for zip's short fields has the long ones, copied or rewritten."""
    long = tmp_path / "long.xlsx"
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 300)
    with zipfile.ZipFile(book) as source:
        stored = write_cached_values(
            source, long, {"xl/worksheets/sheet1.xml": "s"}, lambda area: np.ones(area.shape)
        )
    monkeypatch.undo()
    assert (stored.formulas, stored.values) == (2, 10)
    with zipfile.ZipFile(long) as package, zipfile.ZipFile(book) as source:
        assert package.testzip() is None
        for entry in package.infolist():
            header = long.read_bytes()[entry.header_offset :][:30]
            is_long = entry.file_size > 300
            # Version 4.5, and both sizes in the extra field (APPNOTE 4.3.9.2, 4.5.3).
            assert (int.from_bytes(header[4:6], "little") == 45) == is_long
            assert (header[18:26] == b"\xff" * 8) == is_long
            if "sheet1" not in entry.filename:
                assert package.read(entry) == source.read(entry.filename)
