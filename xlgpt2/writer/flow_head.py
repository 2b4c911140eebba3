"""The head of a flow tab: title, links, sentences and equation, each where it is seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from xlgpt2.cells.address import Area, quoted
from xlgpt2.layout.folds import row_fold
from xlgpt2.layout.layout import EQUATION_ROW, LINKS_ROW, TEXT_ROW, TITLE_ROW, Placed
from xlgpt2.layout.looks import short_title
from xlgpt2.layout.screen import SCREEN, VisibleColumn, text_pixels
from xlgpt2.writer.sheet import Sheet

#: Points of a line of a sentence.
_LINE = 13.5

#: Pixels between two links, and those that a sentence needs.
_SPACE, _NARROW = 14, 280


@dataclass(frozen=True)
class _Sentence:
    """A sentence over some columns."""

    text: str
    first: int
    last: int


def write_flow_head(sheet: Sheet, number: int, title: str, columns: list[VisibleColumn]) -> None:
    """Write the rows above a flow tab's ranges."""
    labels = len(sheet.tab.stage.labels)
    sheet.text(TITLE_ROW, 1, title, sheet.styles.title())
    last = max(columns[-1].column, *(p.area.column + p.area.columns - 1 for p in sheet.tab.placed))
    sheet.blanks(Area(sheet.tab.name, TITLE_ROW, 2, 1, last - 1), sheet.styles.title())
    sheet.height(TITLE_ROW, 24)
    _write_links(sheet, number, columns, labels)
    _write_sentences(sheet, columns)
    if sheet.tab.stage.equation:
        sheet.text(EQUATION_ROW, labels + 2, sheet.tab.stage.equation, sheet.styles.equation())


def _write_links(sheet: Sheet, number: int, columns: list[VisibleColumn], labels: int) -> None:
    """Write links to the neighbours, which stay in view, and to the parts of a wide tab."""
    tabs = sheet.plan.tabs
    links: list[tuple[str, str]] = []
    if number:
        links.append(("← back", f"{quoted(tabs[number - 1].name)}!A1"))
    if number + 1 < len(tabs):
        links.append(("next →", f"{quoted(tabs[number + 1].name)}!A1"))
    if number > 1:
        links.append((tabs[0].name, f"{quoted(tabs[0].name)}!A1"))
    if columns[-1].left + columns[-1].width > SCREEN:
        links += _parts(sheet)
    free = iter(columns)
    edge = 0.0
    for order, (text, place) in enumerate(links):
        column = next((c for c in free if c.left >= edge and c.column != labels + 1), None)
        if column is None:
            break
        sheet.link_to(LINKS_ROW, column.column, text, place)
        in_corner = order < labels
        edge = 0 if in_corner else column.left + text_pixels(text) + _SPACE
    sheet.height(LINKS_ROW, 16)


def _parts(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """The text and the place of each wide range of a tab, and of weights below them."""
    for placed in sheet.tab.placed:
        if placed.range.columns == 1 or (placed.range.view_of and not placed.top):
            continue
        if any(other.range.view_of == placed.range.name for other in sheet.tab.placed):
            continue
        if placed.top:
            yield short_title(placed), placed.area.cell(0, 0)
        elif placed.range.role == "weight" and placed.range.rows > 1:
            yield f"↓ {placed.range.template.title.split(':')[0]}", placed.area.cell(0, 0)


def _write_sentences(sheet: Sheet, columns: list[VisibleColumn]) -> None:
    """Write each sentence over its range, or all of them over the first screen; note the fold."""
    lines = 2
    for sentence in _sentences(sheet, columns):
        area = Area(sheet.tab.name, TEXT_ROW, sentence.first, 1, sentence.last - sentence.first + 1)
        sheet.text(TEXT_ROW, sentence.first, sentence.text, sheet.styles.wrapped())
        if area.columns > 1:
            sheet.merge(area, sheet.styles.wrapped())
        room = sum(c.width for c in columns if sentence.first <= c.column <= sentence.last)
        lines = max(lines, math.ceil(text_pixels(sentence.text) * 1.08 / room))
    fold = row_fold(sheet.plan, sheet.tab)
    labels = len(sheet.tab.stage.labels)
    if fold is not None:
        last = sheet.plan.prompt_rows - 1
        note = f"Positions {sheet.plan.shown_rows} to {last} are folded: + at the left edge."
        sheet.text(TEXT_ROW, 1, note, sheet.styles.small_note())
        if labels > 1:
            sheet.merge(Area(sheet.tab.name, TEXT_ROW, 1, 1, labels), sheet.styles.small_note())
    sheet.height(TEXT_ROW, math.ceil(lines * _LINE))


def _sentences(sheet: Sheet, columns: list[VisibleColumn]) -> Iterator[_Sentence]:
    """The sentences of a tab with the columns that they are over."""
    stage = sheet.tab.stage
    first = len(stage.labels) + 2
    speaking = [p for p in sheet.tab.placed if p.range.template.sentence and p.top]
    speaking.sort(key=lambda placed: placed.area.column)
    starts = [p.area.column for p in speaking]
    if stage.text:
        ends = [c.column for c in columns if c.left + c.width <= min(SCREEN, 1250)]
        last = min([ends[-1], *(start - 2 for start in starts)])
        yield _Sentence(" ".join(stage.text), first, max(last, first))
    for number, placed in enumerate(speaking):
        start = placed.area.column
        until = starts[number + 1] - 2 if number + 1 < len(starts) else columns[-1].column
        here = [c for c in columns if start <= c.column <= until]
        yield _Sentence(placed.range.template.sentence, start, _end(placed, here))


def _end(placed: Placed, columns: list[VisibleColumn]) -> int:
    """The last column of a range's sentence: the range's last, or a later one if it is narrow."""
    end, room = placed.area.column + placed.range.columns - 1, 0.0
    for column in columns:
        if column.column <= end or room < _NARROW:
            room += column.width
            end = max(end, column.column)
    return end
