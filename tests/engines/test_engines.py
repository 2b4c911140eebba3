"""Engines compute the formulas in a file with given inputs, and report what went wrong."""

import re
import subprocess
import sys

import numpy as np
import pytest

from tests.sabotage import replaced, sabotaged
from tests.small_workbooks import write_cells, write_xml
from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.engines import ENGINES, get_engine
from xlgpt2.engines.formulas.dependencies import Dependencies, steps
from xlgpt2.engines.formulas.program import Program
from xlgpt2.engines.libreoffice import engine as engine_module
from xlgpt2.engines.libreoffice import process
from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine
from xlgpt2.engines.libreoffice.installation import installation
from xlgpt2.engines.libreoffice.process import WORKER
from xlgpt2.errors import EngineFailedError, PromptError, WorkbookError
from xlgpt2.xlsx.reading.workbook import open_workbook


def read(engine, path, inputs, names=None):
    """The values of every name, for one set of inputs."""
    (readings,) = engine.recalculate(open_workbook(path), [inputs], names)
    return readings.values


def test_wrong_cached_values_are_ignored(tmp_path, engine):
    """Cached values change nothing, in plain and in array formulas."""
    path = write_xml(
        tmp_path / "planted.xlsx",
        {
            "s": '<row r="1"><c r="A1"><v>3</v></c><c r="B1"><f>A1*2</f><v>99</v></c>'
            '<c r="C1"><f>B1+1</f><v>99</v></c>'
            '<c r="D1"><f t="array" ref="D1:E2">A1*{1,2;3,4}</f><v>99</v></c>'
            '<c r="E1"><v>99</v></c><c r="F1" t="str"><f>A1&amp;"x"</f><v>99x</v></c>'
            '<c r="G1" t="e"><f>1+1</f><v>#N/A</v></c></row>'
            '<row r="2"><c r="D2"><v>99</v></c><c r="E2"><v>99</v></c></row>'
        },
        {"plain": "s!$B$1:$C$1", "array": "s!$D$1:$E$2", "text": "s!$F$1", "fine": "s!$G$1"},
    )
    values = read(engine, path, {})
    assert values["plain"].tolist() == [[6, 7]]
    assert values["array"].tolist() == [[3, 6], [9, 12]]
    assert values["text"].tolist() == [["3x"]]
    assert values["fine"].tolist() == [[2]]


