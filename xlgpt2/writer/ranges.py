"""Ranges on a sheet: their formulas or constants, names, rules and colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from openpyxl.formatting.rule import ColorScale, FormatObject, Rule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName

from xlgpt2.cells.values import Cells
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.errors import ShapeError, TemplateError, located
from xlgpt2.layout.formula_cells import formula_cells
from xlgpt2.layout.layout import Placed
from xlgpt2.stages.stages import Range
from xlgpt2.stages.templates import Paint
from xlgpt2.writer.empty_rows import empty_columns, empty_rows
from xlgpt2.writer.sheet import Sheet
from xlgpt2.writer.typing_rules import typing_rule

#: The constants of a range whose cells are no formulas.
Contents = Callable[[Range], Cells | CellTensor]


def write_range(sheet: Sheet, placed: Placed, contents: Contents) -> int:
    """Writes a range and its defined name; gives the number of formulas written."""
    target, area = placed.range, placed.area
    sheet.workbook.defined_names[target.name] = DefinedName(target.name, attr_text=area.absolute)
    if target.view_of:
        return 0
    style = sheet.styles.of_range(target)
    count = 0
    if target.parts and sheet.tab.stage.by_hand:
        for cells in formula_cells(sheet.plan, sheet.tab, placed, in_file=True):
            sheet.formula(cells, style)
            count += 1
    elif target.parts:
        count = sheet.formulas(
            area, formula_cells(sheet.plan, sheet.tab, placed, in_file=True), style
        )
    # Weights that can't be read or rounded say themselves where they are.
    with located(f"{sheet.tab.stage.file}: range {target.name}", TemplateError):
        if not target.parts:
            _write_constants(sheet, placed, contents(target), style)
        typing_rule(sheet, placed)
    _colour(sheet, placed)
    return count


def _write_constants(sheet: Sheet, placed: Placed, values: Cells | CellTensor, style: str) -> None:
    area = placed.area
    if isinstance(values, CellTensor):
        if values.shape != area.shape:
            raise ShapeError(
                f"shape: expected {list(values.shape)} as the tensor, got {list(area.shape)}",
                "mend the shape in the template",
            )
        sheet.weights(area, values, style)
    elif sheet.tab.stage.by_hand:
        for i, row in enumerate(values.tolist()):
            for j, value in enumerate(row):
                sheet.constant(area.row + i, area.column + j, value, style)
    else:
        sheet.table(area.row, area.column, values, style)


def _colour(sheet: Sheet, placed: Placed) -> None:
    """Rules that colour cells by what they hold: how they look, never what they are."""
    target, area = placed.range, placed.area
    palette = sheet.styles.palette
    rules: list[Rule] = []
    if target.role == "weight" and sheet.compact:
        rules.append(_compact_style(sheet, target))
    if target.template.triangle == "lower":
        # Later columns than the row's own position: the future.
        future = f"COLUMN()-{area.column}>ROW()-{area.row}"
        grey = PatternFill("solid", start_color=palette.future.fill, end_color=palette.future.fill)
        style = DifferentialStyle(fill=grey)
        rules.append(Rule(type="expression", formula=[future], dxf=style, stopIfTrue=True))
    hidden = (empty_rows(sheet, placed), empty_columns(sheet, placed))
    rules += [rule for rule in hidden if rule is not None]
    if target.template.colour_scale:
        # From 0 to a fixed number, so that heads and prompts can be compared.
        most = target.template.colour_top
        top = FormatObject("max") if most is None else FormatObject("num", most)
        colours = [Color(palette.scale_low), Color(palette.scale_high)]
        scale = ColorScale([FormatObject("num", 0), top], colours)
        rules.append(Rule(type="colorScale", colorScale=scale))
    if target.template.good is not None:
        rules += _verdict(sheet, target.template.good)
    for rule in rules:
        sheet.worksheet.conditional_formatting.add(area.local, rule)


def _verdict(sheet: Sheet, good: str) -> list[Rule]:
    """Green for one text and red for every other, and for errors."""
    palette = sheet.styles.palette
    rules = []
    verdicts: tuple[tuple[Literal["equal", "notEqual"], Paint], ...] = (
        ("equal", palette.good),
        ("notEqual", palette.bad),
    )
    for operator, paint in verdicts:
        style = DifferentialStyle(
            font=Font(color=paint.ink, bold=True),
            fill=PatternFill("solid", start_color=paint.fill, end_color=paint.fill),
        )
        rules.append(Rule(type="cellIs", operator=operator, formula=[f'"{good}"'], dxf=style))
    return rules


def _compact_style(sheet: Sheet, target: Range) -> Rule:
    """The look of weights whose cells have no style of their own in the file."""
    paint = sheet.styles.palette.roles[target.role]
    style = DifferentialStyle(
        numFmt=sheet.styles.rule_format(sheet.styles.number_format(target)),
        font=Font(color=paint.ink),
        fill=PatternFill("solid", start_color=paint.fill, end_color=paint.fill),
    )
    return Rule(type="expression", formula=["TRUE"], dxf=style)
