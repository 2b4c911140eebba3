"""Functions: every engine gives the results in tests/cases/functions.txt, for one cell and many."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.small_workbooks import write_cells
from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.engines import get_engine
from xlgpt2.engines.formulas import formulas  # which suppresses its warnings
from xlgpt2.engines.formulas.compiled import Compiler
from xlgpt2.engines.formulas.program import Program
from xlgpt2.xlsx.reading.workbook import open_workbook

LINES = (
    (Path(__file__).parents[1] / "cases").joinpath("functions.txt").read_text("utf-8").splitlines()
)
CELLS = dict(line.split(": ", 1) for line in LINES if re.match(r"[A-Z]\d: ", line))
CASES = [tuple(re.split(r"\s+-> ", line)) for line in LINES if " -> " in line]

#: Functions that have a longer name in files.
LONG_NAMES = {"UNICODE(": "_xlfn.UNICODE(", "UNICHAR(": "_xlfn.UNICHAR("}


def value(text):
    """The value of a cell in the table."""
    return text[1:-1] if text.startswith('"') else text if text.startswith("=") else float(text)


def in_file(formula, sheet):
    """A formula as in a file, with references to another sheet."""
    text = re.sub(
        r'"[^"]*"|(?<![\w!.:])[A-E]\d(?::[A-E]\d)?(?![\w(])',
        lambda match: match[0] if match[0].startswith('"') else f"{sheet}!{match[0]}",
        formula,
    )
    for name, longer in LONG_NAMES.items():
        text = text.replace(name, longer)
    return text


def agrees(got, expected):
    """Whether a result is that of the table."""
    if isinstance(got, CellError):
        return expected in ("error", got.code)
    if expected.startswith('"'):
        return got == expected[1:-1]
    try:
        return got == pytest.approx(float(expected), rel=1e-14, abs=0)
    except ValueError:
        return False


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """The workbook of the table: its cells on one sheet, a formula in each row of the other."""
    cells = {f"in!{address}": value(text) for address, text in CELLS.items()}
    cells |= {f"out!A{row}": in_file(formula, "in") for row, (formula, _) in enumerate(CASES, 1)}
    path = tmp_path_factory.mktemp("functions") / "table.xlsx"
    return write_cells(path, cells, {"results": f"out!A1:A{len(CASES)}"})


@pytest.fixture(scope="module")
def by_formulas(table):
    """The results of the engine formulas for every case."""
    return next(get_engine("formulas").recalculate(open_workbook(table), [{}])).values["results"][
        :, 0
    ]


@pytest.fixture(scope="module")
def by_libreoffice(table, libreoffice):
    """The results of LibreOffice for every case."""
    return next(libreoffice.recalculate(open_workbook(table), [{}])).values["results"][:, 0]


@pytest.fixture(scope="module")
def by_ironcalc(table, ironcalc):
    """The results of IronCalc for every case."""
    return next(ironcalc.recalculate(open_workbook(table), [{}])).values["results"][:, 0]


@pytest.fixture(scope="module")
def by_cellrune(table, cellrune):
    """The results of CellRune for every case."""
    return next(cellrune.recalculate(open_workbook(table), [{}])).values["results"][:, 0]


@pytest.fixture(scope="module")
def by_gnumeric(table, gnumeric):
    """The results of Gnumeric for every case."""
    return next(gnumeric.recalculate(open_workbook(table), [{}])).values["results"][:, 0]


@pytest.mark.parametrize("case", range(len(CASES)), ids=[formula for formula, _ in CASES])
def test_formulas_agrees_with_the_table(by_formulas, case):
    """The engine formulas gives the results of the table."""
    assert agrees(by_formulas[case], CASES[case][1]), by_formulas[case]


@pytest.mark.libreoffice
@pytest.mark.parametrize("case", range(len(CASES)), ids=[formula for formula, _ in CASES])
def test_libreoffice_agrees_with_the_table(by_libreoffice, case):
    """LibreOffice gives the results of the table, which confirms the table."""
    assert agrees(by_libreoffice[case], CASES[case][1]), by_libreoffice[case]


#: Where IronCalc differs: all digits of a number in a text, 0/0 in place of an overflow, a text
#: found by INDEX counts as a number, and no lookup of several values in an array formula.
IRONCALC_DIFFERS = """
=1/3&""
=0.1+0.2&""
=2/3*1000000&""
=LEN(1/3)
=2^2000
=COUNT(INDEX(A1:A6,4))
{=COUNT(IF(C1:C4>15,1,""))}
{=SUM(MATCH(C1:C4,C1:C4,0))}
{=SUM(MATCH(C1:C4,C1:C4,1))}
{=SUM(INDEX(C1:C4,A1:A2))}
{=SUM(LARGE(C1:C4,{1,2}))}
""".split("\n")


@pytest.mark.ironcalc
@pytest.mark.parametrize("case", range(len(CASES)), ids=[formula for formula, _ in CASES])
def test_ironcalc_agrees_with_the_table(by_ironcalc, case):
    """IronCalc gives the results of the table, except for a few known formulas."""
    formula, expected = CASES[case]
    if formula in IRONCALC_DIFFERS and not agrees(by_ironcalc[case], expected):
        pytest.xfail(f"IronCalc gives {by_ironcalc[case]}")
    assert agrees(by_ironcalc[case], expected), by_ironcalc[case]


#: Where CellRune differs: MATCH finds the first of equal values.
CELLRUNE_DIFFERS = """
=MATCH(20,C1:C4,1)
{=SUM(MATCH(C1:C4,C1:C4,1))}
""".split("\n")

#: The results if lengths are in UTF-16 units, as in Excel, and not in characters.
IN_UTF16 = {"=LEN(B2)": "3", "=LEN(UNICHAR(128512))": "2"}


@pytest.mark.cellrune
@pytest.mark.parametrize("case", range(len(CASES)), ids=[formula for formula, _ in CASES])
def test_cellrune_agrees_with_the_table(by_cellrune, case):
    """CellRune gives the results of the table, except for a few known formulas."""
    formula, expected = CASES[case]
    expected = IN_UTF16.get(formula, expected)
    if formula in CELLRUNE_DIFFERS and not agrees(by_cellrune[case], expected):
        pytest.xfail(f"CellRune gives {by_cellrune[case]}")
    assert agrees(by_cellrune[case], expected), by_cellrune[case]


#: Formulas of a row's cells A and B, and of the column T, each filled down many rows.
ROWWISE = """
=A#+B# =A#-B# =A#*B# =A#/B# =A#^B# =A#&B# =-A# =A#% =A#=B# =A#<>B# =A#<B# =A#>=B#
=IF(A#<B#,A#,B#) =IF(A#>1,IF(B#>1,"both",B#),"") =IF(A#,1,2) =IFERROR(A#/B#,"e") =IFERROR(A#,B#)
=EXP(A#) =SQRT(A#) =LN(A#) =ABS(A#) =TANH(A#) =INT(A#) =MOD(A#,B#) =ROUND(A#,1)
=LEN(A#) =MID(A#,1,2) =LEFT(A#,1) =RIGHT(A#,1) =EXACT(A#,B#) =UNICODE(A#) =UNICHAR(A#)
=COUNT(A#) =COUNT(A#,B#) =SUM(A#,B#) =MAX(A#,B#) =AND(A#>1,B#>1) =ISNUMBER(A#) =NOT(A#)
=INDEX(T$1:T$4,A#) =INDEX(T$1:T$4,A#,1) =INDEX(T$1:T$4,A#)&"|"
=MATCH(A#,T$1:T$4,0) =MATCH(A#,T$1:T$4,1)
=COUNT(INDEX(T$1:T$4,A#)) =COUNT(A#+1) =LARGE(T$1:T$4,A#) =SUM(T$1:T$4)*A# =COUNTIF(T$1:T$4,A#)
=IF(COUNT(A#)=0,"",INDEX(T$1:T$4,MATCH(A#,T$1:T$4,1),1)) =A#*SUM(A#:B#) =B#+A$1
""".split()

#: Cells of every kind; None is blank.
FIRST = [1.0, 2.5, 0.0, -3.0, "x", "", "12", "😀é", None, 4.0, "#DIV/0!", 65.0, 1e300]
SECOND = [2.0, "x", 0.0, 1.0, "X", None, 1.0, 2.0, None, "", 3.0, "#N/A", 300.0]


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """A workbook with every formula of ROWWISE in a row for each pair of cells."""
    cells = dict(zip(("in!T1", "in!T2", "in!T3", "in!T4"), (1, 2.5, "t", 65), strict=True))
    for row, (first, second) in enumerate(zip(FIRST, SECOND, strict=True), 1):
        for column, content in (("A", first), ("B", second)):
            if content is not None:
                cells[f"in!{column}{row}"] = f"={content}" if str(content)[:1] == "#" else content
    names = {}
    for number, formula in enumerate(ROWWISE):
        for row in range(1, len(FIRST) + 1):
            text = re.sub(r"(?<!\w)[ABT]\$?[\d#]+(:[ABT]\$?[\d#]+)?", r"in!\g<0>", formula).replace(
                "#", str(row)
            )
            for name, longer in LONG_NAMES.items():
                text = text.replace(name, longer)
            cells[f"f{number}!A{row}"] = text
        names[f"f{number}_"] = f"f{number}!A1:A{len(FIRST)}"
    return write_cells(tmp_path_factory.mktemp("rows") / "rows.xlsx", cells, names)


def results_by_formula(readings):
    """The readings by formula, with "error" for any error, as programs name them differently."""
    return {
        formula: [
            "error" if isinstance(v, CellError) else v
            for v in readings.values[f"f{number}_"][:, 0].tolist()
        ]
        for number, formula in enumerate(ROWWISE)
    }


def test_cells_computed_together_give_the_same_as_one_by_one(rows, monkeypatch):
    """Computing a column of formulas at once changes no result, for any contents of cells."""
    together = next(get_engine("formulas").recalculate(open_workbook(rows), [{}]))
    calls = []
    monkeypatch.setattr(Program, "run_many", lambda *_: calls.append(1))
    one_by_one = next(get_engine("formulas").recalculate(open_workbook(rows), [{}]))
    assert len(calls) > len(ROWWISE) / 2, "most of these formulas can be computed at once"
    for name, cells in one_by_one.values.items():
        assert cells.tolist() == together.values[name].tolist(), ROWWISE[int(name[1:-1])]


#: Where LibreOffice differs, by the value of A: it takes the text 12 for a boolean, row 0 of INDEX
#: for the formula's own row, and has a character 0.
LIBREOFFICE_DIFFERS = {
    "=IF(A#,1,2)": ["12"],
    "=NOT(A#)": ["12"],
    "=MOD(A#,B#)": [1e300],
    "=MID(A#,1,2)": [1e300],
    "=UNICHAR(A#)": [0.0, "", None],
    "=INDEX(T$1:T$4,A#)": [0.0, "", None],
    "=INDEX(T$1:T$4,A#,1)": [0.0, "", None],
    '=INDEX(T$1:T$4,A#)&"|"': [0.0, "", None],
    "=MATCH(A#,T$1:T$4,1)": ["x", "😀é"],
    "=LARGE(T$1:T$4,A#)": [2.5],
    "=COUNTIF(T$1:T$4,A#)": ["#DIV/0!"],
}


@pytest.mark.libreoffice
def test_cells_computed_together_agree_with_libreoffice(rows, libreoffice):
    """A column of formulas over cells of every kind has the results of LibreOffice."""
    results = results_by_formula(
        next(get_engine("formulas").recalculate(open_workbook(rows), [{}]))
    )
    by_libreoffice = results_by_formula(next(libreoffice.recalculate(open_workbook(rows), [{}])))
    for formula in ROWWISE:
        pairs = zip(results[formula], by_libreoffice[formula], strict=True)
        for row, (got, expected) in enumerate(pairs):
            if FIRST[row] in LIBREOFFICE_DIFFERS.get(formula, []):
                continue
            if isinstance(got, float) and isinstance(expected, float):
                assert got == pytest.approx(expected, rel=1e-14), (formula, FIRST[row])
            else:
                assert got == expected, (formula, FIRST[row])


@pytest.mark.parametrize(
    "left", ["A1:C3", "A1:C3+D1:D3"], ids=["a range", "a sum with blanks, of objects"]
)
def test_matrices_of_numbers_are_multiplied_by_numpy(tmp_path, monkeypatch, left):
    """MMULT over numbers is one call of numpy, as real models have millions of numbers."""
    cells = {f"s!{column}{row}": row * ord(column) / 7 for column in "ABC" for row in range(1, 4)}
    cells["s!E1:G3"] = f"{{=MMULT({left},A1:C3)}}"
    calls = []
    dot = np.dot
    monkeypatch.setattr(np, "dot", lambda *a: calls.append([v.dtype for v in a]) or dot(*a))
    path = write_cells(tmp_path / "m.xlsx", cells, {"product": "s!E1:G3", "matrix": "s!A1:C3"})
    values = next(get_engine("formulas").recalculate(open_workbook(path), [{}])).values
    assert values["product"] == pytest.approx(values["matrix"] @ values["matrix"], rel=1e-15)
    assert calls == [[np.float64, np.float64]]


@pytest.mark.parametrize(
    "expression",
    [
        '=IF(C_0<C_1,IF(INDEX(A_0,C_2,1)="a",C_0+C_3,{1,2;3,4}),"")',
        "=EXP(A_0-MAX(A_0))/SUM(EXP(A_0-MAX(A_0)))",
        "=SUM(A_0,A_0)+SUM(A_0,A_0)*C_0",
        '=MATCH(C_0,A_0,1)&"x"&C_0',
        "=-C_0%+2^C_1",
        "=IF(C_0,,3)",
        "=C_0",
        "=A_0",
        "=1+2",
        "=#NAME?+C_0",
    ],
)
def test_a_list_of_calls_gives_the_results_of_the_library_formulas(expression):
    """Running the calls in sequence only takes less time."""
    program = Compiler().program(expression, Area("s", 1, 1, 1, 1))
    pipe = formulas.Parser().ast(expression)[1].compile()
    cells = np.array([[1.0, 2.0, 3.0, 4.0]])
    areas = {0: np.array([[0.5], [1.5], [3.0]])}
    inputs = {f"C_{i}": cells[:, i : i + 1] for i in range(4)} | {"A_0": areas[0]}
    expected = np.asarray(pipe(*[inputs[name] for name in pipe.inputs]), dtype=object)
    columns = [number for _, number in program.cells]
    got = np.asarray(program.run(cells[:, columns], areas), dtype=object)
    assert got.ravel().tolist() == expected.ravel().tolist()


#: Where Gnumeric differs: fifteen digits of a number in a text, ^ from right to left, #VALUE! and 0
#: for texts as arguments, and no whole rows or columns by INDEX.
GNUMERIC_DIFFERS = """
=1/3&""
=0.00001&""
=2/3*1000000&""
=LEN(1/3)
=2^3^2
=IF("x",1,2)
=IFERROR(E3+1,A5)
=SUM("x")
=SUM(A1>0)
=INDEX(A1:C1,3)
=SUM(INDEX(A1:C4,2,0))
=SUM(INDEX(A1:C4,0,3))
=MATCH(1/0,C1:C4,0)
{=SUM(INDEX(C1:C4,A1:A2))}
{=SUM(MMULT(A1:A3,{1}))}
""".split("\n")


@pytest.mark.gnumeric
@pytest.mark.parametrize("case", range(len(CASES)), ids=[formula for formula, _ in CASES])
def test_gnumeric_agrees_with_the_table(by_gnumeric, case):
    """Gnumeric gives the results of the table, except for a few known formulas."""
    formula, expected = CASES[case]
    if formula in GNUMERIC_DIFFERS and not agrees(by_gnumeric[case], expected):
        pytest.xfail(f"Gnumeric gives {by_gnumeric[case]}")
    assert agrees(by_gnumeric[case], expected), by_gnumeric[case]
