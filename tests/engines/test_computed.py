"""A computed workbook: the cells of formulas are read by address, with or without a name."""

import numpy as np
import pytest

from tests.small_workbooks import write_cells, write_xml
from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError
from xlgpt2.engines.range_values import as_cells
from xlgpt2.errors import PromptError, WorkbookError
from xlgpt2.xlsx.reading.workbook import open_workbook

CELLS = {
    "in!A1": 2,
    "in!A2": "a text",
    "in!B1": "=A1*2",
    "'it''s a tab'!B2": "=in!B1+1",
    "'it''s a tab'!C2": '=in!A2&"!"',
    "'it''s a tab'!B3:C4": "{=in!A1*{1,2;3,4}}",
    "'it''s a tab'!B5": "=in!A1>1",
    "'it''s a tab'!C5": "=1/0",
}
AREA = Area("it's a tab", 2, 2, 4, 2)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A workbook whose formulas have no names."""
    path = tmp_path_factory.mktemp("computed") / "book.xlsx"
    return write_cells(path, CELLS, {"number": "in!A1", "double": "in!B1"})


def test_cells_of_formulas_are_read_by_address(book, engine):
    """All of them in one area, or some of them; numbers alone are float64."""
    with engine.computed(open_workbook(book), {}) as results:
        assert (results.engine, results.version) == (engine.name, engine.version())
        assert results.read(AREA).tolist() == [
            [5, "a text!"],
            [2, 4],
            [6, 8],
            [True, CellError("#DIV/0!")],
        ]
        numbers = results.read(Area("it's a tab", 3, 2, 2, 2))
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [[2, 4], [6, 8]]


@pytest.mark.parametrize(
    ("inputs", "results"), [({"number": [[5]]}, [11, 5, 10]), ({"double": [[7]]}, [8, 2, 4])]
)
def test_inputs_override_the_file(book, engine, inputs, results):
    """They override a constant or a formula."""
    with engine.computed(open_workbook(book), inputs) as computed:
        (first, _), line, *_ = computed.read(AREA).tolist()
    assert [first, *line] == results


def test_wrong_cached_values_are_ignored(tmp_path, engine):
    """Cached values of all types."""
    rows = '<row r="1"><c r="A1"><v>3</v></c>' + "".join(
        f'<c r="{column}1" t="{kind}"><f>A1*2</f><v>{lie}</v></c>'
        for column, kind, lie in (("B", "n", "9"), ("C", "b", "1"), ("D", "e", "#N/A"), ("E", "str", "lie"))
    )  # fmt: skip
    path = write_xml(tmp_path / "planted.xlsx", {"s": rows + "</row>"}, {"a": "s!$A$1"})
    with engine.computed(open_workbook(path), {}) as results:
        assert results.read(Area("s", 1, 2, 1, 4)).tolist() == [[6, 6, 6, 6]]


def test_errors_are_raised_on_entering(book, tmp_path, engine):
    """They are those of a recalculation."""
    with pytest.raises(PromptError, match="a number that a cell can hold"):
        engine.computed(open_workbook(book), {"number": [[float("inf")]]}).__enter__()
    with pytest.raises(WorkbookError, match="expected an existing file"):
        engine.computed(open_workbook(tmp_path / "nowhere.xlsx"), {}).__enter__()


@pytest.mark.libreoffice
def test_a_large_area_comes_in_several_messages(book, libreoffice):
    """LibreOffice's worker splits it; it arrives complete, and so does the next one."""
    with libreoffice.computed(open_workbook(book), {}) as results:
        cells = results.read(Area("it's a tab", 1, 2, 210_000, 2))
        assert cells.shape == (210_000, 2)
        assert cells[:5].tolist() == [["", ""], [5, "a text!"], [2, 4], [6, 8], [True, CellError("#DIV/0!")]]  # fmt: skip
        assert results.read(Area("in", 1, 2, 1, 1)).tolist() == [[4]]


def test_booleans_are_numbers_in_readings():
    """They are 1 and 0 in named ranges, unless they are requested."""
    cells = np.array([[True, 2.0], [False, 3.0]], dtype=object)
    assert as_cells(cells).dtype == np.float64
    assert as_cells(cells).tolist() == [[1, 2], [0, 3]]
    assert as_cells(cells, truth_values=True) is cells
    mixed = np.array([[True, "a"]], dtype=object)
    assert list(map(type, as_cells(mixed)[0])) == [float, str]


#: Tabs whose names need quotes, and one with the name that an engine would choose for its own.
ERRORS = {
    "spare!A1": 0,
    "spare!B1": 7,
    "spare!C1": "#N/A",
    "'it''s $1.A2'!AA5": "=1/spare!A1",
    "'it''s $1.A2'!AB5": "=spare!B1",
    "'it''s $1.A2'!AC5": '="x"+1',
    "'it''s $1.A2'!AA6": "=1/spare!A1",
    "'it''s $1.A2'!AB6": "=spare!C1",
    "'it''s $1.A2'!AC6": "=NA()",
    "'it''s $1.A2'!Z7:AC7": "{=spare!B1/{0,1,0,2}}",
}


def test_errors_among_values_keep_their_kinds_and_positions(tmp_path, engine):
    """With any names of tabs; and they disappear when their cause is overridden."""
    names = {"zero": "spare!A1", "all": "'it''s $1.A2'!Z5:AC7"}
    book = write_cells(tmp_path / "book.xlsx", ERRORS, names)
    divided, lost, value = (CellError(code) for code in ("#DIV/0!", "#N/A", "#VALUE!"))
    last = [divided, 7, divided, 3.5]
    results = [
        readings.values["all"].tolist()
        for readings in engine.recalculate(open_workbook(book), [{}, {"zero": [[2]]}, {}])
    ]
    as_built = [["", divided, 7, value], ["", divided, "#N/A", lost], last]
    assert results == [as_built, [["", 0.5, 7, value], ["", 0.5, "#N/A", lost], last], as_built]
