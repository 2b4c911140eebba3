"""Messages about files that are no workbooks of ours: damaged, foreign, or changed by hand."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.messages.case import Case, Cause, Scene, command
from tests.sabotage import replaced, sabotaged, substituted
from tests.small_workbooks import write_cells, write_xml
from xlgpt2 import build_split, design, run
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_workbook

#: What is done to a file that is a good workbook, or to the place where one could be.
Change = Callable[[Path], object]


def read(change: Change) -> Cause:
    """The file book.xlsx is made or changed, and then read."""

    def cause(scene: Scene) -> None:
        path = scene.folder / "book.xlsx"
        change(path)
        read_workbook(open_workbook(path))

    return cause


def rows(xml: str) -> Change:
    """A workbook of one sheet from the XML of its rows."""
    return lambda path: write_xml(path, {"s": xml}, {"a": "s!$A$1"})


def text_cells(path: Path) -> bytes:
    """A workbook with many texts; gives its bytes."""
    write_cells(path, {f"s!A{row}": f"text {row}" for row in range(1, 999)}, {"n": "s!A1"})
    return path.read_bytes()


def cut_off(path: Path) -> None:
    """The second half is missing."""
    whole = text_cells(path)
    path.write_bytes(whole[: len(whole) // 2])


def bytes_changed(path: Path) -> None:
    """The packed cells have 60 zeros in their midst."""
    whole = text_cells(path)
    place = whole.find(b"xl/worksheets/sheet1.xml") + 100
    path.write_bytes(whole[:place] + bytes(60) + whole[place + 60 :])


def another_package(path: Path) -> None:
    """A ZIP file with something else in it."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("hello.txt", "hello")


def without_part(name: str) -> Change:
    """A package that lacks one of its parts."""

    def change(path: Path) -> None:
        text_cells(path)
        with zipfile.ZipFile(path) as package:
            parts = {part: package.read(part) for part in package.namelist() if part != name}
        with zipfile.ZipFile(path, "w") as package:
            for part, content in parts.items():
                package.writestr(part, content)

    return change


def changed(tab: str, change: Callable[[str], str], *arguments: str) -> Cause:
    """The good workbook with a change to one tab ("" for its names) is given to a command."""

    def cause(scene: Scene) -> None:
        sabotaged(scene.workbook, scene.folder / "book.xlsx", tab, change)
        command(arguments[0], "book.xlsx", *arguments[1:])(scene)

    return cause


def without_name(pattern: str) -> Callable[[str], str]:
    """The change that takes names away."""
    return substituted(rf'<definedName name="{pattern}"[^>]*>[^<]*</definedName>', "")


CHECK = ("verify", "--model", "MODEL", "--engine", "formulas")


def files(*names: str) -> Cause:
    """The folder `books` with files that are only called like those of a split model."""

    def cause(scene: Scene) -> None:
        folder = scene.folder / "books"
        folder.mkdir()
        for name in names:
            (folder / name).touch()
        run(folder)

    return cause


def split(change: Change, then: str = "run") -> Cause:
    """The folder `books` of a split model is changed and given to a command."""

    def cause(scene: Scene) -> None:
        folder = scene.folder / "books"
        build_split(design(scene.workbook_model, 4, split=True), folder, "the")
        change(folder)
        command(then, "books", *(CHECK[1:] if then == "verify" else ()))(scene)

    return cause


def part(name: str, tab: str, change: Callable[[str], str]) -> Change:
    """One workbook of a folder gets a change."""

    def change_it(folder: Path) -> None:
        sabotaged(folder / name, folder / "changed.xlsx", tab, change)
        (folder / "changed.xlsx").replace(folder / name)

    return change_it


CASES = [
    Case("no such file", command("run", "nowhere.xlsx"), WorkbookError),
    Case("a folder that is no split model", lambda scene: run(scene.model()), WorkbookError),
    Case("a folder for a workbook", read(lambda path: path.mkdir()), WorkbookError),
    Case("a text for a workbook", read(lambda path: path.write_text("no workbook")), WorkbookError),
    Case("a workbook cut off", read(cut_off), WorkbookError),
    Case("bytes changed in the middle", read(bytes_changed), WorkbookError),
    Case("another package", read(another_package), WorkbookError),
    Case("a package without its workbook", read(without_part("xl/workbook.xml")), WorkbookError),
    Case("XML that breaks off", read(rows('<row r="1"><c r="A1"><f>1')), WorkbookError),
    Case(
        "texts that only a library reads, and that break off",
        read(lambda path: write_xml(path, {"s": ""}, {"a": "s!$A$1"}, ["</t>"])),
        WorkbookError,
    ),
    Case("no names", read(lambda path: write_cells(path, {"s!A1": 1}, {})), WorkbookError),
    Case(
        "a table of what-if data",
        read(rows('<row r="1"><c r="A1"><f t="dataTable" ref="A1:A2"/></c></row>')),
        WorkbookError,
    ),
    Case(
        "a shared formula without the cell that has it",
        read(rows('<row r="1"><c r="A1"><f t="shared" si="0"/></c></row>')),
        WorkbookError,
    ),
    Case("another model's file", command("verify", "FILE", "--engine", "formulas"), WorkbookError),
    Case(
        "a name that run needs is gone", changed("", without_name("logits"), "run"), WorkbookError
    ),
    Case(
        "a name that verify needs is gone",
        changed("", without_name("code_point"), *CHECK),
        WorkbookError,
    ),
    Case(
        "all names of blocks are gone", changed("", without_name('h_[^"]*'), *CHECK), WorkbookError
    ),
    Case(
        "a dtype that does not exist",
        changed("", substituted('(name="weight_dtype"[^>]*>)[^<]*', r"\1Guide!$A$1"), *CHECK),
        WorkbookError,
    ),
    Case(
        "an error in a logit",
        changed("Logits", replaced("MMULT(", "SQRT(-1)+MMULT(", 1), "run"),
        EngineFailedError,
    ),
    Case(
        "a formula that refers to itself",
        changed("Final norm", replaced("VARP(", "SUM(ln_f)+VARP(", 1), "run"),
        EngineFailedError,
    ),
    Case(
        "a text for the number of tokens",
        changed(
            "Tokens", substituted(r"<f>IF\(COUNT\(wrong_id_row[^<]*</f>", '<f>"x"</f>', 1), "run"
        ),
        EngineFailedError,
    ),
    Case(
        "a part of a split model is missing",
        files("01-text.xlsx", "02-h0.xlsx", "04-output.xlsx"),
        WorkbookError,
    ),
    Case(
        "the end of a split model is missing",
        files("01-text.xlsx", "02-h0.xlsx", "03-h1.xlsx"),
        WorkbookError,
    ),
    Case(
        "a block twice",
        split(lambda folder: shutil.copy(folder / "02-h0.xlsx", folder / "03-h1.xlsx"), "verify"),
        WorkbookError,
    ),
    Case(
        "a name that a part passes on is gone",
        split(part("01-text.xlsx", "", without_name("passed_residual"))),
        WorkbookError,
    ),
    Case(
        "names that a part takes are gone",
        split(part("02-h0.xlsx", "", without_name("residual_[0-9]"))),
        WorkbookError,
    ),
    Case(
        "an error that would be passed on",
        split(part("02-h0.xlsx", "h0 mlp up", substituted(r"residual_1|SQRT\(", "SQRT(-1-", 1))),
        EngineFailedError,
    ),
]
