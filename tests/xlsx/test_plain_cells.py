"""Plain cells that are skipped: formulas, errors and refusals are those of the whole sheet."""

import pytest

from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.reading.formulas import read_formulas
from xlgpt2.xlsx.reading.plain_cells import without_plain_cells

NUMBER = '<c r="A1" s="3"><v>-1.5E-3</v></c>'
FORMULA = '<c r="C1"><f>A1&gt;B1</f><v>1</v></c>'
BLANK = '<c r="D1" s="4"/>'


def row(*cells, tag='<row r="1" ht="30">'):
    return f"{tag}{''.join(cells)}</row>"


#: A sentence, rows, and how many cells are skipped.
ROWS = [
    ("numbers, texts and blanks are skipped, the last cell is not", [row(NUMBER, '<c r="B1" t="s"><v>7</v></c>', FORMULA, BLANK, BLANK.replace("D", "E"))], 3),
    ("an error is read", [row(NUMBER, '<c r="B1" t="e"><v>#N/A</v></c>', FORMULA)], 1),
    ("a formula between plain cells is read", [row(FORMULA, BLANK, BLANK.replace("D", "XFD"))], 1),
    ("an inline text is left alone", [row('<c r="A1" t="inlineStr"><is><t>a</t></is></c>', FORMULA)], 0),
    ("a row whose cells lack addresses is left alone", [row(NUMBER, "<c><v>2</v></c>", FORMULA)], 0),
    ("cells that go back are refused", [row(BLANK, NUMBER, FORMULA)], 0),
    ("two cells in one place are refused", [row(NUMBER, NUMBER.replace("-1.5E-3", "2"), FORMULA)], 0),
    ("a cell of another row is refused", [row(NUMBER.replace("A1", "A2"), FORMULA)], 0),
    ("a column past the last one is refused", [row(BLANK.replace("D", "XFE"), FORMULA)], 0),
    ("rows that go back are refused", [row(NUMBER, FORMULA), row(NUMBER, FORMULA)], 2),
    ("what a comment contains is not a cell", [row(f"<!--{NUMBER}-->", FORMULA)], 0),
    ("two rows in one text are left alone", ['<row r="1"/>' + row(NUMBER.replace("A1", "A2"), BLANK.replace("D1", "D2"), tag='<row r="2">')], 0),
    ("a value that is no number is left alone", [row('<c r="A1"><v>1 &amp; 2</v></c>', FORMULA)], 0),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "rows", "skipped"), ROWS, ids=[r[0] for r in ROWS])
def test_what_is_left_reads_like_the_whole(sentence, rows, skipped):
    texts = [b"<worksheet><sheetData>", *(text.encode() for text in rows)]
    end = b"</sheetData></worksheet>"
    left = list(without_plain_cells(texts))
    count = sum(text.count(b"<c") for text in texts) - sum(text.count(b"<c") for text in left)
    assert count == skipped
    results = []
    for chunks in (texts, left):
        try:
            results.append(read_formulas([*chunks, end], "s", 100_000))
        except WorkbookError as error:
            results.append(error.message)
    assert results[0] == results[1]
    assert isinstance(results[0], str) == sentence.endswith("refused")


def test_the_width_of_a_row_counts_though_its_cells_are_skipped():
    """Libraries allocate all cells up to the last one."""
    rows = [row(NUMBER, BLANK.replace("D", "ZZ")).encode()]
    start, end = b"<worksheet><sheetData>", b"</sheetData></worksheet>"
    with pytest.raises(WorkbookError, match="ZZ1, got 702"):
        read_formulas([start, *without_plain_cells(rows), end], "s", 701)
