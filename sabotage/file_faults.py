"""Faults that an engine may not notice: array marks, prefixes, settings, and local names."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from sabotage.book import Book, Change, Edit
from sabotage.formula_faults import tokenize
from xlgpt2.cells.address import (
    Area,
    quoted,
    row_and_column,
)
from xlgpt2.layout.layout import Placed, Plan

#: Kind, tab, cell or attribute, old and new text, and the change that makes it.
Fault = tuple[str, str, str, str, str, Change]

LOST_MARK, OTHER_CELLS, DYNAMIC = "a lost array mark", "an array of other cells", "a dynamic array"
PREFIX, SETTING, LOCAL_NAME = "a lost prefix", "a calculation setting", "a name of one tab"
FAULTS = (LOST_MARK, OTHER_CELLS, DYNAMIC, PREFIX, SETTING, LOCAL_NAME)

#: Settings and names that change no result: `verify` must accept them.
HARMLESS = "a harmless setting or name"

#: The tab of a fault that concerns the whole file.
WORKBOOK = "workbook"

_PREFIX = "_xlfn."
_PROPERTIES = '<calcPr calcId="124519"'

#: Attributes that change results, and attributes that don't.
_SETTINGS = ('fullPrecision="0"', 'fullPrecision="false"')
_HARMLESS = (
    *('iterate="1"', 'refMode="R1C1"', 'calcOnSave="0"', 'fullPrecision="1"'),
    *('concurrentCalc="0"', 'forceFullCalc="1"'),
)


def faults(book: Book, plan: Plan, number: int, rng: random.Random) -> Iterator[Fault]:
    """`number` faults of each kind, every setting, and harmless settings and names."""
    marked = [(tab, cell) for tab, cells in book.arrays.items() for cell in cells]
    for tab, cell in rng.sample(marked, number):
        yield _marked(book, LOST_MARK, tab, cell, Edit(fills=""), "a plain formula")
    several = [(tab, cell) for tab, cell in marked if ":" in book.arrays[tab][cell]]
    for tab, cell in rng.sample(several, number):
        other = _shrunk(tab, book.arrays[tab][cell])
        yield _marked(book, OTHER_CELLS, tab, cell, Edit(fills=other), other)
    for tab, cell in rng.sample(marked, number):
        yield _marked(book, DYNAMIC, tab, cell, Edit(dynamic=True), "the same, dynamic")
    for tab, cell, text in rng.sample(list(_prefixed(book)), number):
        new = text.replace(_PREFIX, rng.choice(("", _PREFIX * 2)), 1)
        yield PREFIX, tab, cell, text, new, Change({tab: {cell: Edit(formula=new)}}, {})
    for attribute in _SETTINGS:
        yield _set(SETTING, attribute)
    used = _used_names(book, plan)
    for name, tab in rng.sample(sorted(used), number):
        yield _local(LOCAL_NAME, book, plan.places[name], tab, rng)
    for attribute in _HARMLESS:
        yield _set(HARMLESS, attribute)
    everywhere = {(name, tab) for name in plan.places for tab in book.sheets}
    unused = sorted(everywhere - used)
    for name, tab in rng.sample(unused, number):
        yield _local(HARMLESS, book, plan.places[name], tab, rng)


def _marked(book: Book, kind: str, tab: str, cell: str, edit: Edit, new: str) -> Fault:
    return kind, tab, cell, book.arrays[tab][cell], new, Change({tab: {cell: edit}}, {})


def _shrunk(tab: str, cells: str) -> str:
    """An area without its last column, or without its last row if it has one column."""
    area = Area.parse(f"{quoted(tab)}!{cells}")
    rows, columns = area.rows, area.columns
    rows, columns = (rows, columns - 1) if columns > 1 else (rows - 1, columns)
    return Area(tab, area.row, area.column, rows, columns).local


def _prefixed(book: Book) -> Iterator[tuple[str, str, str]]:
    """Cells whose formulas have a function with a prefix."""
    for tab, formulas in book.formulas.items():
        for cell, text in formulas.items():
            if _PREFIX in text:
                yield tab, cell, text


def _set(kind: str, attribute: str) -> Fault:
    change = Change({}, {}, workbook={_PROPERTIES: f"{_PROPERTIES} {attribute}"})
    return kind, WORKBOOK, "calcPr", "nothing", attribute, change


def _used_names(book: Book, plan: Plan) -> set[tuple[str, str]]:
    """The names that the formulas of each tab use."""
    names = set(plan.places)
    used = set()
    for tab, formulas in book.formulas.items():
        for text in set(map(_without_numbers, formulas.values())):
            words = {token.text for token in tokenize(text) if token.kind == "name"}
            used |= {(name, tab) for name in words & names}
    return used


def _without_numbers(formula: str) -> str:
    """A formula without row numbers, which is the same for all filled-down copies."""
    return re.sub(r"(?<=[A-Z$])\d+", "1", formula)


def _local(kind: str, book: Book, placed: Placed, tab: str, rng: random.Random) -> Fault:
    """A name that means other cells of the same shape on one tab."""
    name, area = placed.range.name, placed.area
    row, column = row_and_column(rng.choice(("A1", "C4", "B9")))
    other = Area(area.sheet, row, column, area.rows, area.columns).absolute
    number = list(book.sheets).index(tab)
    added = f'<definedName name="{name}" localSheetId="{number}">{other}</definedName>'
    change = Change({}, {}, workbook={"</definedNames>": f"{added}</definedNames>"})
    return kind, tab, name, area.absolute, f"{other} on {tab}", change
