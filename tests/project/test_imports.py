"""The walls between rooms: data flows one way, and a library is known only where it is used."""

import ast
import subprocess
import sys

import pytest

from scripts.rooms import PACKAGE, drawing, floors, imported_modules, rooms

#: What any room may import.
GROUND = {"_version", "errors", "field_errors", "files", "interruptions", "progress"}

#: What each room may import beside the ground, and what the wall is for.
ROOMS = {
    "cells": ("addresses and values know nothing else", set()),
    "vocabulary": ("tokens and their labels, wherever they come from", {"cells"}),
    "formula": ("the language of templates knows no workbook", set()),
    "checkpoint": ("a model, whatever is made of it", {"cells", "vocabulary"}),
    "constants": ("what workbook and reference are both given", {"cells", "vocabulary", "checkpoint"}),
    "stages": ("tabs with all sizes known, not yet placed", {"formula"}),
    "layout": ("places for ranges", {"cells", "formula", "stages"}),
    "xlsx": ("the file format knows no plan and no engine", {"cells"}),
    "engines": ("engines know nothing but the file", {"cells", "xlsx"}),
    "designs": ("a workbook on paper never sees the reference, nor an engine", {"cells", "vocabulary", "formula", "checkpoint", "constants", "stages", "layout", "xlsx"}),
    "writer": ("what writes a workbook never computes it", {"cells", "formula", "checkpoint", "stages", "layout", "xlsx"}),
    "reference": ("the reference knows no formula, no file and no engine", {"cells", "vocabulary", "checkpoint", "constants"}),
    "verification": ("what compares knows no engine", {"cells", "vocabulary", "formula", "checkpoint", "constants", "stages", "layout", "xlsx", "designs", "reference"}),
    "diff": ("two workbooks differ by their files alone", {"cells", "xlsx"}),
    "commands": ("what a command does, without a command line", {"cells", "checkpoint", "constants", "stages", "xlsx", "engines", "designs", "writer", "reference", "verification"}),
    "cli": ("options in, lines out", {"checkpoint", "stages", "layout", "xlsx", "engines", "designs", "writer", "verification", "diff", "commands"}),
}  # fmt: skip

#: What single files must not import, though their rooms may.
FORBIDDEN = [
    ("cached values come from an engine", "commands/bake.py", ["xlgpt2.reference", "xlgpt2.verification", "zipfile", "openpyxl"]),
    ("verification opens no file", "verification/*.py", ["pathlib", "zipfile", "openpyxl"]),
]  # fmt: skip

KNOWN_BY = [
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
def test_a_room_imports_what_its_wall_lets_through(room):
    purpose, allowed = ROOMS[room]
    beyond = rooms()[room] - allowed - GROUND
    assert not beyond, f"{room} ({purpose}) imports {', '.join(sorted(beyond))}"


def test_every_room_has_a_wall():
    """A new folder of the package gets a row here, and so do the ground's files."""
    assert rooms().keys() - {"__init__", "__main__"} == ROOMS.keys() | GROUND


def test_no_import_runs_back_up():
    imports = rooms()
    assert floors(imports).keys() == imports.keys(), "\n".join(drawing(imports))


def test_a_cycle_of_rooms_is_drawn():
    """Of three rooms two import each other: they have no floor, and are counted."""
    imports = {"a": frozenset("b"), "b": frozenset("a"), "c": frozenset()}
    assert list(drawing(imports)) == [
        "3 rooms, 2 imports between them, 2 rooms on a cycle",
        " 1  c",
        " ?  a              b",
        " ?  b              a",
    ]


@pytest.mark.parametrize(("sentence", "files", "names"), FORBIDDEN, ids=[r[0] for r in FORBIDDEN])
def test_a_file_leaves_some_imports_to_others(sentence, files, names):
    paths = list(PACKAGE.glob(files))
    assert paths
    for path in paths:
        for name in imported_modules(path):
            wrong = [n for n in names if name == n or name.startswith(f"{n}.")]
            assert not wrong, f"{sentence}: {path.name} imports {name}"


@pytest.mark.parametrize(("library", "places"), KNOWN_BY, ids=[row[0] for row in KNOWN_BY])
def test_a_library_is_known_where_it_is_used(library, places):
    """No other module imports it."""
    for path in PACKAGE.rglob("*.py"):
        if any(name.split(".")[0] == library for name in imported_modules(path)):
            place = path.relative_to(PACKAGE).as_posix()
            assert place.startswith(places) if places else False, f"{place} imports {library}"


def test_baking_does_not_even_load_the_reference():
    """So that no number of it can get into a file, by whatever way."""
    program = (
        "import sys, xlgpt2.commands.bake; "
        "print([m for m in sys.modules if 'xlgpt2.reference' in m])"
    )
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_files_say_what_they_are():
    """Every module's docstring opens with one line, a sentence."""
    for path in PACKAGE.rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert docstring, path
        assert docstring.splitlines()[0].endswith("."), path


def test_long_files_are_few():
    """300 lines is a soft limit: what is over it is printed, and three files may be."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    long = [f"{path.relative_to(PACKAGE)}: {n} lines" for path, n in lengths.items() if n > 300]
    print("\n".join(long))
    assert len(long) <= 3, long
