"""The design of the lessons workbook, which needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlgpt2._version import __version__
from xlgpt2.cells.values import Cells, Value, column, grid, single
from xlgpt2.designs.constants import template_cells
from xlgpt2.designs.provenance import formula_dialect, template_fingerprint
from xlgpt2.errors import UnknownNameError
from xlgpt2.layout.layout import Plan, plan
from xlgpt2.stages.expansion import expand
from xlgpt2.stages.sources import Index, Input, Record, Table, Values
from xlgpt2.stages.stages import Range
from xlgpt2.stages.template_files import load_lessons
from xlgpt2.stages.templates import Templates
from xlgpt2.stages.variant import Variant
from xlgpt2.xlsx.reading.workbook import Workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells

#: The range that says what a workbook is, and its text in one with lessons.
KIND, LESSONS = "workbook_kind", "lessons"


@dataclass(frozen=True)
class LessonsDesign:
    """Everything that determines a lessons workbook before it is written."""

    templates: Templates
    plan: Plan


def lessons_design(templates: str | Path | None = None) -> LessonsDesign:
    """The design of the lessons workbook; raises TemplateError."""
    loaded = load_lessons(templates)
    return LessonsDesign(loaded, plan(expand(loaded, {}, Variant(())), {}))


def statements(design: LessonsDesign) -> dict[str, str]:
    """What the workbook says about itself, by range name."""
    return {
        KIND: LESSONS,
        "xlgpt2_version": __version__,
        "template_sha256": template_fingerprint(design.templates),
        "formula_dialect": formula_dialect(),
    }


def lesson_cells(target: Range, design: LessonsDesign, stated: Mapping[str, str]) -> Cells:
    """The cells of a range without formulas; raises UnknownNameError."""
    match target.source:
        case Index() | Values() as source:
            return template_cells(source, target)
        case Input(rows=rows) if rows:
            return grid(rows)
        case Input(default=default):
            return _filled(target, default)
        case Record("name", ranges):
            return column(ranges)
        case Table(name) if name in stated:
            return single(stated[name])
        case source:
            raise UnknownNameError(
                f"expected a formula, values, an input or a statement, "
                f"got a {type(source).__name__.lower()}",
                f"a lessons workbook has no model; its statements are {', '.join(stated)}",
            )


def no_table(name: str) -> Cells:
    """Raise UnknownNameError: labels at the left edge can't be a table of a model."""
    raise UnknownNameError(
        f"table: expected no table in a lessons workbook, got {name!r}",
        "use labels with an index or a range",
    )


def is_lessons(workbook: Workbook) -> bool:
    """Whether a file is a lessons workbook, by what it says itself."""
    area = workbook.areas.get(KIND)
    return area is not None and read_single_cells(workbook, [area]) == [LESSONS]


def _filled(target: Range, value: Value) -> Cells:
    return grid([[value] * target.columns] * target.rows)