BOOK = {
    "in!A1": 2,
    "in!A2": "two",
    "in!A3": None,
    "in!A4": "=A1+1",
    "in!A5:A6": "{=A1*{1;10}}",
    "in!A7": "a\t\nb",
    "out!A1": "=in!A4*100",
    "out!A2": '=in!A2&"|"&in!A3',
    "out!A3": "=SUM(in!A5:A6)",
    "out!B1:D1": "{=in!A1:A1*{1,2,3}}",
}
NAMES = {
    "number": "in!A1",
    "text": "in!A2",
    "blank": "in!A3",
    "formula": "in!A4",
    "array": "in!A5:A6",
    "odd": "in!A7",
    "inputs": "in!A1:A3",
    "results": "out!A1:A3",
    "row": "out!B1:D1",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A workbook with constants, a formula and an array formula to override."""
    return write_cells(tmp_path_factory.mktemp("book") / "book.xlsx", BOOK, NAMES)


#: Sets of inputs in sequence, and the values of the range `results` after each.
INPUTS = [
    ({}, [300, "two|", 22]),
    ({"number": [[5]]}, [600, "two|", 55]),
    ({"formula": [[7]]}, [700, "two|", 22]),
    ({"array": [[1], [1]], "text": [["a"]]}, [300, "a|", 2]),
    ({"array": [[""], [""]]}, [300, "two|", 0]),
    ({"array": [[4], [5]]}, [300, "two|", 9]),
    ({"inputs": [[1], ["b"], ["c"]]}, [200, "b|c", 11]),
    ({"inputs": [[1], [""]]}, [200, "|", 11]),
    ({"odd": [["even"]]}, [300, "two|", 22]),
    ({"number": [], "text": [[]]}, [300, "two|", 22]),
    ({}, [300, "two|", 22]),
]

#: Texts that look like something else.
TEXTS = [
    "123",
    "=1+1",
    "#N/A",
    "TRUE",
    "1/2",
    "'a",
    " b ",
    "two\nlines",
    "é😀",
    "_x0041_",
    "\r",
    "a\t\nb",
]


@pytest.fixture(scope="module")
def readings(book, engine):
    """The engine's readings of that workbook for the sets of INPUTS, then for TEXTS."""
    texts = [{"text": [[text]]} for text in TEXTS]
    return list(
        engine.recalculate(open_workbook(book), [*(inputs for inputs, _ in INPUTS), *texts])
    )


@pytest.mark.parametrize("number", range(len(INPUTS)))
def test_inputs_are_applied_and_undone(readings, number):
    """Each set of inputs starts from the file, without the inputs before."""
    inputs, results = INPUTS[number]
    values = readings[number].values
    assert values["results"][:, 0].tolist() == results
    # LibreOffice itself changes a tab beside a line end (U+0001), which is accepted.
    assert values["odd"].tolist() == inputs.get("odd", readings[0].values["odd"].tolist())


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_input_stays_that_text(readings, text):
    """A text that looks like a number, a formula or an error is not read as one."""
    reading = readings[len(INPUTS) + TEXTS.index(text)]
    if reading.engine == "gnumeric" and "\r" in text:
        pytest.xfail("Gnumeric reads a carriage return in a file as a line feed")
    assert reading.values["text"].tolist() == [[text]]
    assert reading.values["results"][1, 0] == f"{text}|"


def test_readings_name_their_source(readings, engine):
    """Readings have the engine, its version, its time and the area of every range."""
    first = readings[0]
    assert (first.engine, first.version) == (engine.name, engine.version())
    assert first.seconds > 0
    assert first.areas == {name: Area.parse(address) for name, address in NAMES.items()}


def test_a_range_of_numbers_is_read_as_float64(readings):
    """Other ranges are objects, with empty texts for blanks."""
    values = readings[0].values
    assert values["row"].dtype == np.float64
    assert values["row"].tolist() == [[2, 4, 6]]
    assert values["inputs"].dtype == object
    assert values["inputs"].tolist() == [[2.0], ["two"], [""]]


def test_only_the_names_requested_are_read_and_the_file_does_not_change(book, engine):
    """`names` selects the values; areas are those of all names; the folder does not change."""
    before = book.read_bytes()
    (readings,) = engine.recalculate(
        open_workbook(book), [{"number": [[5]]}], names=["row", "text"]
    )
    assert {name: cells.tolist() for name, cells in readings.values.items()} == {
        "row": [[5, 10, 15]],
        "text": [["two"]],
    }
    assert set(readings.areas) == set(NAMES)
    assert book.read_bytes() == before
    assert list(book.parent.iterdir()) == [book]


def test_inputs_may_depend_on_the_readings_before_them(book, engine):
    """A set of inputs is taken only when its reading is requested."""
    waiting = [2.0]
    inputs = ({"number": [[waiting.pop()]]} for _ in range(3))
    readings = engine.recalculate(open_workbook(book), inputs, names=["row"])
    for _ in range(3):
        waiting.append(float(next(readings).values["row"][0, 1]))
    assert waiting == [16.0]


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        ({"nmber": [[1]]}, WorkbookError, "expected a range named 'nmber'"),
        ({"number": [[1], [2]]}, PromptError, "values, got .2, 1."),
        ({"inputs": [[1], [2, 3]]}, PromptError, "rows of equal length"),
        ({"number": [[float("nan")]]}, PromptError, "a number that a cell can hold, got nan"),
        ({"text": [["x" * 32_768]]}, PromptError, "at most 32,767 characters in a cell"),
        ({"array": [[1]]}, PromptError, r"all cells of in!\$A\$5:\$A\$6, which one array"),
    ],
)
def test_inputs_that_dont_fit_are_refused(book, engine, inputs, error, words):
    """Impossible inputs raise an error with their name, the same in every engine."""
    with pytest.raises(error, match=words) as caught:
        read(engine, book, inputs)
    assert caught.value.hint


def test_an_unknown_name_is_refused(book, engine):
    """The error's hint shows similar names."""
    with pytest.raises(WorkbookError, match="expected a range named 'rwo'") as caught:
        read(engine, book, {}, names=["rwo"])
    assert "row" in caught.value.hint


