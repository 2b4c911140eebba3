"""Lookup functions for `formulas`: whole rows from INDEX, MATCH and MMULT at numpy's speed."""

from __future__ import annotations

import numpy as np
from formulas.functions import Array
from formulas.tokens.operand import Error, XlError
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells
from xlgpt2.engines.formulas.functions_ranges import (
    FoundError,
    elements,
    is_number,
)
from xlgpt2.engines.formulas.grid import (
    EMPTY,
    MISSING_ERROR,
    NUMBER_TYPES,
    VALUE_ERROR,
    Function,
    Value,
)

REFERENCE_ERROR = Error.errors["#REF!"]


def index(array: Value, row: Value, column: Value = None, _area: Value = 1) -> Value:
    """INDEX: `formulas` returns the first cell for a whole row (its bug 127), and 0 for a blank.

    If `row` or `column` is an array, the result is an array of single cells.
    """
    cells = np.atleast_2d(array)
    if column is None:
        row, column = (1, row) if cells.shape[0] == 1 else (row, 1 if cells.shape[1] == 1 else 0)
    rows, columns = np.broadcast_arrays(
        np.asarray(row, dtype=object), np.asarray(column, dtype=object)
    )
    if rows.size == 1:
        return _picked(cells, rows.item(), columns.item())
    result = np.empty(rows.size, dtype=object)
    for i, (r, c) in enumerate(zip(rows.ravel().tolist(), columns.ravel().tolist(), strict=True)):
        picked = _picked(cells, r, c)
        if picked.size != 1:
            return VALUE_ERROR  # a whole row or column does not fit into a cell
        result[i] = picked.item()
    return result.reshape(rows.shape)


def _picked(cells: Cells, row: Value, column: Value) -> Cells:
    """A cell of an array as a range, or a whole row or column if a number is 0."""
    try:
        i, j = _position(row), _position(column)
    except FoundError as error:
        return np.array([[error.value]], dtype=object)
    if i > cells.shape[0] or j > cells.shape[1]:
        return np.array([[REFERENCE_ERROR]], dtype=object)
    rows = slice(i - 1, i) if i else slice(None)
    columns = slice(j - 1, j) if j else slice(None)
    return cells[rows, columns]


def _position(value: Value) -> int:
    """A row or column number; raises FoundError if it is not one."""
    if isinstance(value, XlError):
        raise FoundError(value)
    if value is EMPTY:
        return 0
    try:
        position = int(float(value))
    except ValueError:
        position = -1
    if position < 0:
        raise FoundError(VALUE_ERROR)
    return position


def fast_match(original: Function) -> Function:
    """MATCH that searches numbers with numpy, a sorted column by bisection.

    The original, which still does the rest, looks at every cell in Python, and finds the first or
    the last of equal numbers, depending on their positions.
    """

    def match(lookup_value: Value, column: Value, kind: Value = 1) -> Value:
        kinds = elements(kind)
        if len(kinds) != 1 or kinds[0] not in (0, 1):
            return original(lookup_value, column, kind)
        search = _Search(column, is_sorted=bool(kinds[0]))
        positions = [
            search.position(value)
            if is_number(value)
            else elements(original(value, column, kind))[0]
            for value in elements(lookup_value)
        ]
        return np.array(positions, dtype=object).reshape(np.shape(lookup_value)).view(Array)

    return match


class _Search:
    """The numbers of a row or column, and their positions in it."""

    def __init__(self, column: Value, is_sorted: bool) -> None:
        self.is_sorted = is_sorted
        self.positions: NDArray[np.int64] | None = None
        if isinstance(column, np.ndarray) and column.dtype == np.float64:
            self.numbers = column.ravel()
            return
        values = elements(column)
        positions = [i for i, value in enumerate(values) if is_number(value)]
        self.numbers = np.array([values[i] for i in positions], dtype=np.float64)
        self.positions = np.array(positions, dtype=np.int64)

    def position(self, number: float) -> Value:
        """The position of a number, counted from 1, or #N/A.

        In a sorted column, of the last number not above it; else of the first that equals it.
        """
        if self.is_sorted:
            at = int(np.searchsorted(self.numbers, number, side="right")) - 1
        else:
            equal = self.numbers == number
            at = int(equal.argmax()) if equal.any() else -1
        if at < 0:
            return MISSING_ERROR
        return float(at + 1 if self.positions is None else self.positions[at] + 1)


def fast_mmult(original: Function) -> Function:
    """MMULT of numbers; the original, for blanks, first looks at every number in Python."""

    def mmult(left: Value, right: Value) -> Value:
        left, right = _unboxed(left), _unboxed(right)
        if not (_is_matrix(left) and _is_matrix(right)):
            return original(left, right)
        if left.shape[1] != right.shape[0]:
            return VALUE_ERROR
        return np.dot(left, right).view(Array)

    return mmult


def _unboxed(array: Value) -> Value:
    """An array of objects as float64 if all of them are numbers; any other value unchanged.

    Functions of `formulas` return objects, for example for a norm inside MMULT.
    """
    if not (isinstance(array, np.ndarray) and array.dtype == object):
        return array
    # Checked by type, since numpy would convert the text "12" into a number.
    all_numbers = set(map(type, array.ravel().tolist())) <= NUMBER_TYPES
    return array.astype(np.float64) if all_numbers else array


def _is_matrix(array: Value) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == np.float64 and array.ndim == 2


def rows(array: Value) -> float:
    """ROWS: `formulas` expects a reference, and here values are passed."""
    return float(np.atleast_2d(array).shape[0])


def columns(array: Value) -> float:
    """COLUMNS: `formulas` expects a reference, and here values are passed."""
    return float(np.atleast_2d(array).shape[1])
