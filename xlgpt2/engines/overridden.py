"""What is typed into single cells, and the array formulas that are replaced by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.engines.inputs import Typed, part_of_array
from xlgpt2.xlsx.package import Contents, open_package
from xlgpt2.xlsx.reading.formulas import FileFormula, read_formulas

#: A row and a column, counted from 1.
Place = tuple[int, int]


class SheetFormulas:
    """The formulas of a workbook's sheets, read from the file where they are asked for."""

    def __init__(self, path: Path, contents: Contents) -> None:
        self._path, self._contents = path, contents
        self._known: dict[str, list[FileFormula]] = {}

    def on(self, sheet: str) -> list[FileFormula]:
        """The formulas of a sheet."""
        if sheet not in self._known:
            with open_package(self._path) as package:
                self._known[sheet], _errors = read_formulas(
                    package, self._contents.sheets[sheet], sheet, self._contents.most_cells
                )
        return self._known[sheet]

    def replaced(self, sheet: str, typed_here: Collection[Place]) -> list[Area]:
        """The array formulas, those of a single cell left out, that are typed over.

        Raises PromptError where a part of one is.
        """
        arrays = [formula.area for formula in self.on(sheet) if formula.area.shape != (1, 1)]
        return [array for array in arrays if _is_replaced(array, typed_here)]


def by_sheet(blocks: Sequence[Typed]) -> Mapping[str, Mapping[Place, float | str]]:
    """What is typed into each cell, sheet by sheet; of two values for a cell the later one."""
    sheets: dict[str, dict[Place, float | str]] = {}
    for block in blocks:
        values = [value for row in block.rows for value in row]
        sheets.setdefault(block.area.sheet, {}).update(zip(places(block.area), values, strict=True))
    return sheets


def places(area: Area) -> list[Place]:
    """The cells of an area, row by row."""
    return [
        (row, column)
        for row in range(area.row, area.row + area.rows)
        for column in range(area.column, area.column + area.columns)
    ]


def _is_replaced(array: Area, typed_here: Collection[Place]) -> bool:
    """Whether an array formula is typed over; raises PromptError where a part of it is."""
    cells = places(array)
    covered = [place in typed_here for place in cells]
    if any(covered) and not all(covered):
        row, column = cells[covered.index(True)]
        raise part_of_array(Area(array.sheet, row, column, 1, 1), array)
    return all(covered)
