"""The screen: where a tab's columns are seen, in pixels, and what fits over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from xlgpt2.layout.folds import Fold, column_folds
from xlgpt2.layout.layout import Plan, TabPlan
from xlgpt2.layout.looks import widths

#: The width of the first screen's cells, in pixels, of 1600: the rest are the window's edges.
SCREEN = 1480

#: A column of 8.43 characters, which programs show by default.
_DEFAULT_CHARACTERS = 8.43

#: The mean width of a letter in a sentence of 10 points, in pixels, with a wide font.
_LETTER = 6.4


@dataclass(frozen=True)
class VisibleColumn:
    """A column that is not folded: its number, its left edge and its width in pixels."""

    column: int
    left: float
    width: float


def columns_of_screen(plan: Plan, tab: TabPlan) -> list[VisibleColumn]:
    """The columns of a flow tab that are not folded, at least those of the first screen."""
    sizes = {n: label.width for n, label in enumerate(tab.stage.labels, 1)}
    for width in widths(tab):
        sizes |= dict.fromkeys(range(width.first, width.last + 1), width.characters)
    last = max(p.area.column + p.area.columns - 1 for p in tab.placed)
    visible = visible_columns(sizes, tuple(column_folds(plan, tab)))
    return list(takewhile(lambda c: c.left < SCREEN or c.column <= last, visible))


def visible_columns(widths: dict[int, float], folds: tuple[Fold, ...]) -> Iterator[VisibleColumn]:
    """The columns of a tab that are not folded, without end; `widths` are in characters."""
    left, column = 0.0, 0
    while True:
        column += 1
        if any(fold.first <= column <= fold.last for fold in folds):
            continue
        width = pixels(widths.get(column, _DEFAULT_CHARACTERS))
        yield VisibleColumn(column, left, width)
        left += width


def pixels(characters: float) -> float:
    """The width of a column of so many characters, in pixels (ECMA-376 part 1, 18.3.1.13).

    A digit of the default font has 7 pixels, and each column 5 more.
    """
    return 7 * characters + 5


def name_pixels(name: str) -> float:
    """About the width of a range's name, in pixels: 9 points, all letters as wide as a digit."""
    return 7.3 * len(name)


def text_pixels(text: str, points: int = 10, bold: bool = False) -> float:
    """About the width of a text, in pixels."""
    return _LETTER * len(text) * points / 10 * (1.2 if bold else 1)
