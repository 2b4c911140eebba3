"""Messages about formulas that the engine `formulas` can't compute, each with its cell."""

from __future__ import annotations

from tests.messages.case import Case, Cause, Scene
from tests.sabotage import replaced, sabotaged
from tests.small_workbooks import write_xml
from xlgpt2.engines import get_engine
from xlgpt2.errors import MissingFunctionError, WorkbookError
from xlgpt2.xlsx.reading.workbook import open_workbook


def formula(text: str) -> Cause:
    """A workbook whose cell B2 has a formula is computed."""

    def cause(scene: Scene) -> None:
        rows = (
            f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><f>{text}</f></c></row>'
        )
        path = write_xml(scene.folder / "b.xlsx", {"s": rows}, {"result": "s!$B$2"})
        list(get_engine("formulas").recalculate(open_workbook(path), [{}]))

    return cause


def local_name(scene: Scene) -> None:
    """A name of the workbook that stands for a number on the formula's own sheet."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><f>2*size</f></c></row>'
    path = write_xml(scene.folder / "a.xlsx", {"s": rows}, {"size": "s!$A$1", "result": "s!$B$2"})
    local = '<definedName name="Size" localSheetId="0">0.5*4</definedName></definedNames>'
    mutant = sabotaged(path, scene.folder / "b.xlsx", "", replaced("</definedNames>", local))
    list(get_engine("formulas").recalculate(open_workbook(mutant), [{}]))


CASES = [
    Case("a name that stands for no rectangle on the formula's sheet", local_name, WorkbookError),
    Case(
        "a function that formulas lacks",
        formula("IF(A1&gt;5,1+NOSUCH(A1),0)"),
        MissingFunctionError,
    ),
    Case(
        "a function that formulas can't compute here",
        formula("OFFSET(A1,1,1)"),
        MissingFunctionError,
    ),
    Case(
        "another function that formulas can't compute here",
        formula("ROW(A1)"),
        MissingFunctionError,
    ),
    Case("an operator that joins ranges", formula("SUM((A1,A2))"), MissingFunctionError),
    Case("a reference to a whole column", formula("SUM(A:A)"), WorkbookError),
    Case("a range that a function ends", formula("A1:INDEX(A1:A9,2)"), WorkbookError),
    Case("a reference to another workbook", formula("[2]s!A1"), WorkbookError),
    Case("a reference to a lost sheet", formula("lost!A1"), WorkbookError),
    Case("a formula that ends too early", formula("1+"), WorkbookError),
    Case("a bracket too many", formula("SUM(1))"), WorkbookError),
    Case("a text without its end", formula('"open'), WorkbookError),
    Case("arguments that are missing", formula("INDEX(A1)"), WorkbookError),
]
