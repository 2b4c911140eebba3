"""The class of every character in GPT-2's word rule: letter, number, space or other.

The table is `data/character_classes.csv`, written by `scripts/character_classes.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def class_runs() -> tuple[tuple[int, str], ...]:
    """The runs of one class as (first code point, class), ascending from code point 0."""
    text = (files("xlgpt2") / "data" / "character_classes.csv").read_text(encoding="utf-8")
    rows = (line.split(",") for line in text.splitlines() if not line.startswith("#"))
    return tuple((int(start, 16), name) for start, name in rows)


@lru_cache(maxsize=1)
def _starts() -> tuple[int, ...]:
    return tuple(start for start, _ in class_runs())


def character_class(code_point: int) -> str:
    """The class of a code point: that of the last run that starts at or before it."""
    return class_runs()[bisect_right(_starts(), code_point) - 1][1]
