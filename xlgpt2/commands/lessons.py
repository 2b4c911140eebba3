"""The command lessons: writes the lessons workbook, which needs no model."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.designs.lessons import lesson_cells, lessons_design, no_table, statements
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.progress import Progress, silent
from xlgpt2.writer.writer import Summary, write_workbook

#: Where it is written by default.
DEFAULT_PATH = Path("output") / "lessons.xlsx"


@collection_paused()
def lessons(
    path: str | Path | None = None,
    templates: str | Path | None = None,
    progress: Progress = silent,
) -> Summary:
    """Write the lessons workbook to a file, by default output/lessons.xlsx.

    `templates` is a folder to use instead of the shipped one. Raises TemplateError and
    WorkbookError.
    """
    design = lessons_design(templates)
    stated = statements(design)
    return write_workbook(
        design.plan,
        design.templates.palette,
        lambda target: lesson_cells(target, design, stated),
        no_table,
        Path(path or DEFAULT_PATH),
        progress=progress,
    )
