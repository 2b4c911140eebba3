"""Imports between rooms: data flows one way, and a library is imported only where it is used."""

import ast
import subprocess
import sys

import pytest

from scripts.rooms import PACKAGE, drawing, floors, imported_modules, rooms

#: Modules that any room may import.
GROUND = {
    *("_version", "errors", "field_errors", "files", "garbage_collection", "interruptions"),
    *("own_processes", "progress"),
}

#: The purpose of each room's limits, and the rooms that it may import beside the ground.
ROOMS = {
    "cells": ("addresses and values depend on nothing else", set()),
    "vocabulary": ("tokens and their labels, independent of their source", {"cells"}),
    "formula": ("the language of templates is independent of workbooks", set()),
    "checkpoint": ("a model, independent of its use", {"cells", "vocabulary"}),
    "constants": ("constants shared by workbook and reference", {"cells", "vocabulary", "checkpoint"}),
    "stages": ("tabs of known sizes, not yet placed", {"formula"}),
    "layout": ("positions of ranges", {"cells", "formula", "stages"}),
    "xlsx": ("the file format is independent of plans and engines", {"cells"}),
    "engines": ("engines depend only on the file", {"cells", "xlsx"}),
    "designs": ("a design is independent of the reference and the engines", {"cells", "vocabulary", "formula", "checkpoint", "constants", "stages", "layout", "xlsx"}),
    "writer": ("the writer never computes a workbook", {"cells", "formula", "checkpoint", "stages", "layout", "xlsx"}),
    "reference": ("the reference is independent of formulas, files and engines", {"cells", "vocabulary", "checkpoint", "constants"}),
    "verification": ("comparison is independent of engines", {"cells", "vocabulary", "formula", "checkpoint", "constants", "stages", "layout", "xlsx", "designs", "reference"}),
    "diff": ("two workbooks are compared as files", {"cells", "xlsx"}),
    "commands": ("commands without a command line", {"cells", "checkpoint", "constants", "stages", "xlsx", "engines", "designs", "writer", "reference", "verification"}),
    "cli": ("options in, lines out", {"checkpoint", "constants", "stages", "layout", "xlsx", "engines", "designs", "writer", "verification", "diff", "commands"}),
}  # fmt: skip

#: Modules that some files must not import, though their rooms may.
FORBIDDEN = [
    ("cached values come from an engine", "commands/bake.py", ["xlgpt2.reference", "xlgpt2.verification", "zipfile", "openpyxl"]),
    ("verification opens no file", "verification/*.py", ["pathlib", "zipfile", "openpyxl"]),
]  # fmt: skip

#: The files that may import a library.
LIBRARIES = [
    ("openpyxl", ("writer/", "xlsx/", "engines/")),
    ("pandas", ("verification/report.py", "checkpoint/formats/csv_files.py")),
    ("formulas", ("engines/",)),
    ("python_calamine", ("xlsx/",)),
    ("uno", ("engines/",)),
    ("click", ("cli/",)),
    ("rich", ("cli/console.py",)),
    ("ironcalc", ("engines/",)),
    ("cellrune", ("engines/",)),
    ("formulon", ("engines/",)),
    ("tokenizers", ("reference/tokenization.py",)),
    ("safetensors", ("checkpoint/",)),
    ("huggingface_hub", ("checkpoint/hub",)),
    ("torch", ()),
    ("transformers", ()),
]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    purpose, allowed = ROOMS[room]
    forbidden = rooms()[room] - allowed - GROUND
    assert not forbidden, f"{room} ({purpose}) imports {', '.join(sorted(forbidden))}"


def test_every_room_has_a_row():
    """A new folder of the package needs a row in ROOMS, a file beside them an entry in GROUND."""
    assert rooms().keys() - {"__init__", "__main__"} == ROOMS.keys() | GROUND


def test_imports_have_no_cycle():
    imports = rooms()
    assert floors(imports).keys() == imports.keys(), "\n".join(drawing(imports))


def test_a_cycle_of_rooms_is_listed():
    """Two of three rooms import each other: they have no floor and are counted."""
    imports = {"a": frozenset("b"), "b": frozenset("a"), "c": frozenset()}
    assert list(drawing(imports)) == [
        "3 rooms, 2 imports between them, 2 rooms on a cycle",
        " 1  c",
        " ?  a              b",
        " ?  b              a",
    ]


@pytest.mark.parametrize(("sentence", "files", "names"), FORBIDDEN, ids=[r[0] for r in FORBIDDEN])
def test_files_do_not_import_what_they_must_not(sentence, files, names):
    paths = list(PACKAGE.glob(files))
    assert paths
    for path in paths:
        for name in imported_modules(path):
            wrong = [n for n in names if name == n or name.startswith(f"{n}.")]
            assert not wrong, f"{sentence}: {path.name} imports {name}"


@pytest.mark.parametrize(("library", "places"), LIBRARIES, ids=[row[0] for row in LIBRARIES])
def test_a_library_is_imported_only_where_it_may_be(library, places):
    """No other module imports it."""
    for path in PACKAGE.rglob("*.py"):
        if any(name.split(".")[0] == library for name in imported_modules(path)):
            file = path.relative_to(PACKAGE).as_posix()
            assert file.startswith(places) if places else False, f"{file} imports {library}"


def test_baking_does_not_load_the_reference():
    """No number of the reference can get into a file."""
    program = (
        "import sys, xlgpt2.commands.bake; "
        "print([m for m in sys.modules if 'xlgpt2.reference' in m])"
    )
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_module_has_a_docstring():
    """The first line is a sentence."""
    for path in PACKAGE.rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert docstring, path
        assert docstring.splitlines()[0].endswith("."), path


def test_long_files_are_few():
    """300 lines is a soft limit: longer files are printed, and at most three are allowed."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    long = [f"{path.relative_to(PACKAGE)}: {n} lines" for path, n in lengths.items() if n > 300]
    print("\n".join(long))
    assert len(long) <= 3, long
