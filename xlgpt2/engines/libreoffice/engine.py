"""The LibreOffice engine: recalculates a workbook in a separate LibreOffice, over UNO."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook
from xlgpt2.engines.inputs import overrides_of, partial_array_error
from xlgpt2.engines.libreoffice.answers import cells_in, with_truth_values
from xlgpt2.engines.libreoffice.installation import HOW_TO_INSTALL, installation
from xlgpt2.engines.libreoffice.offices import office_for
from xlgpt2.engines.libreoffice.process import Message, Office
from xlgpt2.engines.process_limits import most_seconds
from xlgpt2.engines.range_values import areas_to_read
from xlgpt2.engines.temporary_folder import room_for
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.reading.cached_values import read_texts_with
from xlgpt2.xlsx.reading.workbook import Workbook

#: Bytes of a sheet that is checked before LibreOffice gets it. Larger ones of GPT-2 hold weights,
#: and reading them would take longer than LibreOffice takes to open the workbook.
LARGEST_CHECKED = 4_000_000

#: Bytes of a sheet whose texts may be entered again: that of 50,000 tokens has 10 million.
LARGEST_WITH_TEXTS = 50_000_000

#: Seconds for starting, and for one answer. The 124-million-weight workbook takes some minutes.
START_S = 120.0
ANSWER_S = 3600.0


class LibreOfficeEngine:
    """Recalculates workbooks in LibreOffice; satisfies `Engine`."""

    name = "libreoffice"
    how_to_install = HOW_TO_INSTALL
    counts_utf16 = False

    def __init__(self, start_s: float = START_S, answer_s: float = ANSWER_S) -> None:
        self.start_s, self.answer_s = start_s, answer_s

    def version(self) -> str | None:
        """The version of LibreOffice, or None if it or its Python bridge is not installed."""
        installed = installation()
        return None if installed is None else installed.version

    def recalculate(
        self,
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Iterator[Readings]:
        """Readings of the named ranges after a full recalculation, one for each of `inputs`.

        Raises what `Engine.recalculate` does.
        """
        with Session(workbook, names, self.start_s, self.answer_s, extra_areas) as session:
            for input_set in inputs:
                yield session.compute(input_set)

    def edited(
        self,
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Generator[Readings]:
        """Readings of one open document in a window, which is edited for each of `inputs`.

        Raises what `Editor.edited` does.
        """
        session = Session(workbook, names, self.start_s, self.answer_s, extra_areas, in_window=True)
        with session:
            for input_set in inputs:
                yield session.compute(input_set, only_changed=True)

    @contextmanager
    def computed(self, workbook: Workbook, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        with Session(workbook, (), self.start_s, self.answer_s) as session:
            readings = session.compute(inputs)
            yield ComputedWorkbook(self.name, readings.version, session.read)

    def to_pdf(
        self,
        workbook: Workbook,
        target: Path,
        sheet: str | None = None,
        cell_range: str | None = None,
    ) -> None:
        """Write the recalculated workbook as a PDF, in landscape format and one page wide.

        If given, only `sheet` is printed, and of it only `cell_range` (such as B2:F9).
        Raises EngineError, and WorkbookError for an unknown sheet.
        """
        place = _printed(workbook, sheet, cell_range)
        workbook.check(largest=LARGEST_CHECKED)
        with office_for(workbook.contents.unpacked, self.start_s, self.answer_s) as office:
            _load(office, workbook)
            pdf = office.folder / "printed.pdf"
            request = {"command": "pdf", "target": str(pdf), "place": place}
            for _done in _ask(office, request, workbook):
                pass
            shutil.copyfile(pdf, target)


def _printed(
    workbook: Workbook, sheet: str | None, cell_range: str | None
) -> list[str | int] | None:
    """What to print, in the worker's form: None for all, a sheet, or a part of one."""
    sheets = workbook.contents.sheets
    if sheet is None:
        return None
    if sheet not in sheets:
        raise WorkbookError(
            f"workbook {workbook.path.name}: expected the name of a sheet, got {sheet!r}",
            f"use one of its sheets: {', '.join(sheets)}",
        )
    if cell_range is None:
        return [sheet]
    try:
        return _place(Area.parse(f"{quoted(sheet)}!{cell_range}"))
    except ValueError as error:
        raise WorkbookError(
            f"cells of sheet {sheet}: expected an address, got {cell_range!r}", "write it as B2:F9"
        ) from error


