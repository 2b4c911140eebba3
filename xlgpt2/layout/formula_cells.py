"""The formulas of a placed range: address and text of each, with every hole filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from xlgpt2.cells.address import Area
from xlgpt2.errors import LimitError, ShapeError, TemplateError, located
from xlgpt2.formula.branches import with_full_branches
from xlgpt2.formula.dialect import LONGEST_FORMULA
from xlgpt2.formula.rewriting import with_prefixes
from xlgpt2.formula.shapes import (
    SCALAR,
    Shape,
    result_shape,
)
from xlgpt2.formula.tree import Formula, Hole
from xlgpt2.layout.holes import OWN_LABELS, Pieces, bind, numbers_beside, own_label_text
from xlgpt2.layout.layout import Placed, Plan, TabPlan
from xlgpt2.layout.references import Reference
from xlgpt2.stages.stages import Part, Range


class FormulaCells(NamedTuple):
    """A formula and the cells it fills; `array` if it is entered as one array formula.

    A tuple, as tiles are, because there are up to a million of them.
    """

    area: Area
    text: str
    array: bool


class _Tile(NamedTuple):
    """The cells that one formula fills, from row i and column j of the range."""

    i: int
    j: int
    rows: int
    columns: int


@dataclass(frozen=True)
class FormulaGroup:
    """Cells that share a formula: that of a `field` of the template, in one part of the range."""

    part: int
    field: str
    areas: list[Area]


#: The fields of a template that replace `formula` in some rows.
_FIELDS = ("first", "last", "generated")


def formula_cells(
    plan: Plan, tab: TabPlan, placed: Placed, in_file: bool = False
) -> Iterator[FormulaCells]:
    """Every formula of a range, row by row; raises TemplateError if one does not fit.

    The text is what users see, or with `in_file` what a file stores, with prefixes.
    """
    target, prompt_rows = placed.range, plan.prompt_rows
    for part in target.parts:
        ready = bound_formulas(plan, tab, placed, part, in_file)
        for tile in _tiles(target, part):
            pieces = ready[id(formula_for(part, target, tile.i, prompt_rows))]
            yield _fill(pieces, placed, tile)


def bound_formulas(
    plan: Plan, tab: TabPlan, placed: Placed, part: Part, in_file: bool = False
) -> dict[int, Pieces]:
    """The pieces of a part's formulas by their `id`; raises TemplateError if one doesn't fit."""
    ready = {}
    for formula, tiles in _check_tiles(placed.range, part, plan.prompt_rows):
        pieces = bind(plan, tab, placed, formula)
        for tile in tiles:
            _check(formula, pieces, placed.range, tile, tab)
        full = _full(tab, placed, formula, pieces, tiles)
        stored = with_prefixes(full) if in_file else full
        ready[id(formula)] = pieces if stored is formula else bind(plan, tab, placed, stored)
    return ready


def filled_area(placed: Placed, part: Part, i: int, j: int) -> Area | None:
    """The cells of the formula that fills row i, column j; None if there is none."""
    target = placed.range
    top = 0 if target.fill in ("whole", "column") else i
    for tile in _row_tiles(target, part, top):
        if tile.j <= j < tile.j + tile.columns:
            return _area(placed, tile)
    return None


def formula_groups(placed: Placed, prompt_rows: int) -> Iterator[FormulaGroup]:
    """The cells of a range in groups with the same formula, filled down or across."""
    target = placed.range
    for number, part in enumerate(target.parts):
        groups: dict[int, FormulaGroup] = {}
        for tile in _tiles(target, part):
            formula = formula_for(part, target, tile.i, prompt_rows)
            field = next((n for n in _FIELDS if getattr(part, n) is formula), "formula")
            group = groups.setdefault(id(formula), FormulaGroup(number, field, []))
            group.areas.append(_area(placed, tile))
        yield from groups.values()


def _tiles(target: Range, part: Part) -> Iterator[_Tile]:
    for i in range(1 if target.fill in ("whole", "column") else target.rows):
        yield from _row_tiles(target, part, i)


def _row_tiles(target: Range, part: Part, i: int) -> list[_Tile]:
    """The tiles that start in row i of a part."""
    first, end = part.first_column, min(part.first_column + part.columns, target.width(i))
    if target.fill == "whole":
        return [_Tile(0, first, target.rows, part.columns)] if i == 0 else []
    if target.fill == "column":
        columns = range(part.first_column, part.first_column + part.columns) if i == 0 else ()
        return [_Tile(0, j, target.rows, 1) for j in columns]
    if target.fill == "row":
        return [_Tile(i, first, 1, end - first)] if end > first else []
    return [_Tile(i, j, 1, 1) for j in range(first, end)]


def formula_for(part: Part, target: Range, i: int, prompt_rows: int) -> Formula:
    """The formula of row i in a part of a range."""
    if part.rows:
        return part.rows[i]
    if i >= prompt_rows and part.generated is not None:
        return part.generated
    if i == 0 and part.first is not None:
        return part.first
    if i == target.rows - 1 and part.last is not None:
        return part.last
    return part.formula


def _fill(pieces: Pieces, placed: Placed, tile: _Tile) -> FormulaCells:
    area = _area(placed, tile)
    text = "".join(
        piece
        if isinstance(piece, str)
        else piece.text(tile.i, tile.j)
        if isinstance(piece, Reference)
        else own_label_text(piece, area, placed)
        for piece in pieces
    )
    if len(text) >= LONGEST_FORMULA:
        raise LimitError(
            f"range {placed.range.name} on tab {area.sheet!r}: expected a formula of at most "
            f"{LONGEST_FORMULA:,} characters, got {len(text):,}",
            "split the formula into two ranges",
        )
    if placed.range.template.chained and tile.i % 2:
        # LibreOffice computes a column of the same formulas as a group, on several threads. If the
        # columns read each other's rows above, 7.4 may read cells that are not computed yet.
        text = f"({text})"
    return FormulaCells(area, text, placed.range.fill != "cell")


def _area(placed: Placed, tile: _Tile) -> Area:
    """The area of a tile."""
    row, column = placed.area.row + tile.i, placed.area.column + tile.j
    return Area(placed.area.sheet, row, column, tile.rows, tile.columns)


def _check_tiles(
    target: Range, part: Part, prompt_rows: int
) -> Iterator[tuple[Formula, list[_Tile]]]:
    """Each formula with the tiles at its corners; references are linear, so these are enough."""
    corners: dict[int, tuple[Formula, list[_Tile]]] = {}
    edges = {0, 1, target.rows // 2, target.rows - 2, target.rows - 1, prompt_rows, prompt_rows + 1}
    rows = sorted(edges & set(range(target.rows))) if not part.rows else range(target.rows)
    for i in rows:
        formula = formula_for(part, target, i, prompt_rows)
        entry = corners.setdefault(id(formula), (formula, []))
        row_tiles = _row_tiles(target, part, i)
        entry[1].extend(row_tiles[:1] + row_tiles[-1:])
    yield from corners.values()


def _full(
    tab: TabPlan, placed: Placed, formula: Formula, pieces: Pieces, tiles: Sequence[_Tile]
) -> Formula:
    """The formula, with branches enlarged that would be smaller than its cells."""
    largest = max(tiles, key=lambda tile: tile.rows * tile.columns)
    shape = (largest.rows, largest.columns)
    if shape == SCALAR:
        return formula
    with located(f"{tab.stage.file}: range {placed.range.name}, row {largest.i}"):
        numbers = numbers_beside(tab, placed, shape)
        return with_full_branches(formula, shape, _shapes(pieces, largest), numbers)


def _shapes(pieces: Pieces, tile: _Tile) -> Callable[[Hole], Shape]:
    """The shape of what each hole of a formula refers to in a tile."""
    references = {piece.hole: piece for piece in pieces if isinstance(piece, Reference)}
    own = {"rows": (tile.rows, 1), "columns": (1, tile.columns)}

    def shape_of(hole: Hole) -> Shape:
        if hole.name in OWN_LABELS:
            return own.get(hole.name, SCALAR)
        return references[hole].target(tile.i, tile.j).shape

    return shape_of


def _check(
    formula: Formula,
    pieces: Pieces,
    target: Range,
    tile: _Tile,
    tab: TabPlan,
) -> None:
    """Raise TemplateError if a formula's holes or its result's shape don't fit its cells."""
    where = f"{tab.stage.file}: range {target.name}, row {tile.i}"
    used = {hole.name for hole in formula.holes}
    if "row" in used and not tab.stage.labels:
        raise TemplateError(
            f"{where}: {{row}}: expected a tab with labels, got one without",
            "add [[labels]] to the tab, or remove {row}",
        )
    if "column" in used and target.template.columns != "numbers":
        raise TemplateError(
            f"{where}: {{column}}: expected numbers as column headings, got text",
            "remove columns, or write `formulas`, one for each column",
        )
    with located(where):
        got = result_shape(formula.tree, _shapes(pieces, tile))
    if got != (tile.rows, tile.columns):
        raise ShapeError(
            f"{where}: formula: expected a result of [{tile.rows}, {tile.columns}], "
            f"got [{got[0]}, {got[1]}]",
            "fix the formula or the range's shape",
        )