CELLS = {
    "s!A1": "=1/0",
    "s!A2": "=A1+1",
    "s!A3": '="a"*1',
    "s!A4": "=MATCH(9,B1:B2,0)",
    "s!A5": "=nosuchname",
    "s!A6": "=EXP(1000)",
    "s!A7": "=SQRT(-1)",
    "s!B1": 1,
    "s!B2": True,
    "s!B3": "=1=1",
    "s!C1:C2": "{=1/{0;1}}",
    "fill!A1:B2": "{=1+1}",
    "fill!C1:D2": "{={1,2}}",
    "fill!E1:F2": "{={1;2}}",
    "fill!G1:H2": '{=IF(1>0,{"a","b"},"")}',
    "fill!I1:J2": '{=IF(1<0,{1,2;3,4},"")}',
    "if!A1": 1,
    "if!A2": -1,
    "if!B1:B2": '{=IF(A1:A2>0,A1:A2*2,"no")}',
    **{f"back!A{row}": f"=A{row + 1}+1" for row in range(1, 3000)},
    "back!A3000": "=front!B1",
    "front!A1:A2": "{=back!A1+{1;2}}",
    "front!B1": "=5",
}


@pytest.fixture(scope="module")
def computed(engine, tmp_path_factory):
    """The engine's values for CELLS."""
    names = {
        "errors": "s!A1:A6",
        "root": "s!A7",
        "truths": "s!B1:B3",
        "mixed": "s!C1:C2",
        "one": "fill!A1:B2",
        "row": "fill!C1:D2",
        "column": "fill!E1:F2",
        "chosen_row": "fill!G1:H2",
        "chosen_text": "fill!I1:J2",
        "places": "if!B1:B2",
        "end": "front!A1:A2",
    }
    path = write_cells(tmp_path_factory.mktemp("computed") / "book.xlsx", CELLS, names)
    return read(engine, path, {})


def test_errors_and_booleans(computed):
    """An error in a cell is a value; a boolean is 1 or 0."""
    assert [str(error) for error in computed["errors"][:, 0]] == [
        *("#DIV/0!", "#DIV/0!", "#VALUE!", "#N/A", "#NAME?", "#NUM!")
    ]
    assert isinstance(computed["root"][0, 0], CellError)  # LibreOffice calls it Err:502
    assert computed["truths"].tolist() == [[1.0], [1.0], [1.0]]
    assert computed["mixed"].tolist() == [[CellError("#DIV/0!")], [1.0]]


def test_one_value_fills_a_whole_range(computed):
    """One value repeats in all cells of an array formula."""
    assert computed["one"].tolist() == [[2, 2], [2, 2]]
    assert computed["chosen_text"].tolist() == [["", ""], ["", ""]]


def test_one_row_or_column_fills_a_whole_range(computed, engine):
    """One row or one column repeats in the cells of an array formula."""
    if engine.name == "ironcalc":
        assert computed["row"][1, 0] == CellError("#VALUE!")
        pytest.xfail("IronCalc gives #VALUE! beyond the first row or column")
    if engine.name == "cellrune":
        assert computed["row"][1, 0] == CellError("#N/A")
        pytest.xfail("CellRune gives #N/A beyond the first row or column")
    assert computed["row"].tolist() == [[1, 2], [1, 2]]
    assert computed["column"].tolist() == [[1, 1], [2, 2]]
    assert computed["chosen_row"].tolist() == [["a", "b"], ["a", "b"]]


def test_a_condition_may_be_an_array(computed):
    """An IF over a range of conditions chooses for each cell."""
    assert computed["places"].tolist() == [[2], ["no"]]


def test_formulas_are_computed_in_the_order_of_their_dependencies(computed):
    """Their position, their sheet and the direction of references do not matter."""
    assert computed["end"].tolist() == [[3005], [3006]]


def test_a_file_that_is_not_a_workbook_is_refused(tmp_path, engine):
    """The error comes before a program is started."""
    path = tmp_path / "book.xlsx"
    path.write_text("no workbook")
    with pytest.raises(WorkbookError, match=r"expected an \.xlsx file"):
        read(engine, path, {})


def test_engines_declare_the_unit_of_lengths(tmp_path, engine):
    """LEN counts in the units that the engine declares, which the reference uses too."""
    cells = {"s!A1": "=LEN(_xlfn.UNICHAR(128578))", "s!A2": '=_xlfn.UNICODE(MID(B1&"a",2,2))'}
    cells["s!B1"] = "🙂"
    path = write_cells(tmp_path / "book.xlsx", cells, {"length": "s!A1", "second": "s!A2"})
    values = read(engine, path, {})
    assert values["length"][0, 0] == (2 if engine.counts_utf16 else 1)
    assert (values["second"][0, 0] == ord("a")) != engine.counts_utf16


