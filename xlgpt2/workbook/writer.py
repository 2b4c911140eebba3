"""The writer: every tab of a plan, in order, into one file that appears whole or not at all."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.properties import PageSetupProperties

from xlgpt2.cells import Cells
from xlgpt2.errors import WorkbookError
from xlgpt2.layout.layout import EQUATION_ROW, LINKS_ROW, TEXT_ROW, TITLE_ROW, Plan, TabPlan
from xlgpt2.stages.templates import Palette
from xlgpt2.workbook.hand_tab import write_by_hand
from xlgpt2.workbook.matrix_tab import write_headers, write_labels
from xlgpt2.workbook.package import finish
from xlgpt2.workbook.ranges import Contents, write_range
from xlgpt2.workbook.sheet import Sheet
from xlgpt2.workbook.styles import Styles

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Summary:
    """What was written."""

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
    progress: Progress = lambda tab: None,
) -> Summary:
    """The workbook of a plan at `path`; raises WorkbookError where it can't be written.

    `contents` gives the constants of a range, `tables` those of a column of labels; `progress` is
    told the name of each tab before it is written.
    """
    started = time.perf_counter()
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = Styles(workbook, palette)
    for tab in plan.tabs:
        workbook.create_sheet(tab.name)
    formulas = 0
    for number, tab in enumerate(plan.tabs):
        progress(tab.name)
        sheet = Sheet(workbook, workbook[tab.name], styles, plan, tab)
        formulas += _write_tab(sheet, number, contents, tables)
    workbook.active = min(1, len(plan.tabs) - 1)  # the Prompt
    progress("packing")
    _save(workbook, path)
    ranges = [p.range for tab in plan.tabs for p in tab.placed]
    return Summary(
        path=path,
        tabs=len(plan.tabs),
        ranges=len(ranges),
        formulas=formulas,
        weights=sum(r.rows * r.columns for r in ranges if r.role == "weight"),
        bytes=path.stat().st_size,
        seconds=time.perf_counter() - started,
    )


def _write_tab(
    sheet: Sheet, number: int, contents: Contents, tables: Callable[[str], Cells]
) -> int:
    _write_head(sheet, number)
    formulas = sum(write_range(sheet, placed, contents) for placed in sheet.tab.placed)
    if sheet.tab.stage.by_hand:
        write_by_hand(sheet)
    else:
        write_labels(sheet, lambda name: [str(row[0]) for row in tables(name)])
        write_headers(sheet)
    worksheet = sheet.worksheet
    worksheet.sheet_view.showGridLines = False
    worksheet.sheet_view.zoomScale = 90
    worksheet.sheet_properties.tabColor = sheet.styles.palette.groups[sheet.tab.stage.group]
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.fitToHeight = 0
    return formulas


def _write_head(sheet: Sheet, number: int) -> None:
    """Title, links, sentences and equation: the first rows of every tab."""
    stage = sheet.tab.stage
    steps = f"   ·   steps {stage.steps[0]} to {stage.steps[-1]}" if stage.steps else ""
    last = max((p.area.column + p.area.columns for p in sheet.tab.placed), default=1)
    for column in range(1, max(last, 16) + 1):
        sheet.cell(TITLE_ROW, column).style = sheet.styles.title()
    sheet.text(TITLE_ROW, 1, stage.title + steps, sheet.styles.title())
    sheet.worksheet.row_dimensions[TITLE_ROW].height = 30
    _write_links(sheet, number)
    for offset, sentence in enumerate(stage.text):
        sheet.text(TEXT_ROW + offset, 1, sentence, sheet.styles.body())
    if stage.equation:
        sheet.text(EQUATION_ROW, 1, stage.equation, sheet.styles.equation())


def _write_links(sheet: Sheet, number: int) -> None:
    """To the Guide, to the tab before and to the tab after."""
    tabs: tuple[TabPlan, ...] = sheet.plan.tabs
    labels = len(sheet.tab.stage.labels)
    # Tabs laid out by hand have a narrow first column; the others narrow ones between groups.
    columns = (2, 3, 4) if sheet.tab.stage.by_hand else (1, labels + 2, labels + 5)
    before = tabs[number - 1] if number else None
    after = tabs[number + 1] if number + 1 < len(tabs) else None
    if before is not None:
        if before is not tabs[0]:
            sheet.link(LINKS_ROW, columns[0], tabs[0].name, tabs[0].name)
        sheet.link(LINKS_ROW, columns[1], f"← {before.name}", before.name)
    if after is not None:
        sheet.link(LINKS_ROW, columns[2 if before else 0], f"{after.name} →", after.name)
    sheet.worksheet.row_dimensions[LINKS_ROW].height = 18


def _save(workbook: Workbook, path: Path) -> None:
    """Writes beside the target and renames, so that no half a file is left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=path.parent) as folder:
            written, finished = Path(folder) / "written.xlsx", Path(folder) / "finished.xlsx"
            workbook.save(written)
            finish(written, finished)
            finished.replace(path)
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a file that can be written, got {error.strerror or error}",
            "choose another place with -o, or free some space",
        ) from error
