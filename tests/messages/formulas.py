"""Messages about formulas that the engine `formulas` can't compute, each with its cell."""

from __future__ import annotations

from tests.messages.case import Case, Cause, Scene
from tests.sabotage import replaced, sabotaged
from tests.small_workbooks import write_xml
from xlgpt2.engines import get_engine
from xlgpt2.errors import MissingFunctionError, WorkbookError

MEND = "mend the formula, build the workbook again, or take another engine with --engine"
ANOTHER = "take another engine with --engine, such as libreoffice"


def formula(text: str) -> Cause:
    """A workbook whose cell B2 has a formula is computed."""

    def cause(scene: Scene) -> None:
        rows = (
            f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><f>{text}</f></c></row>'
        )
        path = write_xml(scene.folder / "b.xlsx", {"s": rows}, {"result": "s!$B$2"})
        list(get_engine("formulas").recalculate(path, [{}]))

    return cause


def local_name(scene: Scene) -> None:
    """A name of the workbook that stands for a number on the formula's own sheet."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><f>2*size</f></c></row>'
    path = write_xml(scene.folder / "a.xlsx", {"s": rows}, {"size": "s!$A$1", "result": "s!$B$2"})
    local = '<definedName name="Size" localSheetId="0">0.5*4</definedName></definedNames>'
    mutant = sabotaged(path, scene.folder / "b.xlsx", "", replaced("</definedNames>", local))
    list(get_engine("formulas").recalculate(mutant, [{}]))


CASES = [
    Case(
        "a name that stands for no rectangle on the formula's sheet",
        local_name,
        WorkbookError,
        "cell s!$B$2: expected names for rectangles of this workbook, got size, which on this tab alone stands for '0.5*4'",
        MEND,
    ),
    Case(
        "a function that formulas lacks",
        formula("IF(A1&gt;5,1+NOSUCH(A1),0)"),
        MissingFunctionError,
        "cell s!$B$2: expected what the engine formulas computes, got the function NOSUCH",
        ANOTHER,
    ),
    Case(
        "a function that formulas can't compute here",
        formula("OFFSET(A1,1,1)"),
        MissingFunctionError,
        "cell s!$B$2: expected what the engine formulas computes, got the function OFFSET",
        ANOTHER,
    ),
    Case(
        "another function that formulas can't compute here",
        formula("ROW(A1)"),
        MissingFunctionError,
        "cell s!$B$2: expected what the engine formulas computes, got the function ROW",
        ANOTHER,
    ),
    Case(
        "an operator that joins ranges",
        formula("SUM((A1,A2))"),
        MissingFunctionError,
        "cell s!$B$2: expected what the engine formulas computes, got the operator that joins ranges",
        ANOTHER,
    ),
    Case(
        "a reference to a whole column",
        formula("SUM(A:A)"),
        WorkbookError,
        "cell s!$B$2: expected references to rectangles of this workbook, got 'A:A'",
        MEND,
    ),
    Case(
        "a range that a function ends",
        formula("A1:INDEX(A1:A9,2)"),
        WorkbookError,
        "cell s!$B$2: expected references to rectangles of this workbook, got 'A1:INDEX('",
        MEND,
    ),
    Case(
        "a reference to another workbook",
        formula("[2]s!A1"),
        WorkbookError,
        "cell s!$B$2: expected references to rectangles of this workbook, got '[2]s!A1'",
        MEND,
    ),
    Case(
        "a reference to a lost sheet",
        formula("lost!A1"),
        WorkbookError,
        "cell s!$B$2: expected references to rectangles of this workbook, got 'lost!A1'",
        MEND,
    ),
    Case(
        "a formula that ends too early",
        formula("1+"),
        WorkbookError,
        "cell s!$B$2: expected a formula that can be read, got =1+, with C and A for its cells and areas",
        MEND,
    ),
    Case(
        "a bracket too many",
        formula("SUM(1))"),
        WorkbookError,
        "cell s!$B$2: expected a formula, got '=SUM(1))' (a bracket too many)",
        MEND,
    ),
    Case(
        "a text without its end",
        formula('"open'),
        WorkbookError,
        "cell s!$B$2: expected a formula, got '=\"open' (Reached end of formula while parsing string in =\"open)",
        MEND,
    ),
    Case(
        "arguments that are missing",
        formula("INDEX(A1)"),
        WorkbookError,
        "cell s!$B$2: expected functions with the arguments that they take, got one with 1 (missing a required argument: 'row')",
        MEND,
    ),
]
