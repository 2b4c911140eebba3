"""Empty rows and columns: what has no token, or nothing to say, is shown empty, whatever it holds.

They hold zeros, so that sums stay numbers. Looks never change what a cell is.
"""

from __future__ import annotations

from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle

from xlgpt2.cells.address import Area, column_letters
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Placed
from xlgpt2.writer.sheet import Sheet

#: The format that shows nothing.
_HIDDEN = ";;;"


def empty_rows(sheet: Sheet, placed: Placed) -> Rule | None:
    """The rule that hides rows of a range; None where all of them are shown."""
    template = placed.range.template
    if template.shown_if is not None:
        where = sheet.plan.place(template.shown_if).area
        column = column_letters(where.column)
        fixed = f"${where.row}" if where.rows == 1 else where.row
        return _hidden(sheet, f"N(${column}{fixed})=0")
    if placed.range.role == "weight" or not placed.top or placed.range.view_of:
        return None
    # Ids are typed here: what is typed wrong must be seen.
    if template.whole_numbers is not None:
        return None
    found = _token_labels(sheet)
    if found is None or template.shape[0] not in ("N", "T", found[1]):
        return None
    return _hidden(sheet, _no_token(found[0], placed.area))


def empty_columns(sheet: Sheet, placed: Placed) -> Rule | None:
    """The rule that hides columns without a token; None where columns are no tokens."""
    if placed.range.template.columns != "tokens":
        return None
    area = placed.area
    return _hidden(sheet, f'{column_letters(area.column)}${area.row - 1}=""')


def empty_labels(sheet: Sheet, labels: Labels) -> Rule | None:
    """The same for labels at the left edge: a row without a token has no position."""
    found = _token_labels(sheet)
    if found is None or labels.kind != "range":
        return None
    return _hidden(sheet, _no_token(found[0], labels.area))


def _no_token(column: int, area: Area) -> str:
    return f'${column_letters(column)}{area.row}=""'


def _token_labels(sheet: Sheet) -> tuple[int, str] | None:
    """The column of labels that are texts, blank without a token, and the rows of their range.

    Numbers such as positions are there in every row.
    """
    for column, label in enumerate(sheet.tab.stage.labels, 1):
        if label.range and label.range in sheet.plan.places:
            shown = sheet.plan.place(label.range).range
            if shown.role in ("label", "result"):
                return column, shown.template.shape[0]
    return None


def _hidden(sheet: Sheet, condition: str) -> Rule:
    style = DifferentialStyle(numFmt=sheet.styles.rule_format(_HIDDEN))
    return Rule(type="expression", formula=[condition], dxf=style, stopIfTrue=True)
