"""The protocol of spreadsheet engines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, runtime_checkable

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.xlsx.reading.workbook import Workbook

#: No cells other than named ranges.
NO_AREAS: Mapping[str, Area] = {}


def package_version(name: str) -> str | None:
    """The version of an installed Python package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class ComputedWorkbook:
    """A workbook that an engine has computed; cells of formulas can be read, named or not.

    `read` returns the values of a rectangle. Only cells that formulas fill are defined in it: an
    engine need not know others. Values are as in readings, but truth values are True and False.
    In LibreOffice they are 1 and 0, and recognized only by their number format.
    """

    engine: str
    version: str
    read: Callable[[Area], Cells]


class Engine(Protocol):
    """A program that computes a workbook from its file."""

    @property
    def name(self) -> str:
        """The name for --engine."""

    @property
    def how_to_install(self) -> str:
        """What to do if `version()` is None."""

    @property
    def counts_utf16(self) -> bool:
        """Whether LEN and MID count UTF-16 units, as in Excel, and not characters: 🙂 is 2 or 1."""

    def version(self) -> str | None:
        """The installed version, or None."""

    def recalculate(
        self,
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Iterator[Readings]:
        """Readings of the named ranges after a full recalculation, one for each of `inputs`.

        Every reading starts from the file's own constants, overridden by one set of inputs, and
        never from cached values of formulas. A set is taken from `inputs` only when its reading is
        requested, so that it may depend on earlier readings. If `names` are given, only these
        ranges are read, and what none of them needs may be left uncomputed. The areas in
        `extra_areas`, under names that the workbook does not have, are read too.
        Raises EngineError (the engine is missing or fails), WorkbookError (not a workbook of
        xlgpt2) and PromptError (the inputs don't fit).
        """

    def computed(
        self, workbook: Workbook, inputs: Inputs
    ) -> AbstractContextManager[ComputedWorkbook]:
        """The workbook after a full recalculation with these inputs, open until the context ends.

        Cached values of formulas are ignored here too. Entering the context raises what
        `recalculate` does.
        """


@runtime_checkable
class Editor(Protocol):
    """An engine with interactive editing, which computes only what depends on an edit."""

    def edited(
        self,
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Generator[Readings]:
        """Readings of one open document after each of `inputs`.

        As in `Engine.recalculate`, each set of inputs overrides the file's own contents, but in the
        same document, and what does not depend on them keeps its value. All tabs are shown after
        each. Raises what `Engine.recalculate` does.
        """
