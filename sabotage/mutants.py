"""Mutants with one fault each, in formulas of all templates, tensors, tables, names and labels."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sabotage import file_faults, formula_faults, targets
from sabotage.book import Book, Change, Edit
from sabotage.formula_faults import Spot, Token, tokenize
from sabotage.targets import Template, TemplateCells
from xlgpt2.cells.address import Area, row_and_column
from xlgpt2.cells.values import Cells
from xlgpt2.designs.design import Design
from xlgpt2.layout.layout import Placed

#: The kinds of faults in formulas, in the order of the report.
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

#: Kinds that are not faults: the workbook must still be verified.
HARMLESS = (PLANTED, file_faults.HARMLESS)

#: Wrong cached values, after their types.
_CACHED_VALUES = (("", "0.5"), ("str", "a text"), ("e", "#N/A"))

#: One in so many faults is in one cell; the others are in all cells that share the formula.
_ONE_CELL = 4


@dataclass(frozen=True)
class Mutant:
    """A workbook with one fault: its kind, where it is, and the text before and after.

    `range` and `field` are those of the template. `name` is the name that a report must give if
    it is to give a name and not a tab.
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
    """The maker of a workbook's mutants; `values` are those of its ranges for its own prompt."""

    def __init__(self, design: Design, book: Book, values: Mapping[str, Cells], seed: int) -> None:
        self.design, self.book, self.values = design, book, values
        self.seed, self.random = seed, random.Random(seed)
        self.count: Counter[str] = Counter()
        self.templates = targets.templates(design)

    def mutants(self, number: int) -> list[Mutant]:
        """At least `number` mutants: one for every template and tensor, then more of all kinds."""
        result = [m for template in self.templates if (m := self._of(template)) is not None]
        result += [self._weight(placed) for placed in targets.tensors(self.design)]
        result += [self._table(placed) for placed in targets.tables(self.design)]
        result += self._names(max(1, number // 20))
        result += self._labels(max(1, number // 50))
        result += [self._plant(*cached) for cached in _CACHED_VALUES]
        templates = list(self.templates)
        while len(result) < number:
            mutant = self._of(self.random.choice(templates))
            result += [mutant] if mutant is not None else []
        return [*result, *self._of_file(max(2, number // 100))]

    def _of_file(self, number: int) -> Iterator[Mutant]:
        """Faults of array marks, settings and local names, with random numbers of their own."""
        rng = random.Random(f"file {self.seed}")
        for fault in file_faults.faults(self.book, self.design.plan, number, rng):
            kind, tab, where, old, new, change = fault
            yield Mutant(kind, tab, tab, "", where, old, new, change)

    def _of(self, template: Template) -> Mutant | None:
        """A fault in a formula, of the rarest possible kind so far."""
        group = self.random.choice(self.templates[template])
        kinds = sorted(OF_FORMULAS, key=lambda kind: (self.count[kind], self.random.random()))
        for kind in kinds:
            mutant = self._formula(kind, group)
            if mutant is not None:
                self.count[kind] += 1
                return mutant
        return None

    def _formula(self, kind: str, group: TemplateCells) -> Mutant | None:
        if kind == "a value for a formula":
            return self._pasted(group)
        if kind == "a deleted cell":
            area = self.random.choice(group.areas)
            edits = {area.cell(0, 0).rpartition("!")[2]: Edit()}
            old = self._text(area)
            return self._mutant(kind, group, area, old, "nothing", edits)
        spots = [spot for spot in self._spots(group) if spot.kind == kind]
        if not spots:
            return None
        spot, areas = self.random.choice(spots), group.areas
        if kind != "absolute for relative" and not self.random.randrange(_ONE_CELL):
            areas = (self.random.choice(areas),)
        edits = {}
        for area in areas:
            text = formula_faults.join(spot.rewrite(tokenize(self._text(area))))
            edits[_address(area)] = Edit(formula=text)
        return self._mutant(kind, group, areas[0], spot.old, spot.new, edits)

    def _spots(self, group: TemplateCells) -> Iterator[Spot]:
        first, last = self._text(group.areas[0]), self._text(group.areas[-1])
        yield from formula_faults.spots(first)
        yield from formula_faults.frozen(first, last)
        yield from formula_faults.renamed(first, "another head", self._other_head(group.tab))
        yield from formula_faults.renamed(first, "another block", self._other_block())

    def _text(self, area: Area) -> str:
        """The formula of a cell, without the parentheses that every other row has around it."""
        text = self.book.formulas[area.sheet][_address(area)]
        tokens = tokenize(text)
        last = len(tokens) - 1
        enclosed = tokens[0].text == "(" and formula_faults.closing_index(tokens, 0) == last
        return formula_faults.join(tokens[1:-1]) if enclosed else text

    def _mutant(
        self,
        kind: str,
        group: TemplateCells,
        area: Area,
        old: str,
        new: str,
        edits: Mapping[str, Edit],
    ) -> Mutant:
        where = area.cell(0, 0) + (f" and {len(edits) - 1} others" if len(edits) > 1 else "")
        template = group.template
        change = Change({group.tab: edits}, {})
        return Mutant(kind, group.tab, template.range, template.field, where, old, new, change)

    def _pasted(self, group: TemplateCells) -> Mutant:
        """A formula, one array or one cell, replaced by its values for the file's prompt."""
        area, placed = self.random.choice(group.areas), group.placed
        cells = self.values[placed.range.name]
        top, left = area.row - placed.area.row, area.column - placed.area.column
        edits = {}
        for i in range(area.rows):
            for j in range(area.columns):
                value = cells[top + i, left + j]
                address = area.cell(i, j).rpartition("!")[2]
                edits[address] = Edit(value=value if isinstance(value, str) else float(value))
        old, new = self._text(area), repr(edits[_address(area)].value)
        return self._mutant("a value for a formula", group, area, old, new, edits)

    def _weight(self, placed: Placed) -> Mutant:
        """A weight whose fourth digit is changed by five."""
        address, old = self._number(placed.area)
        number = Decimal(old)
        new = number + Decimal(5).scaleb(number.adjusted() - 3)
        return self._constant(OF_WEIGHTS, placed, address, old, new)

    def _table(self, placed: Placed) -> Mutant:
        """A number of a table changed by one, or a text replaced."""
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
        """Names moved by a row or a column, and names of other cells of the same shape."""
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
        """Labels that show the next cell, or continue from another number."""
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

    def _other_head(self, tab: str) -> formula_faults.Confusable:
        """References to the cells of a head, moved to the next head's."""
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
            for (head_tab, _, _), head_ranges in heads.items():
                if head_tab != (sheet.strip("'") or tab):
                    continue
                for n, placed in enumerate(head_ranges):
                    if placed.area.column == column:
                        by = head_ranges[(n + 1) % len(head_ranges)].area.column - column
                        return formula_faults.shifted(token.text, 1, by)
            return None

        return other

    def _other_block(self) -> formula_faults.Confusable:
        """Names and tabs of a block, replaced by the next block's."""
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
