"""The LibreOffice engine: recalculates a workbook in a LibreOffice of its own, over UNO."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from xlgpt2.cells.address import Area, quoted
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NOTHING_ELSE, Computed
from xlgpt2.engines.inputs import part_of_array, typed
from xlgpt2.engines.libreoffice.answers import cells_in, with_truth_values
from xlgpt2.engines.libreoffice.installation import HOW_TO_INSTALL, installation
from xlgpt2.engines.libreoffice.process import Message, Office
from xlgpt2.engines.process_limits import most_seconds
from xlgpt2.engines.range_values import chosen
from xlgpt2.engines.temporary_folder import room_for
from xlgpt2.errors import EngineFailedError, WorkbookError
from xlgpt2.xlsx.file_kinds import WORKBOOK_HINT
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.cached_values import read_texts_with
from xlgpt2.xlsx.reading.formulas import check_sheets

#: Bytes of a sheet that is read before LibreOffice gets it. Those of GPT-2 that are larger hold
#: weights, and reading them would take longer than LibreOffice takes to open the workbook.
LARGEST_CHECKED = 4_000_000

#: Bytes of a sheet whose texts may be typed anew: that of 50,000 tokens has 10 million.
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
        """The version of LibreOffice, or None where it or its Python bridge is missing."""
        found = installation()
        return None if found is None else found.version

    def recalculate(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Iterator[Readings]:
        """What every named range holds after a full recalculation, once for each of `inputs`.

        Raises what `Engine.recalculate` says.
        """
        with Session(workbook, names, self.start_s, self.answer_s, also) as session:
            for one in inputs:
                yield session.compute(one)

    def edited(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Generator[Readings]:
        """What one open document holds, with a view, into which these are typed one by one.

        Raises what `Editor.edited` says.
        """
        session = Session(workbook, names, self.start_s, self.answer_s, also, in_window=True)
        with session:
            for one in inputs:
                yield session.compute(one, only_changed=True)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[Computed]:
        """The workbook after a full recalculation; raises what `Engine.computed` says."""
        with Session(workbook, (), self.start_s, self.answer_s) as session:
            readings = session.compute(inputs)
            yield Computed(self.name, readings.version, session.read)

    def to_pdf(
        self,
        workbook: Path,
        target: Path,
        sheet: str | None = None,
        cell_range: str | None = None,
    ) -> None:
        """Write the recalculated workbook as a PDF, sideways and one page wide.

        Only `sheet` is printed where it is given, and of it only `cell_range` (as in B2:F9) where
        that is given. Raises EngineError, and WorkbookError for a sheet that is not there.
        """
        place = _printed(workbook, sheet, cell_range)
        contents = read_contents(workbook)
        check_sheets(workbook, contents, largest=LARGEST_CHECKED)
        with Office(self.start_s, self.answer_s, contents.unpacked) as office:
            _load(office, workbook)
            made = office.folder / "made.pdf"
            request = {"command": "pdf", "target": str(made), "place": place}
            for _done in _ask(office, request, workbook):
                pass
            shutil.copyfile(made, target)


def _printed(workbook: Path, sheet: str | None, cell_range: str | None) -> list[str | int] | None:
    """What to print, as the worker wants it: all, a sheet, or a part of one."""
    sheets = read_contents(workbook).sheets
    if sheet is None:
        return None
    if sheet not in sheets:
        raise WorkbookError(
            f"workbook {workbook.name}: expected the name of a sheet, got {sheet!r}",
            f"give one of its sheets: {', '.join(sheets)}",
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
    """A workbook open in a LibreOffice of its own, computed for one set of inputs after the other.

    A context manager; entering it raises what `Engine.recalculate` says. Only the ranges in
    `names` are read where it is given, and the areas in `also`. With `in_window` the document has a
    view, as if somebody looked at it, and is never computed as a whole.
    """

    def __init__(
        self,
        workbook: Path,
        names: Collection[str] | None = None,
        start_s: float = START_S,
        answer_s: float = ANSWER_S,
        also: Mapping[str, Area] = NOTHING_ELSE,
        in_window: bool = False,
    ) -> None:
        self.workbook, self.in_window = workbook, in_window
        self.contents = read_contents(workbook)
        named = self.contents.areas
        self.wanted = chosen(named, names, workbook, also)
        self.areas = {**named, **also}
        self.office = Office(start_s, answer_s, self.contents.unpacked)
        self.constants: dict[str, Cells] = {}  # no formula in them: read once

    def __enter__(self) -> Session:
        check_sheets(self.workbook, self.contents, largest=LARGEST_CHECKED)
        self.office.__enter__()
        try:
            _load(self.office, self.workbook, _line_breaks(self.workbook), self.in_window)
        except BaseException:
            self.office.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.office.__exit__(kind, error, trace)

    def compute(self, inputs: Inputs, only_changed: bool = False) -> Readings:
        """The wanted ranges after a full recalculation with these inputs typed.

        With `only_changed` LibreOffice computes what hangs on changed cells alone, as it does for
        somebody who types; then the reading rests on the one before.
        """
        blocks = typed(inputs, self.areas, self.workbook)
        typed_over = {
            name
            for name, area in self.wanted.items()
            if any(area.overlaps(block.area) for block in blocks)
        }
        read = [name for name in self.wanted if name in typed_over or name not in self.constants]
        request = {
            "command": "compute",
            "typed": [[*_place(block.area)[:3], block.rows] for block in blocks],
            "only_changed": only_changed,
            "read": [_place(self.wanted[name]) for name in read],
        }
        answers = _ask(self.office, request, self.workbook)
        values = dict(self.constants)
        for name in read:
            values[name], constant = cells_in(answers, self.wanted[name].shape)
            if constant and name not in typed_over:
                self.constants[name] = values[name]
        seconds = float(next(answers)["seconds"])
        found = {name: values[name] for name in self.wanted}
        return Readings(LibreOfficeEngine.name, self.office.version, found, self.areas, seconds)

    def read(self, area: Area) -> Cells:
        """What a rectangle of cells holds now; truth values where LibreOffice shows such."""
        answers = _ask(self.office, {"command": "read", "place": _place(area)}, self.workbook)
        cells, _constant = cells_in(answers, area.shape)
        return with_truth_values(cells, next(answers)["truth_values"])


def _line_breaks(workbook: Path) -> list[list[object]]:
    """The constant texts of a file with line feeds, and where they stand, for the worker.

    LibreOffice 26.8 drops the line feeds of such texts, unless they are typed as formulas.
    """
    found = read_texts_with(workbook, "\n", LARGEST_WITH_TEXTS)
    return [
        [sheet, *place, text] for sheet, texts in found.items() for place, text in texts.items()
    ]


def _load(
    office: Office, workbook: Path, line_breaks: Sequence[object] = (), in_window: bool = False
) -> None:
    """Open a copy: LibreOffice puts a lock beside what it opens, and stumbles over an old one."""
    copy = office.folder / "workbook.xlsx"
    with room_for("LibreOffice"):
        shutil.copyfile(workbook, copy)
    request: Message = {
        "command": "load",
        "path": str(copy),
        "line_breaks": line_breaks,
        "in_window": in_window,
    }
    for _done in _ask(office, request, workbook, most_seconds(office.unpacked)):
        pass


def _ask(
    office: Office, request: Message, workbook: Path, within_s: float | None = None
) -> Iterator[Message]:
    """The answers to a request; raises the error that a refusal stands for."""
    for answer in office.ask(request, within_s):
        refused = answer.get("refused")
        if refused == "array":
            sheet = answer["sheet"]
            raise part_of_array(_area(sheet, answer["cell"]), _area(sheet, answer["array"]))
        if refused == "workbook":
            raise WorkbookError(
                f"workbook {workbook}: expected a file that LibreOffice opens, "
                f"got {answer['message']}",
                WORKBOOK_HINT,
            )
        if refused is not None:
            raise EngineFailedError(
                f"LibreOffice: expected an answer to {request['command']!r}, "
                f"got {answer['message']}",
                "open the workbook in LibreOffice by hand",
            )
        yield answer


def _area(sheet: str, place: list[int]) -> Area:
    """An area as we count: from 1."""
    row, column, rows, columns = place
    return Area(sheet, row + 1, column + 1, rows, columns)


def _place(area: Area) -> list[str | int]:
    """An area as the worker counts: from 0."""
    return [area.sheet, area.row - 1, area.column - 1, area.rows, area.columns]
