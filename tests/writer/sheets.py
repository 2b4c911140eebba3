"""A workbook's cells as they are displayed: values after the rules that hide them."""

import re
from functools import cache

import numpy as np
import openpyxl
from openpyxl.utils import column_index_from_string, range_boundaries

from xlgpt2.engines import get_engine
from xlgpt2.layout.labels import labels
from xlgpt2.xlsx.reading.workbook import open_workbook

#: The forms of rules that hide a cell: by the row label or a range beside it, or by the column
#: label.
_CONDITION = re.compile(
    r"(?P<zero>N\()?('(?P<tab>[^']+)'!)?\$(?P<column>[A-Z]+)(?P<fixed>\$?)(?P<row>\d+)(?:\)=0|=\"\")"
)
_BY_COLUMN = re.compile(r'(?P<column>[A-Z]+)\$(?P<row>\d+)=""')


@cache
def opened(path):
    """A workbook in openpyxl, which tests only read."""
    return openpyxl.load_workbook(path)


class Sheets:
    """A workbook's cells as displayed: an engine's values after conditional formatting."""

    def __init__(self, plan, path, inputs) -> None:
        readings = next(iter(get_engine("formulas").recalculate(open_workbook(path), [inputs])))
        self.plan, self.book, self.values = plan, opened(path), {}
        for name, placed in plan.places.items():
            self._add(placed.area, readings.values[name])
        for tab in plan.tabs:
            for over in labels(plan, tab):
                cells = readings.values[over.of] if over.kind == "range" else np.empty((0, 1))
                across = over.area.rows == 1 < over.area.columns
                self._add(over.area, cells.T if across else cells[: over.area.rows])
        self._hide()

    def _add(self, area, cells):
        for i, row in enumerate(cells.tolist()):
            for j, value in enumerate(row):
                self.values[area.sheet, area.row + i, area.column + j] = value

    def _hide(self):
        """Clear the values of cells that a rule hides with an empty number format."""
        hidden = set()
        for sheet, formatting in [(s, f) for s in self.book for f in s.conditional_formatting]:
            for rule in formatting.rules:
                if rule.dxf and rule.dxf.numFmt and rule.dxf.numFmt.formatCode == ";;;":
                    for part in str(formatting.sqref).split():
                        left, top, right, bottom = range_boundaries(part)
                        hidden |= {
                            (sheet.title, row, column)
                            for row in range(top, bottom + 1)
                            for column in range(left, right + 1)
                            if self._applies(sheet.title, rule, row - top, column - left)
                        }
        self.values |= dict.fromkeys(hidden & self.values.keys(), "")

    def _applies(self, sheet, rule, below, beside):
        if match := _BY_COLUMN.fullmatch(rule.formula[0]):
            column = column_index_from_string(match["column"]) + beside
            return self.values[sheet, int(match["row"]), column] == ""
        match = _CONDITION.fullmatch(rule.formula[0])
        row = int(match["row"]) + (0 if match["fixed"] else below)
        value = self.values[match["tab"] or sheet, row, column_index_from_string(match["column"])]
        return value in ("", 0) if match["zero"] else value == ""

    def rows(self, sheet, area):
        """The cells of a range as displayed, row by row."""
        return [
            [str(self.values[sheet, area.row + i, area.column + j]) for j in range(area.columns)]
            for i in range(area.rows)
        ]
