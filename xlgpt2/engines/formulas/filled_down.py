"""Formulas that are filled down: they differ only in row numbers, and are parsed together.

Of each such formula only the numbers are read; its other text is that of the first one.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.patterns import FormulaParser, ParsedFormula, Pattern
from xlgpt2.xlsx.reading.formulas import FileFormula
from xlgpt2.xlsx.references import HOLE, reference_spans

#: A number that may be a row: of at most six digits, so that each such row exists.
_NUMBER = re.compile("([1-9][0-9]{0,5})")

#: A number that is not read as a whole where it may be a row: one with more digits or a 0 before.
_INCOMPLETE = re.compile(f"[A-Z$]0+{HOLE}|{HOLE}[0{HOLE}]", re.IGNORECASE)

#: More than any row takes, so that two rows and the number of a column fit into one number.
_ROW_BITS = 21
_LAST_ROW = (1 << _ROW_BITS) - 1

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Operand:
    """An operand of several formulas: for each a rectangle, all in the same columns of a sheet."""

    sheet: str
    column: int
    columns: int
    first: Numbers
    last: Numbers

    def area(self, index: int) -> Area:
        """The rectangle of one of the formulas."""
        first = int(self.first[index])
        rows = int(self.last[index]) - first + 1
        return Area(self.sheet, first, self.column, rows, self.columns)

    def of(self, members: Numbers) -> Operand:
        """The same operand of some of the formulas, by index."""
        first, last = self.first[members], self.last[members]
        return Operand(self.sheet, self.column, self.columns, first, last)

    def rows(self) -> Numbers:
        """The first and the last row of each rectangle as one number."""
        return (self.first << _ROW_BITS) + self.last


@dataclass(frozen=True, eq=False)
class FilledDown:
    """Formulas, by number, with the same pattern, and the operands that its placeholders stand for.

    `cells` are those of C_0, C_1, ..., and `areas` those of A_0, A_1, ...
    """

    pattern: Pattern
    formulas: Numbers
    cells: tuple[Operand, ...]
    areas: tuple[Operand, ...]


def filled_down(formulas: Sequence[FileFormula], parser: FormulaParser) -> list[FilledDown]:
    """All formulas of a workbook, in groups; raises what `FormulaParser.parse` does."""
    shapes: dict[tuple[str, str], _Shape] = {}
    similar: dict[tuple[str, str, object], _Similar] = {}
    for number, formula in enumerate(formulas):
        parts = _NUMBER.split(formula.text)
        key = formula.area.sheet, HOLE.join(parts[::2])
        numbers = parts[1::2]
        if (shape := shapes.get(key)) is None:
            shape = shapes[key] = _shape(formula.text, key[1])
        whole_key = *key, shape.fixed(numbers)
        if (same := similar.get(whole_key)) is None:
            parsed = parser.parse(formula.text, formula.area)
            same = similar[whole_key] = _Similar(parsed, shape)
        same.formulas.append(number)
        same.numbers.append(numbers)
    return [group for same in similar.values() for group in same.groups()]


@dataclass(frozen=True)
class _Shape:
    """Which numbers in a formula are rows; `fixed` returns the others.

    `rows` has the indices of the rows of each reference. It is empty, and all numbers are fixed, if
    one is incomplete.
    """

    fixed: Callable[[list[str]], object]
    rows: tuple[tuple[int, ...], ...]


def _shape(text: str, shape: str) -> _Shape:
    """The shape of a formula, which follows from its text without the numbers alone."""
    starts = [match.start() for match in _NUMBER.finditer(text)]
    rows = [] if _INCOMPLETE.search(shape) else list(_row_numbers(text, starts))
    if not all(rows):
        rows = []
    fixed = sorted(set(range(len(starts))).difference(itertools.chain.from_iterable(rows)))
    return _Shape(itemgetter(*fixed) if fixed else _none, tuple(rows))


def _row_numbers(text: str, starts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The indices of the numbers in each reference that are its rows, one or two."""
    for start, end in reference_spans(text):
        local = start + text[start:end].rfind("!") + 1  # after the sheet's name
        numbers = range(bisect_left(starts, local), bisect_left(starts, end))
        complete = len(numbers) == 1 + text.count(":", local, end)
        yield tuple(numbers) if complete else ()


