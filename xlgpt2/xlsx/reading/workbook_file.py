"""What an .xlsx file says, read once: constants, formulas and named ranges, no computed values."""

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
from xlgpt2.xlsx.package import HINT, Contents, open_package, read_contents
from xlgpt2.xlsx.reading.bulk_numbers import LiftedBlock, lift
from xlgpt2.xlsx.reading.formulas import Formula, Place, check_sheets, read_formulas

#: A constant that is no number: a text, TRUE or FALSE, or an error somebody typed.
Other = str | bool | CellError


@dataclass(frozen=True)
class SheetConstants:
    """A sheet's constants from A1 on: numbers in a grid, NaN elsewhere, the rest by place.

    Rows and columns count from 0. A cell in neither is blank, or a formula's.
    """

    numbers: NDArray[np.float64]
    others: Mapping[Place, Other]


@dataclass(frozen=True)
class SheetFile:
    """One sheet of a file; what is in `lifted` is not in `constants`, and no formula fills it."""

    name: str
    constants: SheetConstants
    formulas: tuple[Formula, ...]
    lifted: tuple[LiftedBlock, ...]


@dataclass(frozen=True)
class WorkbookFile:
    """Everything an engine needs to know of a workbook's file.

    `lifted` are large rectangles of constant numbers, which are not in `sheets`; no formula
    fills any of their cells. `most_cells` is how many cells computing it may make room for.
    `local` are the names of single sheets, see `Contents`.
    """

    path: Path
    sheets: Mapping[str, SheetConstants]
    formulas: tuple[Formula, ...]
    areas: Mapping[str, Area]
    lifted: tuple[LiftedBlock, ...]
    most_cells: int
    local: Mapping[str, Mapping[str, Area | str]]


def read_workbook(path: Path) -> WorkbookFile:
    """The workbook in a file.

    The values that the file holds for formulas are dropped, so that nothing can rest on them.
    Raises WorkbookError for a file that is no workbook, is damaged or has no named ranges.
    """
    contents = read_contents(path)
    sheets = {sheet.name: sheet for sheet in read_sheets(path, contents)}
    return WorkbookFile(
        path,
        {name: sheet.constants for name, sheet in sheets.items()},
        tuple(formula for sheet in sheets.values() for formula in sheet.formulas),
        contents.areas,
        tuple(block for sheet in sheets.values() for block in sheet.lifted),
        contents.most_cells,
        contents.local,
    )


def read_sheets(
    path: Path, contents: Contents, names: Collection[str] | None = None
) -> Iterator[SheetFile]:
    """The sheets of a file, one at a time, or those of `names`; raises what `read_workbook` does.

    What is in the others is not read. All that were asked for are in memory once, as the file has
    them: who wants no more than one sheet in memory asks for one after the other.
    """
    lifted = lift(path, contents, names)
    rest = None if lifted is None else lifted.rest
    most = contents.most_cells
    with open_package(path, rest) as package, open_cells(path, rest) as cells:
        for sheet, part in contents.sheets.items():
            if names is not None and sheet not in names:
                continue
            found, errors = read_formulas(package, part, sheet, max(0, most))
            constants = _constants(cells_of(cells, sheet, path))
            most -= constants.numbers.size + sum(
                formula.area.rows * formula.area.columns + len(formula.text) for formula in found
            )
            kept: list[LiftedBlock] = []
            for block in () if lifted is None else lifted.blocks[sheet]:
                # Numbers where a formula is are somebody's results, and not constants.
                if any(block.area.overlaps(formula.area) for formula in found):
                    constants = with_block(constants, block)
                else:
                    kept.append(block)
            constants = _without_formulas(constants, found, errors)
            yield SheetFile(sheet, constants, tuple(found), tuple(kept))


def open_cells(path: Path, content: bytes | None = None) -> python_calamine.CalamineWorkbook:
    """The file in calamine: it decodes texts as Excel does (openpyxl leaves _x000D_ as it is).

    `content` is read in place of the file where it is given. Raises WorkbookError.
    """
    try:
        if content is not None:
            return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not _says_xlsx(path):
            with path.open("rb") as file:
                return python_calamine.CalamineWorkbook.from_filelike(file)
        return python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise WorkbookError(f"workbook {path}: expected cells, got {error}", HINT) from error


