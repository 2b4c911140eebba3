"""Faults that an engine may not notice: marks of formulas, settings, and names of single tabs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from sabotage.book import Book, Change, Edit
from sabotage.formula_faults import tokens
from xlgpt2.cells.address import (
    Area,
    quoted,
    row_and_column,
)
from xlgpt2.layout.layout import Placed, Plan

#: What a fault is and where: kind, tab, cell or attribute, what was there and is there, the change.
Fault = tuple[str, str, str, str, str, Change]

LOST_MARK, OTHER_CELLS, DYNAMIC = "a lost array mark", "an array of other cells", "a dynamic array"
PREFIX, SETTING, LOCAL_NAME = "a lost prefix", "a calculation setting", "a name of one tab"
FAULTS = (LOST_MARK, OTHER_CELLS, DYNAMIC, PREFIX, SETTING, LOCAL_NAME)

#: Settings and names that change nothing: `verify` must not stumble over them.
HARMLESS = "a harmless setting or name"

#: What stands in a tab's place for a fault of the whole file.
WORKBOOK = "workbook"

_PREFIX = "_xlfn."
_PROPERTIES = '<calcPr calcId="124519"'

#: Attributes with which programs compute something else, and others.
_SETTINGS = ('fullPrecision="0"', 'fullPrecision="false"')
_HARMLESS = (
    *('iterate="1"', 'refMode="R1C1"', 'calcOnSave="0"', 'fullPrecision="1"'),
    *('concurrentCalc="0"', 'forceFullCalc="1"'),
)


def faults(book: Book, plan: Plan, number: int, choose: random.Random) -> Iterator[Fault]:
    """Some faults of each kind, and settings and names without harm."""
    marked = [(tab, cell) for tab, cells in book.arrays.items() for cell in cells]
    for tab, cell in choose.sample(marked, number):
        yield _marked(book, LOST_MARK, tab, cell, Edit(fills=""), "a plain formula")
    several = [(tab, cell) for tab, cell in marked if ":" in book.arrays[tab][cell]]
    for tab, cell in choose.sample(several, number):
        other = _one_less(tab, book.arrays[tab][cell])
        yield _marked(book, OTHER_CELLS, tab, cell, Edit(fills=other), other)
    for tab, cell in choose.sample(marked, number):
        yield _marked(book, DYNAMIC, tab, cell, Edit(dynamic=True), "the same, dynamic")
    for tab, cell, text in choose.sample(list(_prefixed(book)), number):
        new = text.replace(_PREFIX, choose.choice(("", _PREFIX * 2)), 1)
        yield PREFIX, tab, cell, text, new, Change({tab: {cell: Edit(formula=new)}}, {})
    for attribute in _SETTINGS:
        yield _set(SETTING, attribute)
    reading = _read(book, plan)
    for name, tab in choose.sample(sorted(reading), number):
        yield _local(LOCAL_NAME, book, plan.places[name], tab, choose)
    for attribute in _HARMLESS:
        yield _set(HARMLESS, attribute)
    everywhere = {(name, tab) for name in plan.places for tab in book.sheets}
    unread = sorted(everywhere - reading)
    for name, tab in choose.sample(unread, number):
        yield _local(HARMLESS, book, plan.places[name], tab, choose)


def _marked(book: Book, kind: str, tab: str, cell: str, edit: Edit, new: str) -> Fault:
    return kind, tab, cell, book.arrays[tab][cell], new, Change({tab: {cell: edit}}, {})


def _one_less(tab: str, cells: str) -> str:
    """A rectangle without its last column, or without its last row."""
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


def _read(book: Book, plan: Plan) -> set[tuple[str, str]]:
    """The names that formulas of each tab read."""
    names = set(plan.places)
    found = set()
    for tab, formulas in book.formulas.items():
        for text in set(map(_without_numbers, formulas.values())):
            words = {token.text for token in tokens(text) if token.kind == "name"}
            found |= {(name, tab) for name in words & names}
    return found


def _without_numbers(formula: str) -> str:
    """Formulas that are copied are one when their rows are left out."""
    return re.sub(r"(?<=[A-Z$])\d+", "1", formula)


def _local(kind: str, book: Book, placed: Placed, tab: str, choose: random.Random) -> Fault:
    """A name that stands for other cells of the same shape on one tab."""
    name, area = placed.range.name, placed.area
    row, column = row_and_column(choose.choice(("A1", "C4", "B9")))
    other = Area(area.sheet, row, column, area.rows, area.columns).absolute
    number = list(book.sheets).index(tab)
    added = f'<definedName name="{name}" localSheetId="{number}">{other}</definedName>'
    change = Change({}, {}, workbook={"</definedNames>": f"{added}</definedNames>"})
    return kind, tab, name, area.absolute, f"{other} on {tab}", change
