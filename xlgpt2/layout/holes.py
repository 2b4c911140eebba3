"""The holes of a formula, bound to placed ranges or to labels of its own cells."""

from __future__ import annotations

from xlgpt2.cells.address import Area, column_letters
from xlgpt2.errors import located
from xlgpt2.formula.shapes import Shape
from xlgpt2.formula.tree import (
    Call,
    Formula,
    Hole,
    Node,
)
from xlgpt2.layout.layout import COLUMN_ROW, Placed, Plan, TabPlan
from xlgpt2.layout.references import Reference, refer

#: A formula with its holes bound; labels of its own cells stay as they are.
Pieces = tuple[str | Hole | Reference, ...]

#: Holes that are no ranges: the label of the cell's own row and the number over its column, or
#: those of all rows and columns that the formula fills.
OWN_LABELS = frozenset({"row", "column", "rows", "columns"})


def bind(plan: Plan, tab: TabPlan, placed: Placed, formula: Formula) -> Pieces:
    """A formula's pieces with holes bound to placed ranges; own labels stay as they are."""
    where = f"{tab.stage.file}: range {placed.range.name}"
    pieces: list[str | Hole | Reference] = []
    symbols = {**plan.symbols, **tab.stage.symbols}
    for piece in formula.pieces:
        if isinstance(piece, str) or piece.name in OWN_LABELS:
            pieces.append(piece)
            continue
        with located(f"{where}: hole {piece}"):
            other = plan.place(piece.name)
            pieces.append(refer(piece, other.range, other.area, tab.name, symbols))
    return tuple(pieces)


def own_label(hole: Hole, area: Area, placed: Placed) -> Area:
    """The cells that a hole of `OWN_LABELS` refers to in the formula of an area."""
    if hole.name == "row":
        return Area(area.sheet, area.row, 1, 1, 1)
    if hole.name == "column":
        return Area(area.sheet, COLUMN_ROW, area.column, 1, 1)
    if hole.name == "columns":
        return Area(area.sheet, placed.area.row - 1, area.column, 1, area.columns)
    return Area(area.sheet, area.row, 1 if placed.top else placed.area.column - 1, area.rows, 1)


def own_label_text(hole: Hole, area: Area, placed: Placed) -> str:
    """The address of such a hole in a formula, with a $ where copying must not move it."""
    label = own_label(hole, area, placed)
    first, last = column_letters(label.column), column_letters(label.column + label.columns - 1)
    if hole.name in ("row", "rows"):
        ends = (f"${first}{label.row}", f"${first}{label.row + label.rows - 1}")
    else:
        ends = (f"{first}${label.row}", f"{last}${label.row}")
    return ends[0] if ends[0] == ends[1] else ":".join(ends)


def numbers_beside(tab: TabPlan, placed: Placed, shape: Shape) -> Node | None:
    """Cells of that shape that hold numbers for every input; None if there are none.

    They are the numbers over the columns, or `active` of the tokens there, and those at the left of
    the rows: nothing that has to be computed, and no weights, which may be tampered with.
    """
    rows, columns = shape
    over: Node | None = None
    if columns > 1:
        over = _numbers_over(placed, columns, by_hand=tab.stage.by_hand)
        if over is None or rows == 1:
            return over
    labels = tab.stage.labels
    if tab.stage.by_hand or (placed.top and not (labels and labels[0].index is not None)):
        return None
    left = Hole("rows", ())
    # One engine does not broadcast a row over a column; a matrix product has the same shape.
    return left if over is None else Call("MMULT", (left, over))


def _numbers_over(placed: Placed, columns: int, by_hand: bool) -> Node | None:
    """A row of numbers over the columns that a formula fills; None if there is none."""
    target = placed.range
    if target.template.columns == "tokens":
        last = "i+1" if target.template.triangle == "lower" else str(columns)
        return Call("TRANSPOSE", (Hole("active", (f":{last}",)),))
    if by_hand or target.template.columns != "numbers":
        return None
    return Hole("columns", ())
