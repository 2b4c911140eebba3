"""The writer: writes the tabs of a plan, in order, into a file, atomically."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import Cells
from xlgpt2.files import atomic_write
from xlgpt2.layout.layout import (
    EQUATION_ROW_BY_HAND,
    LINKS_ROW,
    TEXT_ROW,
    TITLE_ROW,
    Plan,
    TabPlan,
)
from xlgpt2.layout.screen import VisibleColumn, columns_of_screen
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.stages.templates import Palette
from xlgpt2.writer.charts import write_chart
from xlgpt2.writer.finish import finish
from xlgpt2.writer.flow_head import write_flow_head
from xlgpt2.writer.flow_tab import write_headers, write_labels
from xlgpt2.writer.page import write_page
from xlgpt2.writer.placed_tab import write_placed_tab
from xlgpt2.writer.ranges import Contents, write_range
from xlgpt2.writer.sheet import Sheet
from xlgpt2.writer.sheet_parts import SheetParts
from xlgpt2.writer.styles import Styles
from xlgpt2.xlsx.packing.packer import Packer, packer
from xlgpt2.xlsx.strings import Strings

#: The most weights that are written with an address and a style for every cell.
MOST_ADDRESSED = 2_000_000

#: With fewer weights, writing ends before other processes have started.
_WORTH_PROCESSES = 3_000_000


#: A tab's title is over at least this many columns: they are wider than a screen.
_TITLE_COLUMNS = 22


@dataclass(frozen=True)
class Writing:
    """How a workbook is written, which affects its file but not its contents.

    `processes` share the work (None: one per core). `cell_addresses` says whether every cell of
    weights has its address, which some programs need (None: unless there are very many).
    """

    processes: int | None = None
    cell_addresses: bool | None = None


DEFAULT_WRITING = Writing()


@dataclass(frozen=True)
class Summary:
    """The figures of a written workbook."""

    path: Path
    tabs: int
    ranges: int
    formulas: int
    weights: int
    bytes: int
    seconds: float


def write_workbook(
    plan: Plan,
    palette: Palette,
    contents: Contents,
    tables: Callable[[str], Cells],
    path: Path,
    writing: Writing = DEFAULT_WRITING,
    progress: Progress = silent,
) -> Summary:
    """Write the workbook of a plan to `path`; raises WorkbookError if it can't be written.

    `contents` gives the constants of a range, `tables` those of a column of labels. `progress` is
    called for each tab, and then for cells that are packed.
    """
    started = time.perf_counter()
    ranges = [p.range for tab in plan.tabs for p in tab.placed]
    weights = sum(r.rows * r.columns for r in ranges if r.role == "weight")
    compact = weights > MOST_ADDRESSED
    if writing.cell_addresses is not None:
        compact = not writing.cell_addresses
    processes = writing.processes or os.cpu_count() or 1
    with packer(processes if weights > _WORTH_PROCESSES else 1) as packing:
        book = _Book(plan, palette, compact, packing)
        # Other processes pack weights while this one writes the formulas of the other tabs.
        for number, tab in sorted(enumerate(plan.tabs), key=_without_weights):
            progress(Step(tab.name))
            book.write(number, tab, contents, tables)
        _save(book, path, progress)
    return Summary(
        path=path,
        tabs=len(plan.tabs),
        ranges=len(ranges),
        formulas=book.formulas,
        weights=weights,
        bytes=path.stat().st_size,
        seconds=time.perf_counter() - started,
    )


def _without_weights(numbered_tab: tuple[int, TabPlan]) -> bool:
    """Whether a tab has no weights."""
    return not any(placed.range.role == "weight" for placed in numbered_tab[1].placed)


class _Book:
    """A workbook in memory: openpyxl's part of it, and the rows of each tab."""

    def __init__(self, plan: Plan, palette: Palette, compact: bool, packing: Packer) -> None:
        self.plan, self.compact, self.packing = plan, compact, packing
        self.workbook = Workbook()
        self.workbook.remove(self.workbook.worksheets[0])
        self.styles, self.strings = Styles(self.workbook, palette), Strings()
        self.sheets: dict[str, SheetParts] = {}  # by part, in the order in which they are written
        self.formulas = 0
        for tab in plan.tabs:
            self.workbook.create_sheet(tab.name)
        self.workbook.active = _opened_tab(plan)

    def write(
        self, number: int, tab: TabPlan, contents: Contents, tables: Callable[[str], Cells]
    ) -> None:
        """Add a tab."""
        sheet = Sheet(
            self.workbook,
            self.workbook[tab.name],
            self.styles,
            self.plan,
            tab,
            self.strings,
            self.compact,
        )
        self.formulas += _write_tab(sheet, number, contents, tables)
        part = f"xl/worksheets/sheet{number + 1}.xml"  # as openpyxl names it
        self.sheets[part] = SheetParts(sheet.rows, sheet.links, self.packing)


