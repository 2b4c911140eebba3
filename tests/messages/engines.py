"""Messages about engines as programs: not there, not fit for a file, or failing."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace

from tests.messages.case import Case, Cause, Scene
from tests.sabotage import replaced, sabotaged
from tests.small_workbooks import write_cells, write_xml
from xlgpt2 import Writing, build, design, run, verify
from xlgpt2.cells.readings import Inputs
from xlgpt2.engines import (
    cellrune,
    formulon,
    gnumeric,
    temporary_folder,
)
from xlgpt2.engines.cellrune import CellRuneEngine
from xlgpt2.engines.formulon import FormulonEngine
from xlgpt2.engines.gnumeric import GnumericEngine
from xlgpt2.engines.ironcalc import IronCalcEngine
from xlgpt2.engines.libreoffice import offices, process
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine
from xlgpt2.engines.libreoffice.installation import Installation
from xlgpt2.errors import (
    EngineFailedError,
    EngineMissingError,
    PromptError,
    UnknownEngineError,
    UnsuitableFileError,
    WorkbookError,
)
from xlgpt2.xlsx.reading.workbook import open_workbook

# Programs of Python in the place of LibreOffice's and Gnumeric's.
WAIT = "import time; time.sleep(60)"
CONVERTER = """import sys
if "--version" in sys.argv:
    sys.exit(print("ssconvert version 1.12.55"))
"""
OUT_OF_MEMORY = 'sys.exit("out of memory")'
READY = """print('{"version": "7.4"}', flush=True)"""


def book(scene: Scene, value: object = 1) -> Path:
    """A workbook of one cell."""
    return write_cells(scene.folder / "book.xlsx", {"in!A1": value}, {"a": "in!A1"})


def without(engine: type) -> Cause:
    """The engine's program is not installed."""

    def cause(scene: Scene) -> None:
        scene.monkeypatch.setattr(engine, "version", lambda self: None)
        scene.monkeypatch.setenv("XLGPT2_SOFFICE", "/nowhere/soffice")
        run(scene.workbook, engine=engine.name)

    return cause


def no_room(scene: Scene) -> None:
    """The temporary folder is full; simulated, since a test has no disk of its own."""

    def fail(**_: str) -> str:
        raise OSError(ENOSPC, "No space left on device")

    file = scene.workbook
    scene.monkeypatch.setattr(tempfile, "mkdtemp", fail)
    scene.monkeypatch.setattr(offices, "_KEPT", offices.Kept())
    run(file, engine="libreoffice")


def named_wrongly(scene: Scene) -> None:
    """The name of the Guide's cells leads nowhere, as after its tab was deleted, and none is read."""
    changed = scene.folder / "changed.xlsx"
    sabotaged(scene.workbook, changed, "", replaced("Guide!$C$41", "#REF!", 1))
    run(changed, "the cat " * 9)


def error_in_a_cell(scene: Scene) -> None:
    """A formula of the tokenizer gives an error, so that no token is read."""
    changed = scene.folder / "changed.xlsx"
    sabotaged(scene.workbook, changed, "Characters", replaced("IFERROR(", "1/0+IFERROR(", 1))
    run(changed)


def random_numbers(scene: Scene) -> None:
    """A formula gives something else each time."""
    list(IronCalcEngine().recalculate(open_workbook(book(scene, "=RAND()")), [{}]))


def a_panic(scene: Scene) -> None:
    """IronCalc gives up in the midst of its work, which it has a function for."""
    import ironcalc

    scene.monkeypatch.setattr(ironcalc, "load_from_xlsx", lambda path: ironcalc.test_panic())
    run(scene.workbook, engine="ironcalc")


def without_a_style(scene: Scene) -> None:
    """A cell has a style that the file does not."""
    cells = '<row r="1"><c r="A1" s="7"><v>3</v></c></row>'
    path = write_xml(scene.folder / "b.xlsx", {"s": cells}, {"a": "s!$A$1"})
    list(CellRuneEngine().recalculate(open_workbook(path), [{}]))


