"""Mutants: one fault each, in every formula of every template, every tensor, names and labels."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sabotage import file_faults, formula_faults, targets
from sabotage.book import Book, Change, Edit
from sabotage.formula_faults import Spot, Token, tokens
from sabotage.targets import Template, Written
from xlgpt2.cells.address import Area, row_and_column
from xlgpt2.cells.values import Cells
from xlgpt2.designs.design import Design
from xlgpt2.layout.layout import Placed

#: What is done to formulas, in the order in which kinds are told.
OF_FORMULAS = (
    *("constant", "operator", "function", "shifted by a row", "shifted by a column"),
    *("absolute for relative", "dropped term", "another head", "another block"),
    *("a value for a formula", "a deleted cell"),
)
OF_WEIGHTS = "the 4th digit of a weight"
OF_TABLES = "a number of a table"
OF_NAMES = ("a moved name", "a name for other cells")
OF_LABELS = "a label"
PLANTED = "planted results"
KINDS = (
    *(*OF_FORMULAS, OF_WEIGHTS, OF_TABLES, *OF_NAMES, OF_LABELS),
    *(*file_faults.FAULTS, PLANTED, file_faults.HARMLESS),
)

#: Kinds that are none: after them a workbook must be verified as before.
WITHOUT_HARM = (PLANTED, file_faults.HARMLESS)

#: Results that no formula has, with the type that the file says they are of.
_RESULTS = (("", "0.5"), ("str", "a text"), ("e", "#N/A"))

#: Of the faults that can be in one cell or in all that share its formula: one in so many.
_ONE_CELL = 4


@dataclass(frozen=True)
class Mutant:
    """A workbook with one fault: its kind, where it is, and what was there before and after.

    `range` and `field` are those of the template. `name` is what a report must name where that is
    a name and not a tab.
    """

    kind: str
    tab: str
    range: str
    field: str
    where: str
    old: str
    new: str
    change: Change
    name: str = ""

    def __str__(self) -> str:
        field = f" {self.field}" if self.field else ""
        return f"{self.kind}: {self.range}{field} at {self.where}: {self.old} -> {self.new}"


class Saboteur:
    """Makes the mutants of one workbook. `values` are what its ranges hold with its own prompt."""

    def __init__(self, design: Design, book: Book, values: Mapping[str, Cells], seed: int) -> None:
        self.design, self.book, self.values = design, book, values
        self.seed, self.random = seed, random.Random(seed)
        self.count: Counter[str] = Counter()
        self.templates = targets.templates(design)

    def mutants(self, number: int) -> list[Mutant]:
        """At least so many: one for every template and tensor, and further ones of all kinds."""
        found = [one for template in self.templates if (one := self._of(template)) is not None]
        found += [self._weight(placed) for placed in targets.tensors(self.design)]
        found += [self._table(placed) for placed in targets.tables(self.design)]
        found += self._names(max(1, number // 20))
        found += self._labels(max(1, number // 50))
        found += [self._plant(*result) for result in _RESULTS]
        everywhere = list(self.templates)
        while len(found) < number:
            one = self._of(self.random.choice(everywhere))
            found += [one] if one is not None else []
        return [*found, *self._of_file(max(2, number // 100))]

    def _of_file(self, number: int) -> Iterator[Mutant]:
        """Faults of marks, settings and names of single tabs; they have a sample of their own."""
        choose = random.Random(f"file {self.seed}")
        for fault in file_faults.faults(self.book, self.design.plan, number, choose):
            kind, tab, where, old, new, change = fault
            yield Mutant(kind, tab, tab, "", where, old, new, change)

    def _of(self, template: Template) -> Mutant | None:
        """A fault in a formula, of the kind that is rarest so far and can be there."""
        written = self.random.choice(self.templates[template])
        kinds = sorted(OF_FORMULAS, key=lambda kind: (self.count[kind], self.random.random()))
        for kind in kinds:
            one = self._formula(kind, written)
            if one is not None:
                self.count[kind] += 1
                return one
        return None

    def _formula(self, kind: str, written: Written) -> Mutant | None:
        if kind == "a value for a formula":
            return self._pasted(written)
        if kind == "a deleted cell":
            area = self.random.choice(written.areas)
            edits = {area.cell(0, 0).rpartition("!")[2]: Edit()}
            old = self._text(area)
            return self._mutant(kind, written, area, old, "nothing", edits)
        found = [spot for spot in self._spots(written) if spot.kind == kind]
        if not found:
            return None
        spot, areas = self.random.choice(found), written.areas
        if kind != "absolute for relative" and not self.random.randrange(_ONE_CELL):
            areas = (self.random.choice(areas),)
        edits = {}
        for area in areas:
            text = formula_faults.text(spot.rewrite(tokens(self._text(area))))
            edits[_address(area)] = Edit(formula=text)
        return self._mutant(kind, written, areas[0], spot.old, spot.new, edits)

    def _spots(self, written: Written) -> Iterator[Spot]:
        first, last = self._text(written.areas[0]), self._text(written.areas[-1])
        yield from formula_faults.spots(first)
        yield from formula_faults.frozen(first, last)
        yield from formula_faults.renamed(first, "another head", self._other_head(written.tab))
        yield from formula_faults.renamed(first, "another block", self._other_block())

    def _text(self, area: Area) -> str:
        """The formula of a cell, without the brackets of every other row."""
        text = self.book.formulas[area.sheet][_address(area)]
        pieces = tokens(text)
        inside = pieces[0].text == "(" and formula_faults.closes(pieces, 0) == len(pieces) - 1
        return formula_faults.text(pieces[1:-1]) if inside else text

    def _mutant(
        self,
        kind: str,
        written: Written,
        area: Area,
        old: str,
        new: str,
        edits: Mapping[str, Edit],
    ) -> Mutant:
        where = area.cell(0, 0) + (f" and {len(edits) - 1} others" if len(edits) > 1 else "")
        template = written.template
        change = Change({written.tab: edits}, {})
        return Mutant(kind, written.tab, template.range, template.field, where, old, new, change)

    def _pasted(self, written: Written) -> Mutant:
        """A formula, one array or one cell, replaced by what it gives with the file's prompt."""
        area, whole = self.random.choice(written.areas), written.placed
        cells = self.values[whole.range.name]
        top, left = area.row - whole.area.row, area.column - whole.area.column
        edits = {}
        for i in range(area.rows):
            for j in range(area.columns):
                value = cells[top + i, left + j]
                address = area.cell(i, j).rpartition("!")[2]
                edits[address] = Edit(value=value if isinstance(value, str) else float(value))
        old, new = self._text(area), repr(edits[_address(area)].value)
        return self._mutant("a value for a formula", written, area, old, new, edits)

    def _weight(self, placed: Placed) -> Mutant:
        """One weight changed by five in its fourth digit."""
        address, old = self._number(placed.area)
        number = Decimal(old)
        new = number + Decimal(5).scaleb(number.adjusted() - 3)
        return self._constant(OF_WEIGHTS, placed, address, old, new)

    def _table(self, placed: Placed) -> Mutant:
        """One number of a table changed by one, or a text by its first letter."""
        numbers = [a for a in _addresses(placed.area) if a in self.book.numbers[placed.area.sheet]]
        if numbers:
            address = self.random.choice(numbers)
            old = self.book.numbers[placed.area.sheet][address]
            return self._constant(OF_TABLES, placed, address, old, Decimal(old) + 1)
        address = self.random.choice(_addresses(placed.area))
        return self._constant(OF_TABLES, placed, address, "its text", "another text")

    def _number(self, area: Area) -> tuple[str, str]:
        numbers = self.book.numbers[area.sheet]
        address = self.random.choice([a for a in _addresses(area) if a in numbers])
        return address, numbers[address]

    def _constant(
        self, kind: str, placed: Placed, address: str, old: str, new: Decimal | str
    ) -> Mutant:
        tab = placed.area.sheet
        edit = Edit(value=new if isinstance(new, str) else float(new))
        change = Change({tab: {address: edit}}, {})
        return Mutant(kind, tab, placed.range.template.name, "", address, old, str(new), change)

    def _names(self, number: int) -> Iterator[Mutant]:
        """Names moved by a row or a column, and names that stand for cells of the same shape."""
        places = list(self.design.plan.places.values())
        for placed in self.random.sample(places, number):
            reference = placed.area.absolute
            moved = formula_faults.shifted(
                reference, *self.random.choice(((0, 1), (1, 1), (0, -1)))
            )
            yield self._name(OF_NAMES[0], placed, moved)
        for placed in self.random.sample(places, number):
            shape = placed.area.shape
            others = [p for p in places if p.area.shape == shape and p.area != placed.area]
            if others:
                yield self._name(OF_NAMES[1], placed, self.random.choice(others).area.absolute)

    def _name(self, kind: str, placed: Placed, new: str) -> Mutant:
        name, area = placed.range.name, placed.area
        change = Change({}, {name: new})
        template = placed.range.template.name
        return Mutant(kind, area.sheet, template, "", name, area.absolute, new, change, name)

    def _labels(self, number: int) -> Iterator[Mutant]:
        """Labels that show the next cell, or count on from another number."""
        for area in self.random.sample(targets.labelled(self.design), number):
            address = self.random.choice(_addresses(area))
            old = self.book.formulas[area.sheet].get(address)
            if old is not None:
                new = formula_faults.shifted(old, *self.random.choice(((0, 1), (1, 1))))
                edit = Edit(formula=new)
            else:
                old = self.book.numbers[area.sheet].get(address, "a text")
                new = "1000"
                edit = Edit(value=1000.0)
            change = Change({area.sheet: {address: edit}}, {})
            yield Mutant(OF_LABELS, area.sheet, area.absolute, "", address, old, new, change)

    def _plant(self, kind: str, value: str) -> Mutant:
        change = Change({}, {}, (kind, value))
        return Mutant(PLANTED, "", "every formula", "", "all tabs", "no result", value, change)

    def _other_head(self, tab: str) -> formula_faults.Other:
        """References to the cells of a head, moved to those of another."""
        heads: dict[tuple[str, str, int], list[Placed]] = {}
        for placed in self.design.plan.places.values():
            template = placed.range.template.name
            if "{head}" in template:
                key = (placed.area.sheet, template, placed.range.columns)
                heads.setdefault(key, []).append(placed)

        def other(token: Token) -> str | None:
            if token.kind != "reference":
                return None
            sheet, _, local = token.text.rpartition("!")
            column = row_and_column(local.replace("$", "").partition(":")[0])[1]
            for (where, _, _), found in heads.items():
                if where != (sheet.strip("'") or tab):
                    continue
                for n, placed in enumerate(found):
                    if placed.area.column == column:
                        by = found[(n + 1) % len(found)].area.column - column
                        return formula_faults.shifted(token.text, 1, by)
            return None

        return other

    def _other_block(self) -> formula_faults.Other:
        """Names and tabs of a block, as those of the next one."""
        blocks = self.design.form.blocks

        def other(token: Token) -> str | None:
            for n, block in enumerate(blocks):
                for before, after in ((f"h_{block}_", "h_{}_"), (f"'h{block} ", "'h{} ")):
                    if token.text.startswith(before):
                        next_block = blocks[(n + 1) % len(blocks)]
                        return after.format(next_block) + token.text[len(before) :]
            return None

        return other


def _address(area: Area) -> str:
    """The address of an area's first cell, without its tab."""
    return area.cell(0, 0).rpartition("!")[2]


def _addresses(area: Area) -> Sequence[str]:
    return [
        area.cell(i, j).rpartition("!")[2] for i in range(area.rows) for j in range(area.columns)
    ]
