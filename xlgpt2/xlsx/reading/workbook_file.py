"""The constants, formulas and named ranges of an .xlsx file, without cached values."""

from __future__ import annotations

import datetime
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import python_calamine
from numpy.typing import NDArray
from openpyxl.utils.datetime import to_excel

from xlgpt2.cells.address import Area
from xlgpt2.cells.values import CellError, unpaired_surrogate
from xlgpt2.errors import WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import open_package
from xlgpt2.xlsx.reading.bulk_numbers import NumberBlock, read_bulk_numbers
from xlgpt2.xlsx.reading.formulas import FileFormula, Place
from xlgpt2.xlsx.reading.workbook import Workbook

#: A constant that is not a number: a text, TRUE or FALSE, or an error.
Other = str | bool | CellError


@dataclass(frozen=True)
class SheetConstants:
    """A sheet's constants: numbers in a grid that starts at A1, NaN elsewhere, others by place.

    Rows and columns count from 0. A cell in neither is blank or filled by a formula.
    """

    numbers: NDArray[np.float64]
    others: Mapping[Place, Other]


@dataclass(frozen=True)
class SheetFile:
    """A sheet of a file. No formula fills cells of `number_blocks`; `constants` lacks them."""

    name: str
    constants: SheetConstants
    formulas: tuple[FileFormula, ...]
    number_blocks: tuple[NumberBlock, ...]


@dataclass(frozen=True)
class WorkbookFile:
    """All of a workbook's file that an engine needs.

    `number_blocks` are large rectangles of constant numbers, which are not in `sheets`; no formula
    fills any of their cells. `most_cells` is the most cells that computing it may allocate.
    `sheet_scoped` has the sheet-scoped names, see `Contents`.
    """

    path: Path
    sheets: Mapping[str, SheetConstants]
    formulas: tuple[FileFormula, ...]
    areas: Mapping[str, Area]
    number_blocks: tuple[NumberBlock, ...]
    most_cells: int
    sheet_scoped: Mapping[str, Mapping[str, Area | str]]


def read_workbook(workbook: Workbook) -> WorkbookFile:
    """All that an engine needs of a workbook.

    Cached values of formulas are dropped, so that nothing can depend on them.
    Raises WorkbookError for a damaged file.
    """
    contents = workbook.contents
    sheets = {sheet.name: sheet for sheet in read_sheets(workbook)}
    return WorkbookFile(
        workbook.path,
        {name: sheet.constants for name, sheet in sheets.items()},
        tuple(formula for sheet in sheets.values() for formula in sheet.formulas),
        contents.areas,
        tuple(block for sheet in sheets.values() for block in sheet.number_blocks),
        contents.most_cells,
        contents.sheet_scoped,
    )


def read_sheets(workbook: Workbook, names: Collection[str] | None = None) -> Iterator[SheetFile]:
    """The sheets of a workbook, or those in `names`, one at a time; raises WorkbookError.

    Other sheets are not read. The contents of all these sheets are in memory at once: to have only
    one in memory, call this for one sheet after the other.
    """
    path, contents = workbook.path, workbook.contents
    bulk = read_bulk_numbers(path, contents, names)
    rest = None if bulk is None else bulk.rest
    with open_package(path, rest) as package, open_cells(path, rest) as cells:
        for sheet in contents.sheets:
            if names is not None and sheet not in names:
                continue
            sheet_formulas = workbook.formulas(sheet, package)
            formulas = sheet_formulas.formulas
            constants = _constants(cells_of(cells, sheet, path))
            workbook.add_cells(sheet, constants.numbers.size)
            blocks: list[NumberBlock] = []
            for block in () if bulk is None else bulk.blocks[sheet]:
                # Numbers in the cells of a formula are cached values, and not constants.
                if any(block.area.overlaps(formula.area) for formula in formulas):
                    constants = with_block(constants, block)
                else:
                    blocks.append(block)
            constants = _without_formulas(constants, formulas, sheet_formulas.errors)
            yield SheetFile(sheet, constants, formulas, tuple(blocks))


def open_cells(path: Path, content: bytes | None = None) -> python_calamine.CalamineWorkbook:
    """The file in calamine, which decodes texts like Excel (openpyxl leaves _x000D_ as it is).

    `content` is read in place of the file if given. Raises WorkbookError.
    """
    try:
        if content is not None:
            return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not _has_usable_name(path):
            with path.open("rb") as file:
                return python_calamine.CalamineWorkbook.from_filelike(file)
        return python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise WorkbookError(
            f"workbook {path}: expected cells, got {error}", WORKBOOK_HINT
        ) from error