def with_no_room(scene: Scene) -> None:
    """CellRune is asked to compute with nothing."""
    scene.monkeypatch.setattr(cellrune, "_MOST_COMPUTED", {"max_array_cells": 0})
    list(CellRuneEngine().recalculate(open_workbook(book(scene)), [{}]))


def by_formulon(does: str, result: str, most: int = 10**9) -> Cause:
    """Formulon fails where it does this."""

    def cause(scene: Scene) -> None:
        from formulon import FormulonError, Workbook

        def fails(*arguments: object) -> None:
            raise FormulonError(1, op=result)

        if does:
            scene.monkeypatch.setattr(Workbook, does, fails)
        scene.monkeypatch.setattr(formulon, "MOST_UNPACKED", most)
        list(FormulonEngine().recalculate(open_workbook(book(scene)), [{}]))

    return cause


def compact(scene: Scene) -> Path:
    """A workbook of ours whose cells of weights have no addresses."""
    path = scene.folder / "a.xlsx"
    return build(design(scene.workbook_model, 4), path, writing=Writing(1, False)).path


def by_gnumeric(
    made: Callable[[Scene], Path], inputs: Inputs | None = None, does: str = OUT_OF_MEMORY
) -> Cause:
    """A workbook is given to a program in the place of Gnumeric's, which computes nothing."""

    def cause(scene: Scene) -> None:
        program = scene.folder / "ssconvert"
        program.write_text(f"#!{sys.executable}\n{CONVERTER}{does}")
        program.chmod(0o755)
        scene.monkeypatch.setenv("PATH", str(scene.folder))
        list(GnumericEngine().recalculate(open_workbook(made(scene)), [inputs or {}]))

    return cause


def in_a_full_folder(scene: Scene) -> None:
    """The folder has no room for what Gnumeric writes, which it does not say."""
    scene.monkeypatch.setattr(
        temporary_folder.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1)
    )
    by_gnumeric(book)(scene)


def without_patience(scene: Scene) -> None:
    """Gnumeric gets no time at all to open a file, and little to compute it."""
    scene.monkeypatch.setattr(gnumeric, "most_seconds", lambda unpacked: 0)
    scene.monkeypatch.setattr(gnumeric, "ANSWER_S", 0.2)
    by_gnumeric(book, does=WAIT)(scene)


def no_addresses_at_all(scene: Scene) -> None:
    """A workbook of somebody else."""
    cells = '<row r="1"><c><v>3</v></c></row>'
    path = write_xml(scene.folder / "b.xlsx", {"s": cells}, {"a": "s!$A$1"})
    list(IronCalcEngine().recalculate(open_workbook(path), [{}]))


def refused(**answer: str) -> Cause:
    """LibreOffice answers with a refusal; it takes every file that we take before."""

    class Refusing:
        version, folder, usable = "7.4", Path(), False

        def __init__(self, start_s: float, answer_s: float, unpacked: int) -> None:
            self.answer_s, self.opened = answer_s, 0

        def start(self) -> None:
            """Nothing is started."""

        def end(self) -> None:
            """Nothing is ended."""

        def ask(
            self, request: dict[str, object], within_s: float | None = None
        ) -> Iterator[dict[str, str]]:
            yield answer

    def cause(scene: Scene) -> None:
        Refusing.folder = scene.folder
        scene.monkeypatch.setattr(offices, "Office", Refusing)
        scene.monkeypatch.setattr(offices, "_KEPT", offices.Kept())
        list(LibreOfficeEngine().recalculate(open_workbook(book(scene)), [{}]))

    return cause


def programs(soffice: str, worker: str, start_s: float = 60, answer_s: float = 60) -> Cause:
    """Two programs of Python stand for soffice and our worker beside it."""

    def cause(scene: Scene) -> None:
        program = scene.folder / "soffice"
        program.write_text(f"#!{sys.executable}\n{soffice}")
        program.chmod(0o755)
        (scene.folder / "worker.py").write_text(worker)
        found = Installation(str(program), sys.executable, "7.4")
        scene.monkeypatch.setattr(process, "installation", lambda: found)
        scene.monkeypatch.setattr(process, "WORKER", scene.folder / "worker.py")
        list(LibreOfficeEngine(start_s, answer_s).recalculate(open_workbook(book(scene)), [{}]))

    return cause


