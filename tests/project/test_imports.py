"""The house rules: data flows one way, and a library is known only where it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import xlgpt2

PACKAGE = Path(xlgpt2.__file__).parent


def imported(path):
    """The modules that a file imports, by their full names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a module stands"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def modules(*patterns):
    """The files of the package that match."""
    found = [path for pattern in patterns for path in PACKAGE.glob(pattern)]
    assert found, patterns
    return found


WRITING = (
    "checkpoint/*.py",
    "stages/*.py",
    "layout/*.py",
    "workbook/*.py",
    "building.py",
    "tables.py",
)
ENGINES = "engines/**/*.py"

FORBIDDEN = [
    ("what writes a workbook never sees the reference", WRITING, ["xlgpt2.reference"]),
    ("engines never see the reference", (ENGINES,), ["xlgpt2.reference"]),
    ("engines know nothing of templates and layout", (ENGINES,), ["xlgpt2.stages", "xlgpt2.layout", "xlgpt2.workbook", "xlgpt2.verification", "xlgpt2.diff"]),
    ("the reference knows no formulas", ("reference/*.py",), ["xlgpt2.stages", "xlgpt2.layout", "xlgpt2.workbook", "xlgpt2.engines"]),
    ("what writes a workbook never computes it", WRITING, ["xlgpt2.engines"]),
    ("a sheet's XML is read and written alike", ("sheet_xml.py",), ["xlgpt2.engines", "xlgpt2.workbook"]),
    ("results that are stored come from an engine", ("bake.py",), ["xlgpt2.reference", "xlgpt2.check", "xlgpt2.verification", "zipfile", "openpyxl"]),
    ("what differs is told from two files alone", ("diff/*.py",), ["xlgpt2.reference", "xlgpt2.checkpoint", "xlgpt2.stages", "xlgpt2.layout", "xlgpt2.workbook", "xlgpt2.verification"]),
    ("the check never opens a file", ("verification/*.py",), ["pathlib", "zipfile", "openpyxl"]),
    ("what compares knows no engine", ("verification/verification.py", "verification/comparison.py", "verification/order.py"), ["xlgpt2.engines"]),
]  # fmt: skip

KNOWN_BY = [
    ("openpyxl", ("workbook/", "engines/")),
    ("pandas", ("report.py", "checkpoint/csv_tensors.py")),
    ("formulas", ("engines/",)),
    ("python_calamine", ("engines/",)),
    ("uno", ("engines/",)),
    ("click", ("command_line/",)),
    ("rich", ("command_line/console.py",)),
    ("ironcalc", ("engines/",)),
    ("cellrune", ("engines/",)),
    ("formulon", ("engines/",)),
    ("tokenizers", ("reference/tokenization.py",)),
    ("safetensors", ("checkpoint/",)),
    ("huggingface_hub", ("checkpoint/hub",)),
    ("torch", ()),
    ("transformers", ()),
]


@pytest.mark.parametrize(("sentence", "files", "names"), FORBIDDEN, ids=[r[0] for r in FORBIDDEN])
def test_data_flows_one_way(sentence, files, names):
    for path in modules(*files):
        for name in imported(path):
            wrong = [n for n in names if name == n or name.startswith(f"{n}.")]
            assert not wrong, f"{sentence}: {path.name} imports {name}"


@pytest.mark.parametrize(("library", "places"), KNOWN_BY, ids=[row[0] for row in KNOWN_BY])
def test_a_library_is_known_where_it_is_used(library, places):
    """No other module imports it."""
    for path in PACKAGE.rglob("*.py"):
        if any(name.split(".")[0] == library for name in imported(path)):
            place = path.relative_to(PACKAGE).as_posix()
            assert place.startswith(places) if places else False, f"{place} imports {library}"


def test_baking_does_not_even_load_the_reference():
    """So that no number of it can get into a file, by whatever way."""
    program = "import sys, xlgpt2.bake; print([m for m in sys.modules if 'xlgpt2.reference' in m])"
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_files_say_what_they_are_and_stay_short():
    """Every module's docstring opens with one line; 300 lines is the soft limit for a file."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text("utf-8")
        docstring = ast.get_docstring(ast.parse(text))
        assert docstring, path
        assert docstring.splitlines()[0].endswith("."), path
        assert len(text.splitlines()) <= 300, path
