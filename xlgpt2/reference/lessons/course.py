"""The tab Course: the verdict on each lesson, and how many are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.values import Cells, column, single
from xlgpt2.reference.lessons.verdicts import RIGHT


def course(lessons: Sequence[str], ranges: Mapping[str, Cells]) -> dict[str, Cells]:
    """The ranges of the tab Course; a lesson without a cell for a formula has no verdict on it."""
    verdicts = [_text(ranges, f"{lesson}_verdict") for lesson in lessons]
    own = [_text(ranges, f"{lesson}_own_verdict") for lesson in lessons]
    return {
        "course_verdicts": column(verdicts),
        "course_own_verdicts": column(own),
        "course_lessons": single(len(lessons)),
        "course_solved": single(f"{verdicts.count(RIGHT)} of {len(lessons)}"),
        "course_own_solved": single(f"{own.count(RIGHT)} of {len(lessons)}"),
    }


def _text(ranges: Mapping[str, Cells], name: str) -> str:
    return str(ranges[name][0, 0]) if name in ranges else ""
