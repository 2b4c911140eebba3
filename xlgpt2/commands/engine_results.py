"""What engines gave: the checks of each, and the error that ended them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xlgpt2.engines import ENGINES, SLOW, WITNESSES, Engine, get_engine, libreoffice
from xlgpt2.errors import EngineError, MissingFunctionError, UnsuitableFileError
from xlgpt2.verification.difference import Outcome
from xlgpt2.verification.open_document import OpenDocument
from xlgpt2.verification.result import EngineFailure, PromptCheck


@dataclass(frozen=True)
class EngineResult:
    """The checks of one engine, and the error that ended them, if one did."""

    engine: Engine
    checks: tuple[PromptCheck, ...]
    open_documents: tuple[OpenDocument, ...] = ()
    error: EngineError | None = None

    @property
    def unsuitable(self) -> bool:
        """Whether the engine can't take files like this one."""
        return isinstance(self.error, UnsuitableFileError)

    @property
    def failure(self) -> EngineFailure:
        """The error as results have it."""
        lacks_function = isinstance(self.error, MissingFunctionError)
        outcome = Outcome.MISSING_FUNCTION if lacks_function else Outcome.ENGINE_FAILED
        return EngineFailure(self.engine.name, outcome, self.error_text)

    @property
    def error_text(self) -> str:
        """The message and the hint of the error."""
        return f"{self.error.message} ({self.error.hint})" if self.error is not None else ""


def requested_engines(name: str) -> list[Engine]:
    """The engines that a name stands for: one, all, or the fast ones that are installed."""
    if name not in ("all", "installed"):
        return [get_engine(name)]
    engines = [get_engine(entry) for entry in ENGINES if entry not in WITNESSES]
    if name == "all":
        return engines
    return [engine for engine in engines if engine.name not in SLOW and engine.version()]


def engine_result(
    engine: Engine,
    checks_in: Callable[[Engine], Iterable[PromptCheck]],
    open_documents_in: Callable[[Engine], Iterable[OpenDocument]],
) -> EngineResult:
    """The checks of one engine, and those of its open document if these are all good."""
    checks: tuple[PromptCheck, ...] = ()
    try:
        with libreoffice.running():
            checks = tuple(checks_in(engine))
            if not all(check.good for check in checks):
                return EngineResult(engine, checks)
            return EngineResult(engine, checks, tuple(open_documents_in(engine)))
    except EngineError as error:
        return EngineResult(engine, checks, error=error)