class Session:
    """A workbook that is open in a separate LibreOffice and computed for several sets of inputs.

    A context manager; entering it raises what `Engine.recalculate` does. If `names` are given, only
    these ranges are read, and `extra_areas`. With `in_window` the document has a window, as if
    somebody looked at it, and is never computed as a whole.
    """

    def __init__(
        self,
        workbook: Workbook,
        names: Collection[str] | None = None,
        start_s: float = START_S,
        answer_s: float = ANSWER_S,
        extra_areas: Mapping[str, Area] = NO_AREAS,
        in_window: bool = False,
    ) -> None:
        self.workbook, self.in_window = workbook, in_window
        self.wanted = areas_to_read(workbook.areas, names, workbook.path, extra_areas)
        self.areas = {**workbook.areas, **extra_areas}
        self.start_s, self.answer_s = start_s, answer_s
        self.constants: dict[str, Cells] = {}  # ranges without formulas: read once

    def __enter__(self) -> Session:
        self.workbook.check(largest=LARGEST_CHECKED)
        unpacked = self.workbook.contents.unpacked
        with ExitStack() as stack:
            self.office = stack.enter_context(office_for(unpacked, self.start_s, self.answer_s))
            _load(self.office, self.workbook, _line_breaks(self.workbook), self.in_window)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def compute(self, inputs: Inputs, only_changed: bool = False) -> Readings:
        """The wanted ranges after a full recalculation with these inputs.

        With `only_changed`, LibreOffice computes only what depends on changed cells, as it does
        during editing; the reading then depends on the one before.
        """
        overrides = overrides_of(inputs, self.areas, self.workbook.path)
        overridden = {
            name
            for name, area in self.wanted.items()
            if any(area.overlaps(override.area) for override in overrides)
        }
        read = [name for name in self.wanted if name in overridden or name not in self.constants]
        request = {
            "command": "compute",
            "overrides": [[*_place(override.area)[:3], override.rows] for override in overrides],
            "only_changed": only_changed,
            "read": [_place(self.wanted[name]) for name in read],
        }
        answers = _ask(self.office, request, self.workbook)
        values = dict(self.constants)
        for name in read:
            values[name], constant = cells_in(answers, self.wanted[name].shape)
            if constant and name not in overridden:
                self.constants[name] = values[name]
        seconds = float(next(answers)["seconds"])
        in_order = {name: values[name] for name in self.wanted}
        return Readings(LibreOfficeEngine.name, self.office.version, in_order, self.areas, seconds)

    def read(self, area: Area) -> Cells:
        """The current values of a rectangle; truth values where LibreOffice displays them."""
        answers = _ask(self.office, {"command": "read", "place": _place(area)}, self.workbook)
        cells, _constant = cells_in(answers, area.shape)
        return with_truth_values(cells, next(answers)["truth_values"])


def _line_breaks(workbook: Workbook) -> list[list[object]]:
    """The constant texts of a file with line feeds, as [sheet, row, column, text].

    LibreOffice 26.8 drops the line feeds of such texts, unless they are entered as formulas.
    """
    texts = read_texts_with(workbook, "\n", LARGEST_WITH_TEXTS)
    return [
        [sheet, *place, text]
        for sheet, on_sheet in texts.items()
        for place, text in on_sheet.items()
    ]


def _load(
    office: Office, workbook: Workbook, line_breaks: Sequence[object] = (), in_window: bool = False
) -> None:
    """Open a copy: LibreOffice puts a lock file beside a workbook, and fails on an old one."""
    copy = office.folder / "workbook.xlsx"
    with room_for("LibreOffice"):
        shutil.copyfile(workbook.path, copy)
    request: Message = {
        "command": "load",
        "path": str(copy),
        "line_breaks": line_breaks,
        "in_window": in_window,
    }
    for _done in _ask(office, request, workbook, most_seconds(workbook.contents.unpacked)):
        pass


def _ask(
    office: Office, request: Message, workbook: Workbook, within_s: float | None = None
) -> Iterator[Message]:
    """The answers to a request; raises the error for a refusal."""
    for answer in office.ask(request, within_s):
        refused = answer.get("refused")
        if refused == "array":
            sheet = answer["sheet"]
            raise partial_array_error(_area(sheet, answer["cell"]), _area(sheet, answer["array"]))
        if refused == "workbook":
            raise WorkbookError(
                f"workbook {workbook.path}: expected a file that LibreOffice can open, got "
                f"{answer['message']}",
                WORKBOOK_HINT,
            )
        if refused is not None:
            raise EngineFailedError(
                f"LibreOffice: expected a response to {request['command']!r}, got "
                f"{answer['message']}",
                "open the workbook in LibreOffice manually",
            )
        yield answer


def _area(sheet: str, place: list[int]) -> Area:
    """An area, which counts from 1, from the worker's numbers."""
    row, column, rows, columns = place
    return Area(sheet, row + 1, column + 1, rows, columns)


def _place(area: Area) -> list[str | int]:
    """An area in the worker's form, which counts from 0."""
    return [area.sheet, area.row - 1, area.column - 1, area.rows, area.columns]
