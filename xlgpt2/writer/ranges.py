"""Ranges on a sheet: formulas or constants, and defined names."""

from __future__ import annotations

from collections.abc import Callable

from openpyxl.workbook.defined_name import DefinedName

from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.errors import ShapeError, TemplateError, located
from xlgpt2.layout.formula_cells import formula_cells
from xlgpt2.layout.layout import Placed
from xlgpt2.stages.stages import Range
from xlgpt2.writer.rules import write_rules
from xlgpt2.writer.sheet import Sheet
from xlgpt2.writer.typing_rules import add_typing_rule

#: The constants of a range without formulas.
Contents = Callable[[Range], Cells | CellTensor]


def write_range(sheet: Sheet, placed: Placed, contents: Contents) -> int:
    """Write a range and its defined name; returns the number of formulas."""
    target, area = placed.range, placed.area
    sheet.workbook.defined_names[target.name] = DefinedName(target.name, attr_text=area.absolute)
    if target.view_of:
        return 0
    style = sheet.styles.of_range(target)
    count = 0
    if target.parts:
        formulas = formula_cells(sheet.plan, sheet.tab, placed, in_file=True)
        count = sheet.formulas(area, formulas, style)
    # Errors about weights that can't be read or rounded have a location of their own.
    with located(f"{sheet.tab.stage.file}: range {target.name}", TemplateError):
        if not target.parts:
            _write_constants(sheet, placed, contents(target), style)
        add_typing_rule(sheet, placed)
        write_rules(sheet, placed)
    return count


def _write_constants(sheet: Sheet, placed: Placed, values: Cells | CellTensor, style: str) -> None:
    area = placed.area
    if isinstance(values, CellTensor):
        if values.shape != area.shape:
            raise ShapeError(
                f"shape: expected {list(values.shape)} as the tensor, got {list(area.shape)}",
                "fix the shape in the template",
            )
        sheet.weights(area, values, style)
    else:
        sheet.table(area.row, area.column, values, style)
