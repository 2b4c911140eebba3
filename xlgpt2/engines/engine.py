"""What every spreadsheet engine can do, whichever program stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol, runtime_checkable

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells

#: No other cells than those that have a name.
NOTHING_ELSE: Mapping[str, Area] = {}


def package_version(name: str) -> str | None:
    """The version of a Python package that is installed, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Computed:
    """A workbook that an engine has computed; what formulas filled can be read, named or not.

    `read` gives a rectangle between cells that formulas fill. Of other cells in it nothing is said:
    an engine need not know them. Values are as in readings, but truth values are True and False.
    LibreOffice, to which they are 1 and 0, tells them from numbers only where it shows them so.
    """

    engine: str
    version: str
    read: Callable[[Area], Cells]


class Engine(Protocol):
    """A program that computes a workbook from what is in its file."""

    @property
    def name(self) -> str:
        """The name the engine is asked for by."""

    @property
    def how_to_install(self) -> str:
        """What to do where `version()` gives None."""

    @property
    def counts_utf16(self) -> bool:
        """Whether LEN and MID count UTF-16 units, as in Excel, and not characters: 🙂 is 2 or 1."""

    def version(self) -> str | None:
        """The version that is installed here, or None where there is none."""

    def recalculate(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Iterator[Readings]:
        """What every named range holds after a full recalculation, once for each of `inputs`.

        Every reading starts from the file's own contents with that one set of inputs typed over
        them, and never from the values that the file says its formulas have. A set is taken only
        when its reading is asked for, so that `inputs` may depend on the readings before it. Only
        the ranges in `names` are read where it is given, and what none of them needs may be left
        uncomputed; the areas in `also`, under names that the workbook does not have, are read
        besides. Raises EngineError (the engine is missing or fails),
        WorkbookError (the file can't be read as ours) and PromptError (the inputs don't fit).
        """

    def computed(self, workbook: Path, inputs: Inputs) -> AbstractContextManager[Computed]:
        """The workbook after a full recalculation with these inputs, open until the context ends.

        Values that the file says its formulas have count for nothing here either. Entering the
        context raises what `recalculate` says.
        """


@runtime_checkable
class Editor(Protocol):
    """An engine that people type into, and which then computes only what depends on that."""

    def edited(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        also: Mapping[str, Area] = NOTHING_ELSE,
    ) -> Generator[Readings]:
        """What one open document holds after each of `inputs`.

        As in `Engine.recalculate` each set of inputs is typed over the file's own contents, but in
        the same document, and what does not depend on them keeps the value that it had. All tabs
        are looked at after each. Raises what `Engine.recalculate` says.
        """
