"""Progress: what a long step has reached, told to whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """What is being done and, where it can be counted, how many cells of how many are done."""

    what: str
    done: int = 0
    total: int | None = None


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """Shows nothing."""