def _none(_: list[str]) -> None:
    """No numbers."""


@dataclass(frozen=True, eq=False)
class _Similar:
    """Formulas that differ only in rows: the first one parsed, and the numbers in each."""

    parsed: ParsedFormula
    shape: _Shape
    formulas: list[int] = field(default_factory=list)
    numbers: list[list[str]] = field(default_factory=list)

    def groups(self) -> Iterator[FilledDown]:
        """The formulas by pattern: operands that are the same cell in one need not be in others."""
        operands = self._operands()
        formulas = np.array(self.formulas, dtype=np.int64)
        kinds = _with_same_pattern(operands, len(formulas))
        if len(kinds) == 1:
            yield _group(self.parsed.pattern(), formulas, operands)
            return
        for members in kinds:
            first = tuple(operand.area(members[0]) for operand in operands)
            yield _group(
                ParsedFormula(self.parsed.skeleton, first).pattern(),
                formulas[members],
                [operand.of(members) for operand in operands],
            )

    def _operands(self) -> list[Operand]:
        """The operands of all formulas: references with the rows of each, and names."""
        count = len(self.formulas)
        flat = map(int, itertools.chain.from_iterable(self.numbers))
        numbers = np.fromiter(flat, dtype=np.int64).reshape(count, -1)
        operands = []
        for area, rows in itertools.zip_longest(self.parsed.operands, self.shape.rows):
            if rows is None:
                first = np.full(count, area.row)
                last = first + area.rows - 1
            elif len(rows) == 1:
                first = last = numbers[:, rows[0]]
            else:
                first = np.minimum(numbers[:, rows[0]], numbers[:, rows[1]])
                last = np.maximum(numbers[:, rows[0]], numbers[:, rows[1]])
            operands.append(Operand(area.sheet, area.column, area.columns, first, last))
        return operands


def _group(pattern: Pattern, formulas: Numbers, operands: Sequence[Operand]) -> FilledDown:
    """Formulas with the same pattern, with the operands of its placeholders."""
    return FilledDown(
        pattern,
        formulas,
        tuple(operands[i] for i in pattern.cells),
        tuple(operands[i] for i in pattern.areas),
    )


def _with_same_pattern(operands: Sequence[Operand], count: int) -> list[Numbers]:
    """The indices of `count` formulas, in groups in which the same operands are equal or cells."""
    if count == 1 or not operands:
        return [np.arange(count)]
    columns: dict[tuple[str, int, int], int] = {}
    keys = [(operand.sheet, operand.column, operand.columns) for operand in operands]
    numbers = [columns.setdefault(key, len(columns)) for key in keys]
    rows = np.stack([operand.rows() for operand in operands], axis=1)
    equal = _first_equal(rows * len(columns) + numbers)
    # Those of several columns are areas in all formulas.
    is_cell = (rows >> _ROW_BITS == rows & _LAST_ROW) & [
        operand.columns == 1 for operand in operands
    ]
    traits = np.concatenate([equal, is_cell], axis=1)
    if (traits == traits[0]).all():
        return [np.arange(count)]
    _, kinds = np.unique(traits, axis=0, return_inverse=True)
    kinds = kinds.ravel()
    return np.split(np.argsort(kinds, kind="stable"), np.cumsum(np.bincount(kinds))[:-1])


def _first_equal(values: Numbers) -> Numbers:
    """The index of the first equal value in the same row, for each."""
    order = np.argsort(values, axis=1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=1)
    starts = np.zeros(values.shape, dtype=np.int64)
    starts[:, 1:] = np.where(ranked[:, 1:] != ranked[:, :-1], np.arange(1, values.shape[1]), 0)
    starts = np.maximum.accumulate(starts, axis=1)
    first = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(first, order, np.take_along_axis(order, starts, axis=1), axis=1)
    return first
