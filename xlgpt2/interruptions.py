"""Interruptions: an exception that a signal raises, kept back while something is begun or ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class _State:
    """How many sections run that may not be interrupted, and what waits for their end."""

    depth: int = 0
    waiting: BaseException | None = None


_STATE = _State()


def interrupt(error: BaseException) -> None:
    """Raise an exception now, or at the end of the section that may not be interrupted."""
    if not _STATE.depth:
        raise error
    _STATE.waiting = error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A section that no signal ends halfway: a program is started and noted, or it is ended.

    Only the main thread is interrupted, and so only it needs this.
    """
    _STATE.depth += 1
    try:
        yield
    finally:
        _STATE.depth -= 1
        if not _STATE.depth and (error := _STATE.waiting) is not None:
            _STATE.waiting = None
            raise error
