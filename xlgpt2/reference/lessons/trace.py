"""The trace of lessons: every range of each for some contents of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xlgpt2.cells.values import Cells
from xlgpt2.reference.lessons import bpe_training

#: The contents of the yellow ranges, by name.
Contents = Mapping[str, Cells]

#: The reference of each lesson, by the name that its template has.
LESSONS: Mapping[str, Callable[[Contents], Mapping[str, Cells]]] = {
    "bpe_training": bpe_training.trace,
}


def lessons_trace(lessons: Sequence[str], contents: Contents) -> dict[str, Cells]:
    """The ranges of those lessons that have a reference."""
    ranges: dict[str, Cells] = {}
    for lesson in lessons:
        if lesson in LESSONS:
            ranges |= LESSONS[lesson](contents)
    return ranges