def _has_usable_name(path: Path) -> bool:
    """Whether calamine can open a file by its name, from whose suffix it takes the format."""
    return path.suffix.lower() in (".xlsx", ".xlsm") and unpaired_surrogate(str(path)) is None


def cells_of(
    cells: python_calamine.CalamineWorkbook, sheet: str, path: Path
) -> python_calamine.CalamineSheet:
    """A sheet of an open file; raises WorkbookError.

    Call `Workbook.formulas` first, which limits the cells: calamine allocates every cell up to the
    last one, and aborts the whole process if there is no memory.
    """
    try:
        return cells.get_sheet_by_name(sheet)
    except python_calamine.CalamineError as error:
        raise WorkbookError(
            f"workbook {path}: sheet {sheet}: expected cells, got {error}", WORKBOOK_HINT
        ) from error


def with_block(sheet: SheetConstants, block: NumberBlock) -> SheetConstants:
    """A sheet with a block moved back into its cells."""
    area = block.area
    rows = max(sheet.numbers.shape[0], area.row - 1 + area.rows)
    columns = max(sheet.numbers.shape[1], area.column - 1 + area.columns)
    numbers = np.full((rows, columns), np.nan)
    numbers[: sheet.numbers.shape[0], : sheet.numbers.shape[1]] = sheet.numbers
    top, left = area.row - 1, area.column - 1
    numbers[top : top + area.rows, left : left + area.columns] = block.numbers
    return SheetConstants(numbers, sheet.others)


def _constants(sheet: python_calamine.CalamineSheet) -> SheetConstants:
    """The cells of a sheet, including cached values of formulas."""
    others: dict[Place, Other] = {}
    if sheet.start is None or sheet.end is None:
        return SheetConstants(np.empty((0, 0)), others)
    rows: list[tuple[int, NDArray[np.float64]]] = []
    left = sheet.start[1]  # calamine starts at the first row, but at the first used column
    for i, row in enumerate(sheet.iter_rows()):
        if row.count("") == len(row):
            continue
        # Checked by type, since numpy would convert the text "12" into a number.
        if set(map(type, row)) == {float}:
            rows.append((i, np.array(row)))
            continue
        line = np.array([value if type(value) is float else np.nan for value in row])
        for j, value in enumerate(row):
            if type(value) is float or value == "":
                continue
            if isinstance(value, (bool, str)):
                others[i, left + j] = value
            else:
                line[j] = _number(value)
        if not np.isnan(line).all():
            rows.append((i, line))
    for i, line in rows:
        for j in np.flatnonzero(np.isinf(line)).tolist():  # too large for a number
            line[j], others[i, left + j] = np.nan, CellError("#NUM!")
    width = max((line.size for _, line in rows), default=0)
    numbers = np.full((rows[-1][0] + 1 if rows else 0, left + width), np.nan)
    for i, line in rows:
        numbers[i, left : left + line.size] = line
    return SheetConstants(numbers, others)


def _number(
    value: float | datetime.datetime | datetime.date | datetime.time | datetime.timedelta,
) -> float:
    """A number; a date is converted back into one."""
    if isinstance(value, (int, float)):
        return float(value)
    return float(to_excel(value))  # type: ignore[no-untyped-call]


def _without_formulas(
    sheet: SheetConstants, formulas: Iterable[FileFormula], errors: Mapping[Place, CellError]
) -> SheetConstants:
    """The constants alone, without cached values of formulas."""
    others = {**sheet.others, **errors}
    extents = [sheet.numbers.shape, *((i + 1, j + 1) for i, j in others)]
    filled = np.zeros(np.max(extents, axis=0), dtype=bool)
    for area in (formula.area for formula in formulas):
        top, left = area.row - 1, area.column - 1
        filled[top : top + area.rows, left : left + area.columns] = True
    rows, columns = sheet.numbers.shape
    sheet.numbers[filled[:rows, :columns]] = np.nan
    others = {place: value for place, value in others.items() if not filled[place]}
    return SheetConstants(sheet.numbers, others)


def read_single_cells(workbook: Workbook, areas: Sequence[Area]) -> list[str | float]:
    """The texts and numbers of some cells; raises WorkbookError if the file can't be read."""
    names = {area.sheet for area in areas}
    workbook.check(names)
    with open_cells(workbook.path) as cells:
        sheets = {
            name: cells_of(cells, name, workbook.path).to_python(skip_empty_area=False)
            for name in names
        }
    values: list[str | float] = []
    for area in areas:
        rows = sheets[area.sheet]
        line = rows[area.row - 1] if area.row <= len(rows) else []
        value = line[area.column - 1] if area.column <= len(line) else ""
        values.append(value if isinstance(value, (str, float)) else str(value))
    return values
