"""Sources: where the constants of a range come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What the tab Check records of each range of weights, as in the field of a template.
RecordedQuantity = Literal["name", "count", "sum", "sum_of_squares"]


@dataclass(frozen=True)
class Tensor:
    """A tensor of the checkpoint, by its name there."""

    name: str


@dataclass(frozen=True)
class Scale:
    """The scales of the columns of an int8 tensor, by the tensor's name."""

    tensor: str


@dataclass(frozen=True)
class Table:
    """A table that comes with the model or its workbook, by its name."""

    name: str


@dataclass(frozen=True)
class Record:
    """A quantity recorded at the build, one row for each of the ranges."""

    quantity: RecordedQuantity
    ranges: tuple[str, ...]


@dataclass(frozen=True)
class Index:
    """Whole numbers down the rows, counted from `start`."""

    start: int


@dataclass(frozen=True)
class Values:
    """Numbers and texts in the template itself, row by row."""

    rows: tuple[tuple[float | str, ...], ...]


@dataclass(frozen=True)
class Input:
    """Input cells, by their name; `default` is the value of each in a new workbook.

    With `rows` their values differ, row by row.
    """

    name: str
    default: float | str = ""
    rows: tuple[tuple[float | str, ...], ...] = ()


@dataclass(frozen=True)
class View:
    """Columns of another range under a name of their own; they have no cells."""

    range: str
    first_column: int


Source = Tensor | Scale | Table | Record | Index | Values | Input | View
