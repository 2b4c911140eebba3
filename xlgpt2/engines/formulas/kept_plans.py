"""Plans of the last workbooks, kept in this process for the next computation of the same file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.engines.formulas.plan import WorkbookPlan
from xlgpt2.engines.formulas.quiet import quiet
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.xlsx.reading.workbook import Workbook
from xlgpt2.xlsx.reading.workbook_file import read_workbook

#: One is computed again and again, with another beside it for comparison.
_MOST_PLANS = 2

#: The cells of the shipped workbook are 0.9 million, and its plan takes 150 MB. Reading a larger
#: workbook again takes less time than computing it, and its memory may be needed elsewhere.
MOST_KEPT_CELLS = 2_000_000

#: Some file systems count the time of a change in steps of two seconds: a file that has just been
#: changed may change again without a sign.
_SETTLED_SECONDS = 2.0


@dataclass(frozen=True)
class _Key:
    """A file as it is now, and the areas that are read beside its names."""

    path: Path
    inode: int
    size: int
    modified: int
    changed: int
    extra_areas: frozenset[tuple[str, Area]]


#: The plans by file, the last one at the end.
_KEPT: dict[_Key, WorkbookPlan] = {}


@contextmanager
def kept_plan(workbook: Workbook, extra_areas: Mapping[str, Area]) -> Iterator[WorkbookPlan]:
    """A context with the plan for a workbook, which is read and planned only if it has changed.

    While the plan is in use nobody else gets it, since its grid has the values of one computation.
    After an error it is not kept. Raises what `read_workbook` and `WorkbookPlan` do.
    """
    key = _key(workbook.path, extra_areas)
    plan = None if key is None else _KEPT.pop(key, None)
    if plan is None:
        with quiet(), collection_paused():
            file = read_workbook(workbook)
            plan = WorkbookPlan(replace(file, areas={**file.areas, **extra_areas}))
    try:
        yield plan
    except GeneratorExit:  # a caller that needs no more readings
        _keep(key, plan)
        raise
    _keep(key, plan)


def _key(path: Path, extra_areas: Mapping[str, Area]) -> _Key | None:
    """The key of a file, or None if a later change could go unnoticed."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # reported by who reads it
        return None
    if time.time() - max(status.st_mtime, status.st_ctime) < _SETTLED_SECONDS:
        return None
    return _Key(
        path.absolute(),
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        frozenset(extra_areas.items()),
    )


def _keep(key: _Key | None, plan: WorkbookPlan) -> None:
    """Keep a plan, and drop the oldest if there are too many."""
    if key is None or plan.grid.cells_in_all > MOST_KEPT_CELLS:
        return
    _KEPT[key] = plan
    for oldest in list(_KEPT)[:-_MOST_PLANS]:
        _KEPT.pop(oldest, None)