def test_a_local_name_has_priority_over_a_global_one(tmp_path, exact_engine):
    """Only in formulas of its sheet, ignoring case."""
    cells = {"s!A1": 2, "s!A2": 5, "s!B1": "=size*10", "t!A1": 7, "t!B1": "=Size*10+s!$A$2"}
    names = {"size": "s!A1", "here": "s!B1", "there": "t!B1"}
    book = write_cells(tmp_path / "book.xlsx", cells, names)
    local = '<definedName name="SIZE" localSheetId="1">t!$A$1</definedName></definedNames>'
    with_local = sabotaged(book, tmp_path / "local.xlsx", "", replaced("</definedNames>", local))
    for file, result in ((book, 25), (with_local, 75)):
        values = read(exact_engine, file, {})
        results = [values[name][0, 0] for name in ("size", "here", "there")]
        assert results == [2, 20, result]


def test_engines_by_name():
    """Every engine is found by its name."""
    assert [get_engine(name).name for name in ENGINES] == list(ENGINES)


@pytest.mark.parametrize(
    "cells",
    [
        {"s!A1": "=A1"},
        {"s!A1": "=B1", "s!B1": "=C1+1", "s!C1": "=A1", "s!D1": "=A1"},
        {"s!A1:A2": "{=SUM(A1:B2)*{1;2}}"},
        {"s!A1": "=SUM(B1:B9)", "s!B5": "=A1"},
        {"s!A1": "=C1+1", "s!C1": "=A1+D1+D2", "s!D1": "=A1*2+C1+D2+1"},
    ],
)
def test_a_circular_formula_is_an_error(tmp_path, cells, engine):
    """All cells of a cycle are errors; others are computed."""
    cells = {**cells, "s!E1": 2, "s!E2": "=E1*3"}
    path = write_cells(tmp_path / "c.xlsx", cells, {"a": "s!A1", "e": "s!E2"})
    values = read(engine, path, {})
    if engine.name == "gnumeric":
        pytest.xfail("Gnumeric gives 0 where a formula needs itself")
    assert isinstance(values["a"][0, 0], CellError)
    assert values["e"][0, 0] == 6


def test_steps_depend_only_on_earlier_steps():
    """Formulas of a step depend on earlier steps; an area means all formulas in it."""
    needs = [
        Dependencies([], []),
        Dependencies([0], []),
        Dependencies([], [0]),
        Dependencies([2, 0], []),
    ]
    order, circular = steps(needs, [[0, 1]])
    assert order[0] < order[1] < order[2] < order[3]
    assert not circular
    _, circular = steps(
        [Dependencies([1], []), Dependencies([], [0]), Dependencies([1], [])], [[0]]
    )
    assert circular == {0, 1}  # the two that depend on each other, not the third
    order, circular = steps(
        [Dependencies([0], []), Dependencies([0], []), Dependencies([1], [])], []
    )
    assert (circular, order[1] < order[2]) == ({0}, True)


def test_a_branch_that_is_not_taken_is_not_computed(tmp_path, monkeypatch):
    """An inactive row costs only its condition: IF's other branch is not computed."""
    cells = {"s!A1": 1, "s!B1": 2}
    cells |= {f"s!C{row}": f"=IF($A$1>{row},SUM($B$1,{row}),0)" for row in range(1, 6)}
    cells["s!D1:E1"] = "{=IF(A1>5,MMULT(A1:B1,TRANSPOSE(A1:B1)),0)}"
    path = write_cells(tmp_path / "lazy.xlsx", cells, {"c": "s!C1:C5", "d": "s!D1:E1"})
    programs = []
    run = Program.run
    monkeypatch.setattr(Program, "run", lambda self, *a: programs.append(self) or run(self, *a))
    values = read(get_engine("formulas"), path, {})
    assert values["d"].tolist() == [[0, 0]]
    names = {call.function.__name__ for program in programs for call in program.calls}
    assert "mmult" not in names
    assert values["c"].tolist() == [[0]] * 5


