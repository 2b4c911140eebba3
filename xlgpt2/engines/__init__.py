"""Spreadsheet engines: programs that compute a workbook from its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xlgpt2.cells.readings import version_text
from xlgpt2.engines.engine import Engine
from xlgpt2.errors import UnknownEngineError

__all__ = ["ENGINES", "SLOW", "WITNESSES", "Engine", "get_engine", "version_text"]


# Each engine is imported on first use: `formulas` alone takes a second.
def _formulas() -> Engine:
    from xlgpt2.engines.formulas.engine import FormulasEngine  # noqa: PLC0415

    return FormulasEngine()


def _libreoffice() -> Engine:
    from xlgpt2.engines.libreoffice.engine import LibreOfficeEngine  # noqa: PLC0415

    return LibreOfficeEngine()


def _ironcalc() -> Engine:
    from xlgpt2.engines.ironcalc import IronCalcEngine  # noqa: PLC0415

    return IronCalcEngine()


def _cellrune() -> Engine:
    from xlgpt2.engines.cellrune import CellRuneEngine  # noqa: PLC0415

    return CellRuneEngine()


def _formulon() -> Engine:
    from xlgpt2.engines.formulon import FormulonEngine  # noqa: PLC0415

    return FormulonEngine()


def _gnumeric() -> Engine:
    from xlgpt2.engines.gnumeric import GnumericEngine  # noqa: PLC0415

    return GnumericEngine()


#: The constructor of each engine, by its name.
ENGINES: Mapping[str, Callable[[], Engine]] = {
    "formulas": _formulas,
    "libreoffice": _libreoffice,
    "ironcalc": _ironcalc,
    "cellrune": _cellrune,
    "gnumeric": _gnumeric,
    "formulon": _formulon,
}

#: Engines that are used only if named, and not because they are installed: they open the whole file
#: again for each prompt.
SLOW = frozenset({"cellrune", "gnumeric"})


#: Engines that are used only if named: they can open small workbooks only.
WITNESSES = frozenset({"formulon"})


def get_engine(name: str) -> Engine:
    """The engine with this name; raises UnknownEngineError."""
    if name not in ENGINES:
        raise UnknownEngineError(
            f"engine: expected one of {', '.join(ENGINES)}, got {name!r}",
            "run xlgpt2 doctor to list the installed engines",
        )
    return ENGINES[name]()