def _says_xlsx(path: Path) -> bool:
    """Whether calamine, which goes by a file's name, takes it for what it is and finds it."""
    return path.suffix.lower() in (".xlsx", ".xlsm") and unpaired_surrogate(str(path)) is None


def cells_of(
    cells: python_calamine.CalamineWorkbook, sheet: str, path: Path
) -> python_calamine.CalamineSheet:
    """A sheet of an open file; raises WorkbookError.

    Calamine makes room for every cell up to the last one, and ends the whole process where there
    is none: `read_formulas` must have been through the sheet.
    """
    try:
        return cells.get_sheet_by_name(sheet)
    except python_calamine.CalamineError as error:
        raise WorkbookError(
            f"workbook {path}: sheet {sheet}: expected cells, got {error}", HINT
        ) from error


def with_block(sheet: SheetConstants, block: LiftedBlock) -> SheetConstants:
    """A sheet with a block back among its other cells."""
    area = block.area
    rows = max(sheet.numbers.shape[0], area.row - 1 + area.rows)
    columns = max(sheet.numbers.shape[1], area.column - 1 + area.columns)
    numbers = np.full((rows, columns), np.nan)
    numbers[: sheet.numbers.shape[0], : sheet.numbers.shape[1]] = sheet.numbers
    top, left = area.row - 1, area.column - 1
    numbers[top : top + area.rows, left : left + area.columns] = block.numbers
    return SheetConstants(numbers, sheet.others)


def _constants(sheet: python_calamine.CalamineSheet) -> SheetConstants:
    """The cells of a sheet, with what the file says of formulas still among them."""
    others: dict[Place, Other] = {}
    if sheet.start is None or sheet.end is None:
        return SheetConstants(np.empty((0, 0)), others)
    rows: list[tuple[int, NDArray[np.float64]]] = []
    left = sheet.start[1]  # rows are given from the first on, columns from the first used one on
    for i, row in enumerate(sheet.iter_rows()):
        if row.count("") == len(row):
            continue
        # By type and not by trying to convert: numpy would read the text "12" as a number.
        if set(map(type, row)) == {float}:
            rows.append((i, np.array(row)))
            continue
        line = np.full(len(row), np.nan)
        for j, value in enumerate(row):
            if not isinstance(value, (bool, str)):
                line[j] = _number(value)
            elif value != "":
                others[i, left + j] = value
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
    """A number; a date, which is a number shown in another way, becomes one again."""
    if isinstance(value, (int, float)):
        return float(value)
    return float(to_excel(value))  # type: ignore[no-untyped-call]


def _without_formulas(
    sheet: SheetConstants, formulas: Iterable[Formula], errors: Mapping[Place, CellError]
) -> SheetConstants:
    """The constants alone: what stands where a formula does was computed by somebody else."""
    others = {**sheet.others, **errors}
    for formula in formulas:
        top, left = formula.area.row - 1, formula.area.column - 1
        bottom, right = top + formula.area.rows, left + formula.area.columns
        sheet.numbers[top:bottom, left:right] = np.nan
        places = ((i, j) for i in range(top, bottom) for j in range(left, right))
        if formula.area.rows * formula.area.columns > len(others):
            places = (p for p in list(others) if top <= p[0] < bottom and left <= p[1] < right)
        for place in places:
            others.pop(place, None)
    return SheetConstants(sheet.numbers, others)


def read_single_cells(path: Path, areas: Sequence[Area]) -> list[str | float]:
    """The texts and numbers of some cells; raises WorkbookError where the file can't be read."""
    names = {area.sheet for area in areas}
    check_sheets(path, read_contents(path), names)
    with open_cells(path) as workbook:
        sheets = {
            name: cells_of(workbook, name, path).to_python(skip_empty_area=False) for name in names
        }
    found: list[str | float] = []
    for area in areas:
        rows = sheets[area.sheet]
        line = rows[area.row - 1] if area.row <= len(rows) else []
        value = line[area.column - 1] if area.column <= len(line) else ""
        found.append(value if isinstance(value, (str, float)) else str(value))
    return found