@pytest.mark.slow
def test_the_engine_can_be_imported_with_warnings_as_errors(tmp_path):
    """Also if nothing is compiled yet."""
    program = "from xlgpt2.engines import get_engine; print(get_engine('formulas').version())"
    options = ["-W", "error", "-X", f"pycache_prefix={tmp_path}"]
    done = subprocess.run(
        [sys.executable, *options, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.libreoffice
@pytest.mark.parametrize(
    ("program", "start_s", "words"),
    [
        (
            "raise SystemExit('the bridge is down')",
            60.0,
            "got none \\(it exited\\); last output: .*bridge is down",
        ),
        ("import time; time.sleep(60)", 1.0, "expected a running process within 1 s"),
        (
            "import time; print('{\"version\": 1}', flush=True); time.sleep(60)",
            60.0,
            "expected a response within 2 s",
        ),
    ],
)
def test_a_failure_of_libreoffice_is_reported_and_cleaned_up(
    book, tmp_path, monkeypatch, own_libreoffice, program, start_s, words
):
    """The error has the last output of the programs; no profile and no process remain."""
    worker = tmp_path / "worker.py"
    worker.write_text(program)
    monkeypatch.setattr(process, "WORKER", worker)
    monkeypatch.setattr(
        process.tempfile, "mkdtemp", lambda prefix: new_folder(tmp_path / "profile")
    )
    started = []
    end = process._end
    monkeypatch.setattr(process, "_end", lambda process: started.append(process) or end(process))
    with pytest.raises(EngineFailedError, match=words):
        read(LibreOfficeEngine(start_s=start_s, answer_s=2.0), book, {})
    assert not (tmp_path / "profile").exists()
    assert started
    assert all(process.poll() is not None for process in started)


@pytest.mark.libreoffice
def test_a_crash_of_libreoffice_is_reported(book, monkeypatch, own_libreoffice):
    """The error says that soffice ended."""
    load = engine_module._load
    monkeypatch.setattr(
        engine_module,
        "_load",
        lambda running, *rest: (load(running, *rest), process._end(running._soffice[-1])),
    )
    with pytest.raises(EngineFailedError, match="LibreOffice: expected a response, got none"):
        read(own_libreoffice, book, {})


#: A program for LibreOffice's Python: the inputs, and which of them are entered as formulas.
PUT_PROGRAM = """
import sys, uno
sys.path.insert(0, sys.argv[1])
from worker_cells import put
class Cells:
    def setDataArray(self, rows): self.rows = rows
    def getDataArray(self): return self.rows
    def getCellByPosition(self, column, row): return self
    def setFormula(self, formula): print(formula)
put(Cells(), [["plain", 7.0, "a\\nb", "", "\\n"]])
"""


@pytest.mark.libreoffice
def test_line_feeds_are_entered_as_formulas(libreoffice):
    """LibreOffice 26.8 returns a text's line feed, but drops it when formulas read the text."""
    program = [installation().uno_python, "-c", PUT_PROGRAM, str(WORKER.parent)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ['="a"&UNICHAR(10)&"b"', "=UNICHAR(10)"]


def test_line_feeds_in_the_file_are_found(tmp_path):
    """They are entered as formulas too; formulas and other texts do not change."""
    cells = {"s!A1": "a\nb", "s!B2": "ab", "s!C3": '="a"&_xlfn.UNICHAR(10)', "t!D4": "\n"}
    path = write_cells(tmp_path / "book.xlsx", cells, {"a": "s!A1"})
    assert engine_module._line_breaks(open_workbook(path)) == [
        ["s", 0, 0, "a\nb"],
        ["t", 3, 3, "\n"],
    ]


def new_folder(folder):
    """Create a folder; returns its path as a text."""
    folder.mkdir()
    return str(folder)


@pytest.mark.libreoffice
def test_pdfs(book, tmp_path, libreoffice):
    """A workbook or a part of it is exported as a PDF, with a page for each small sheet."""
    pages = {}
    for name, part in {"all": (), "part": ("out", "A1:B2")}.items():
        libreoffice.to_pdf(open_workbook(book), tmp_path / f"{name}.pdf", *part)
        content = (tmp_path / f"{name}.pdf").read_bytes()
        assert content.startswith(b"%PDF")
        pages[name] = len(re.findall(rb"/Type ?/Page\b", content))
    assert pages == {"all": 2, "part": 1}