def _opened_tab(plan: Plan) -> int:
    """The tab that is shown when the file is opened: the Prompt, or a list of lessons."""
    lists_lessons = any(panel.kind == "lessons" for panel in plan.tabs[0].stage.panels)
    return 0 if lists_lessons else min(1, len(plan.tabs) - 1)


def _write_tab(
    sheet: Sheet, number: int, contents: Contents, tables: Callable[[str], Cells]
) -> int:
    columns: list[VisibleColumn] = []
    if sheet.tab.stage.by_hand:
        _write_head(sheet, number)
    else:
        columns = columns_of_screen(sheet.plan, sheet.tab)
        write_flow_head(sheet, number, _title(sheet), columns)
    formulas = sum(write_range(sheet, placed, contents) for placed in sheet.tab.placed)
    if sheet.tab.stage.by_hand:
        write_placed_tab(sheet)
    else:
        write_labels(sheet, tables)
        write_headers(sheet, columns, tables)
        for chart in sheet.tab.stage.charts:
            write_chart(sheet, chart)
    write_page(sheet)
    return formulas


def _title(sheet: Sheet) -> str:
    """A tab's title with its steps of the workshop, and a notice if this is no whole model."""
    stage = sheet.tab.stage
    steps = f"   ·   steps {stage.steps[0]} to {stage.steps[-1]}" if stage.steps else ""
    notice = f"   ·   {sheet.plan.notice}" if sheet.plan.notice else ""
    return stage.title + steps + notice


def _write_head(sheet: Sheet, number: int) -> None:
    """Write title, links, sentences and equation of a tab that is laid out by hand."""
    stage = sheet.tab.stage
    last = max((p.area.column + p.area.columns for p in sheet.tab.placed), default=1)
    sheet.text(TITLE_ROW, 1, _title(sheet), sheet.styles.title())
    rest_of_title = Area(sheet.tab.name, TITLE_ROW, 2, 1, max(last, _TITLE_COLUMNS) - 1)
    sheet.blanks(rest_of_title, sheet.styles.title())
    sheet.height(TITLE_ROW, 30)
    _write_links(sheet, number)
    for offset, sentence in enumerate(stage.text):
        sheet.text(TEXT_ROW + offset, 1, sentence, sheet.styles.body())
    if stage.equation:
        sheet.text(EQUATION_ROW_BY_HAND, 1, stage.equation, sheet.styles.equation())


def _write_links(sheet: Sheet, number: int) -> None:
    """Write links to the Guide and to the previous and next tabs."""
    tabs: tuple[TabPlan, ...] = sheet.plan.tabs
    columns = (2, 3, 4)  # the first is narrow
    before = tabs[number - 1] if number else None
    after = tabs[number + 1] if number + 1 < len(tabs) else None
    if before is not None:
        if before is not tabs[0]:
            sheet.link(LINKS_ROW, columns[0], tabs[0].name, tabs[0].name)
        sheet.link(LINKS_ROW, columns[1], f"← {before.name}", before.name)
    if after is not None:
        sheet.link(LINKS_ROW, columns[2 if before else 0], f"{after.name} →", after.name)
    sheet.height(LINKS_ROW, 18)


def _save(book: _Book, path: Path, progress: Progress) -> None:
    """Write the file, and report progress after every part."""
    total = sum(sheet.cells for sheet in book.sheets.values())
    done = 0

    def on_cells(cells: int) -> None:
        nonlocal done
        done += cells
        progress(Step("packing", done, total))

    progress(Step("packing", 0, total))
    with atomic_write(path) as target:
        without_cells = _saved_with_openpyxl(book.workbook)
        finish(without_cells, target, book.strings, book.sheets, book.packing, on_cells)


def _saved_with_openpyxl(workbook: Workbook) -> io.BytesIO:
    """The package that openpyxl writes; raises OSError, whichever library it writes XML with."""
    package = io.BytesIO()
    try:
        # Workbook.save leaves the package open if it fails, and Python complains when it ends.
        with zipfile.ZipFile(package, "w") as archive:
            ExcelWriter(workbook, archive).save()
    except Exception as error:
        # If lxml is installed openpyxl writes with it, and lxml has its own error for a full disk.
        if type(error).__name__ != "SerialisationError":
            raise
        raise OSError(f"openpyxl could not write: {error}") from error
    return package
