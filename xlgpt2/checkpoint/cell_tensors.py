"""Weights as the workbook stores them: by range name, in the chosen precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from xlgpt2.checkpoint.exact_sums import Sums, exact_sums
from xlgpt2.checkpoint.precision import (
    Numbers,
    Precision,
    Written,
    as_written,
    column_scales,
    quantized,
)
from xlgpt2.checkpoint.tensors import ArrayTensor, Tensor, row_ranges

if TYPE_CHECKING:  # packing processes import this module and no families
    from xlgpt2.checkpoint.families.family import Family

#: The suffix of a range that holds the scales of another range's columns.
SCALE = "_scale"


@dataclass(frozen=True, eq=False)
class CellTensor:
    """One range of weights; `scales` [columns] if it holds int8 numbers."""

    tensor: Tensor
    precision: Precision
    scales: Numbers | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of its range; a vector is one row."""
        shape = self.tensor.shape
        return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])

    def rows(self, start: int, stop: int) -> Written:
        """The cells of some rows, [stop - start, columns]."""
        numbers = self.tensor.rows(start, stop)
        if self.scales is not None:
            return quantized(numbers, self.scales)
        return self.precision.written(numbers)

    @cached_property
    def sums(self) -> Sums:
        """The sums of its numbers and of their squares; its cells are read once."""
        return exact_sums(self.rows(start, stop) for start, stop in row_ranges(self.tensor))

    def part(self, start: int, stop: int) -> CellTensor:
        """Some of its rows, not read yet."""
        return replace(self, tensor=self.tensor.part(start, stop))

    def numbers(self) -> Numbers:
        """The numbers of all cells, as a spreadsheet reads them."""
        result = np.empty(self.shape)
        for start, stop in row_ranges(self.tensor):
            result[start:stop] = as_written(self.rows(start, stop))
        return result


def cell_tensors(
    tensors: Mapping[str, Tensor], precision: Precision, family: Family
) -> dict[str, CellTensor]:
    """Every range of weights by its name in the workbook; with int8 also the scales."""
    ranges: dict[str, CellTensor] = {}
    unscaled = Precision("float32", precision.digits) if precision.scaled else precision
    for tensor_name, tensor in tensors.items():
        name = family.range_name(tensor_name)
        # Norms and biases take little space, and each of their numbers matters more.
        if precision.scaled and len(tensor.shape) == 2:
            scales = ArrayTensor(column_scales(tensor))
            ranges[name] = CellTensor(tensor, precision, as_written(scales.array))
            ranges[name + SCALE] = CellTensor(scales, Precision())
        else:
            ranges[name] = CellTensor(tensor, unscaled)
    return ranges
