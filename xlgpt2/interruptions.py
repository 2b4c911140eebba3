"""Interruptions: exceptions of signals, deferred while a process is started or ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class _State:
    """The depth of nested uninterrupted sections, and the exception to raise after them."""

    depth: int = 0
    pending: BaseException | None = None


_STATE = _State()


def interrupt(error: BaseException) -> None:
    """Raise an exception now, or at the end of the outermost uninterrupted section."""
    if not _STATE.depth:
        raise error
    _STATE.pending = error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer signals, for example between starting a program and recording that it runs.

    Only the main thread is interrupted, so only it needs this.
    """
    _STATE.depth += 1
    try:
        yield
    finally:
        _STATE.depth -= 1
        if not _STATE.depth and (error := _STATE.pending) is not None:
            _STATE.pending = None
            raise error
