"""Choices: numbers typed on tabs that show one thing of many, how they are used, their messages."""

from __future__ import annotations

import math

from xlgpt2.cells.values import Cells, Value, as_text

#: The message of a choice among the prompt's tokens if there are none.
NO_TOKEN = "There is no token to show: see the tab Prompt."


def chosen(value: Value, first: int, last: int, default: int) -> int:
    """The number used: rounded down and within the limits; a text counts as an empty cell."""
    number = default if isinstance(value, str) else math.floor(value)
    return max(first, min(last, number))


def choice_message(name: str, value: Value, used: int, last: int, meaning: str) -> str:
    """The message beside a choice of 0 to `last`: what is wrong with it, or its meaning."""
    if isinstance(value, str):
        return meaning
    if not 0 <= value <= last:
        return f"{name}: expected 0 to {last}, got {as_text(value)}; {used} is used."
    if value != math.floor(value):
        return f"{name}: expected a whole number, got {as_text(value)}; {used} is used."
    return meaning


def typed(cells: Cells) -> Value:
    """The value of an input cell."""
    value = cells[0, 0]
    return value if isinstance(value, str) else float(value)