def printed(sheet: str, cells: str | None = None) -> Cause:
    """A part of the workbook is wanted as a PDF."""
    return lambda scene: LibreOfficeEngine().to_pdf(
        open_workbook(book(scene)), scene.folder / "a.pdf", sheet, cells
    )


CASES = [
    Case("no room for temporary files", no_room, EngineFailedError, ("libreoffice",)),
    Case("no room for what a program writes", in_a_full_folder, EngineFailedError),
    Case("a name whose cells were deleted", named_wrongly, WorkbookError),
    Case("an error in the first cells", error_in_a_cell, EngineFailedError),
    Case(
        "an engine that does not exist",
        lambda scene: run(scene.workbook, engine="abacus"),
        UnknownEngineError,
    ),
    Case(
        "a check by an engine that does not exist",
        lambda scene: verify(scene.workbook, scene.workbook_model, engine="abacus"),
        UnknownEngineError,
    ),
    Case("IronCalc is not installed", without(IronCalcEngine), EngineMissingError),
    Case("a workbook that IronCalc can't read", no_addresses_at_all, WorkbookError, ("ironcalc",)),
    Case(
        "a workbook of ours that IronCalc can't read",
        lambda scene: run(compact(scene), engine="ironcalc"),
        UnsuitableFileError,
        ("ironcalc",),
    ),
    Case("results that don't stay", random_numbers, EngineFailedError, ("ironcalc",)),
    Case("a panic of IronCalc", a_panic, EngineFailedError, ("ironcalc",)),
    Case("CellRune is not installed", without(CellRuneEngine), EngineMissingError),
    Case("a workbook that CellRune can't read", without_a_style, WorkbookError, ("cellrune",)),
    Case("CellRune gives up", with_no_room, EngineFailedError, ("cellrune",)),
    Case("Formulon is not installed", without(FormulonEngine), EngineMissingError),
    Case(
        "a workbook that is too large for Formulon",
        by_formulon("", "", most=3),
        UnsuitableFileError,
        ("formulon",),
    ),
    Case(
        "a workbook of ours that Formulon can't read",
        lambda scene: run(compact(scene), engine="formulon"),
        UnsuitableFileError,
        ("formulon",),
    ),
    Case(
        "a workbook that Formulon can't read",
        by_formulon("load", "load"),
        WorkbookError,
        ("formulon",),
    ),
    Case("Formulon gives up", by_formulon("recalc", "recalc"), EngineFailedError, ("formulon",)),
    Case("Gnumeric is not installed", without(GnumericEngine), EngineMissingError),
    Case("a workbook of ours that Gnumeric can't read", by_gnumeric(compact), UnsuitableFileError),
    Case(
        "a character that Gnumeric can't be given",
        by_gnumeric(book, {"a": [["x\x01"]]}),
        PromptError,
    ),
    Case("Gnumeric writes nothing", by_gnumeric(book), EngineFailedError),
    Case("Gnumeric does not end", without_patience, EngineFailedError),
    Case("LibreOffice is not installed", without(LibreOfficeEngine), EngineMissingError),
    Case(
        "a workbook that LibreOffice does not open",
        refused(refused="workbook", message="no workbook"),
        WorkbookError,
    ),
    Case(
        "LibreOffice can't do what it is asked",
        refused(refused="uno", message="no such element"),
        EngineFailedError,
    ),
    Case(
        "LibreOffice ends while it starts",
        programs("raise SystemExit('no display')", WAIT),
        EngineFailedError,
    ),
    Case("LibreOffice does not start", programs(WAIT, WAIT, start_s=0.2), EngineFailedError),
    Case(
        "LibreOffice can't be spoken to",
        programs(WAIT, "raise SystemExit('the bridge is down')"),
        EngineFailedError,
    ),
    Case(
        "LibreOffice does not answer",
        programs(WAIT, f"{READY}\n{WAIT}", answer_s=0.2),
        EngineFailedError,
    ),
    Case("a PDF of a sheet that is not there", printed("nowhere"), WorkbookError),
    Case("a PDF of cells that are none", printed("in", "B2:"), WorkbookError),
]
