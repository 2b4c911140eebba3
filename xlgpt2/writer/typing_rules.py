"""Data validation: the values allowed in input cells, and the messages for others."""

from __future__ import annotations

from typing import Literal

from openpyxl.worksheet.datavalidation import DataValidation

from xlgpt2.cells.address import Area
from xlgpt2.formula.symbols import evaluate
from xlgpt2.layout.layout import Placed
from xlgpt2.writer.sheet import Sheet

_LONGEST_TITLE = 32  # characters; Excel's limit


def add_typing_rule(sheet: Sheet, placed: Placed) -> None:
    """Add a rule that rejects values out of range, such as ids that are not in the vocabulary."""
    template = placed.range.template
    symbols = {**sheet.plan.symbols, **sheet.tab.stage.symbols}
    if template.choices is not None:
        _add_choices(sheet, placed, sheet.plan.place(template.choices).area)
        return
    kind: Literal["whole", "decimal"]
    if template.whole_numbers is not None:
        kind, what = "whole", "a whole number"
        ends = "0", str(evaluate(template.whole_numbers, symbols) - 1)
    elif template.numbers is not None:
        kind, what, ends = "decimal", "a number", template.numbers
    else:
        return
    name = (template.input or placed.range.name).replace("_", " ").capitalize()
    expected = f"{what} from {ends[0]} to {ends[1]}"
    rule = DataValidation(
        type=kind, operator="between", formula1=ends[0], formula2=ends[1], allow_blank=True
    )
    # Without these two attributes programs neither reject values nor show messages.
    rule.showErrorMessage, rule.showInputMessage = True, True
    rule.errorStyle = "stop"
    rule.errorTitle = f"{name}: refused"[:_LONGEST_TITLE]
    rule.error = f"{name}: expected {expected}."
    rule.promptTitle, rule.prompt = name[:_LONGEST_TITLE], f"Type {expected}."
    rule.add(placed.area.local)
    sheet.worksheet.add_data_validation(rule)


def _add_choices(sheet: Sheet, placed: Placed, choices: Area) -> None:
    """Add a list of texts to choose from, with an arrow beside the cell; others may be typed."""
    rule = DataValidation(type="list", formula1=choices.absolute, allow_blank=True)
    rule.showErrorMessage, rule.showInputMessage = False, True
    name = (placed.range.template.input or placed.range.name).replace("_", " ").capitalize()
    rule.promptTitle, rule.prompt = name, "Type a text, or choose one with the arrow."
    rule.add(placed.area.local)
    sheet.worksheet.add_data_validation(rule)
