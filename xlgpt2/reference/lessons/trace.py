"""The trace of a lessons workbook: every range of every lesson for some contents of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xlgpt2.cells.values import Cells
from xlgpt2.reference.lessons import bpe_training
from xlgpt2.reference.lessons.course import course

#: The contents of the yellow ranges, by name.
Contents = Mapping[str, Cells]

#: The reference of each lesson, by the name that its template has.
LESSONS: Mapping[str, Callable[[Contents], Mapping[str, Cells]]] = {
    "bpe_training": bpe_training.trace,
}


def lessons_trace(lessons: Sequence[str], contents: Contents, others: Contents) -> dict[str, Cells]:
    """The ranges of these lessons, in their order, and of the course.

    `others` has the verdicts of lessons that have no reference.
    """
    ranges: dict[str, Cells] = {}
    for lesson in lessons:
        if lesson in LESSONS:
            ranges |= LESSONS[lesson](contents)
    return ranges | course(lessons, {**others, **ranges})
