"""Conditional formatting: looks that depend on the values of cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from openpyxl.formatting.rule import ColorScale, FormatObject, Rule
from openpyxl.styles import Border, Color, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle

from xlgpt2.cells.address import Area, column_letters, quoted
from xlgpt2.layout import looks
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Placed
from xlgpt2.layout.looks import (
    ColourScale,
    ColumnsWithoutToken,
    Diverging,
    Followed,
    Future,
    Large,
    Marked,
    Verdict,
    WhereZero,
    WithoutToken,
)
from xlgpt2.stages.stages import Range
from xlgpt2.stages.templates import Paint, Palette
from xlgpt2.writer.sheet import Sheet

#: The number format that hides a value.
_HIDDEN = ";;;"


def write_rules(sheet: Sheet, placed: Placed) -> None:
    """Add the rules of a range."""
    target, area = placed.range, placed.area
    if target.role == "weight" and sheet.compact:
        sheet.worksheet.conditional_formatting.add(area.local, _compact_style(sheet, target))
    for look in looks.rules(sheet.plan, sheet.tab, placed):
        # Programs take long to colour millions of weights.
        if not (target.role == "weight" and sheet.compact):
            _add(sheet, look, area)


def write_label_rules(sheet: Sheet, labels: Labels) -> None:
    """Add the rules of labels: hidden without a token, marked for the token that is followed."""
    for look in looks.label_rules(sheet.plan, sheet.tab, labels):
        _add(sheet, look, labels.area)


def _add(sheet: Sheet, look: looks.Rule, area: Area) -> None:
    for rule in _rules(sheet, look, area):
        sheet.worksheet.conditional_formatting.add(area.local, rule)


def _rules(sheet: Sheet, look: looks.Rule, area: Area) -> Iterator[Rule]:
    """The rules for a look."""
    palette = sheet.styles.palette
    match look:
        case Future():
            future = f"COLUMN()-{area.column}>ROW()-{area.row}"
            style = DifferentialStyle(fill=_solid(palette.future))
            yield Rule(type="expression", formula=[future], dxf=style, stopIfTrue=True)
        case WithoutToken(labels):
            yield _hidden(sheet, f'${column_letters(labels)}{area.row}=""')
        case WhereZero(name):
            where = sheet.plan.place(name).area
            tab = "" if where.sheet == area.sheet else f"{quoted(where.sheet)}!"
            row = f"${where.row}" if where.rows == 1 else where.row
            yield _hidden(sheet, f"N({tab}${column_letters(where.column)}{row})=0")
        case ColumnsWithoutToken():
            yield _hidden(sheet, f'{column_letters(area.column)}${area.row - 1}=""')
        case ColourScale(top):
            end = FormatObject("max") if top is None else FormatObject("num", top)
            colours = [Color(palette.scale_low), Color(palette.scale_high)]
            scale = ColorScale([FormatObject("num", 0), end], colours)
            yield Rule(type="colorScale", colorScale=scale)
        case Diverging(top):
            ends = [FormatObject("num", number) for number in (-top, 0, top)]
            shades = (palette.scale_below, palette.scale_low, palette.scale_high)
            yield Rule(type="colorScale", colorScale=ColorScale(ends, [*map(Color, shades)]))
        case Large(least, number_format):
            yield Rule(
                type="cellIs",
                operator="notBetween",
                formula=[repr(-least), repr(least)],
                dxf=DifferentialStyle(numFmt=sheet.styles.rule_format(number_format)),
            )
        case Followed(name, labels, at_edge):
            condition = f"${column_letters(labels)}{area.row}={name}"
            yield _followed(palette, condition, at_edge)
        case Verdict(good, neutral, almost):
            yield from _verdict(palette, good, neutral, almost)
        case Marked(name):
            cell, first = sheet.plan.place(name).area.absolute, _first_cell(area)
            style = DifferentialStyle(
                font=Font(bold=True, color=palette.almost.ink), fill=_solid(palette.almost)
            )
            condition = f'IF({cell}="",FALSE,EXACT({first},{cell}))'
            yield Rule(type="expression", formula=[condition], dxf=style)


def _first_cell(area: Area) -> str:
    return f"{column_letters(area.column)}{area.row}"


def _verdict(
    palette: Palette, good: str, neutral: str | None, almost: str | None
) -> Iterator[Rule]:
    if neutral is not None:
        plain = DifferentialStyle(font=Font(bold=False))
        text = [f'"{neutral}"']
        yield Rule(type="cellIs", operator="equal", formula=text, dxf=plain, stopIfTrue=True)
    if almost is not None:
        paint = palette.almost
        amber = DifferentialStyle(font=Font(color=paint.ink, bold=True), fill=_solid(paint))
        text = [f'"{almost}"']
        yield Rule(type="cellIs", operator="equal", formula=text, dxf=amber, stopIfTrue=True)
    verdicts: tuple[tuple[Literal["equal", "notEqual"], Paint], ...] = (
        ("equal", palette.good),
        ("notEqual", palette.bad),
    )
    for operator, paint in verdicts:
        style = DifferentialStyle(font=Font(color=paint.ink, bold=True), fill=_solid(paint))
        yield Rule(type="cellIs", operator=operator, formula=[f'"{good}"'], dxf=style)


def _followed(palette: Palette, condition: str, at_edge: bool) -> Rule:
    """Lines above and below a row, whose numbers keep their colours, and a colour at its edge."""
    paint = palette.followed
    side = Side(style="thin", color=paint.ink)
    style = DifferentialStyle(font=Font(bold=True), border=Border(top=side, bottom=side))
    if at_edge:
        style.font, style.fill = Font(bold=True, color=paint.ink), _solid(paint)
    return Rule(type="expression", formula=[condition], dxf=style)


def _hidden(sheet: Sheet, condition: str) -> Rule:
    style = DifferentialStyle(numFmt=sheet.styles.rule_format(_HIDDEN))
    return Rule(type="expression", formula=[condition], dxf=style, stopIfTrue=True)


def _compact_style(sheet: Sheet, target: Range) -> Rule:
    """The look of weights whose cells have no style in the file."""
    look = looks.cell_look(target)
    paint = sheet.styles.palette.roles[look.role]
    style = DifferentialStyle(
        numFmt=sheet.styles.rule_format(look.number_format),
        font=Font(color=paint.ink),
        fill=_solid(paint),
    )
    return Rule(type="expression", formula=["TRUE"], dxf=style)


def _solid(paint: Paint) -> PatternFill:
    return PatternFill("solid", start_color=paint.fill, end_color=paint.fill)
