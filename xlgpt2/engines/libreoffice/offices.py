"""LibreOffices for workbooks: a new one for each, or one that is kept for the next workbook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from xlgpt2.engines.libreoffice.process import Office
from xlgpt2.errors import EngineError, PromptError, WorkbookError
from xlgpt2.interruptions import uninterrupted

#: Bytes of unpacked workbooks after which a LibreOffice is replaced. It keeps memory of closed
#: ones: 1.2 GB after four times the shipped model's of 23 MB. A larger workbook has its own
#: LibreOffice: a start takes a second, opening so much several.
MOST_OPENED = 200_000_000

#: Seconds for closing workbooks of that size.
_CLOSE_S = 60.0

#: Errors of workbooks and inputs, after which LibreOffice is as good as before; and the end of a
#: caller that needs no more readings.
_HARMLESS = (WorkbookError, PromptError, GeneratorExit)


@dataclass
class Kept:
    """LibreOffices without a workbook, and the number of contexts in which they are kept."""

    contexts: int = 0
    idle: list[Office] = field(default_factory=list)


_KEPT = Kept()


@contextmanager
def running() -> Iterator[None]:
    """Keep LibreOffice running in this context: it computes one workbook after another.

    Workbooks that are open at the same time have a LibreOffice each. What fails or ends is replaced
    for the next workbook. Contexts may be nested; when the last one ends, LibreOffice does.
    """
    kept = _KEPT
    kept.contexts += 1
    try:
        yield
    finally:
        kept.contexts -= 1
        if not kept.contexts:
            _end_idle(kept)


@contextmanager
def office_for(unpacked: int, start_s: float, answer_s: float) -> Iterator[Office]:
    """A running LibreOffice for a workbook of `unpacked` bytes, which is not loaded yet.

    Raises what `Office.start` does.
    """
    office = _idle_office(unpacked)
    if office is None:
        limit = max(unpacked, MOST_OPENED) if _KEPT.contexts else unpacked
        office = Office(start_s, answer_s, limit)
        office.start()
    office.opened += unpacked
    office.answer_s = answer_s
    try:
        yield office
    except _HARMLESS:
        _keep_or_end(office)
        raise
    except BaseException:
        office.end()
        raise
    _keep_or_end(office)


def _idle_office(unpacked: int) -> Office | None:
    """A LibreOffice that was kept, still runs and may open so many bytes more; or None.

    Others that were kept are ended, unless the workbook is too large for any.
    """
    while _KEPT.idle and unpacked <= MOST_OPENED:
        office = _KEPT.idle.pop()
        if office.usable and office.opened + unpacked <= MOST_OPENED:
            return office
        office.end()
    return None


def _keep_or_end(office: Office) -> None:
    """Close the workbook and keep LibreOffice for the next one, or end it."""
    keep = _KEPT.contexts > 0 and office.opened < MOST_OPENED and office.usable
    if keep and _closed(office):
        _KEPT.idle.append(office)
    else:
        office.end()


def _closed(office: Office) -> bool:
    """Close the workbook; False if that fails."""
    try:
        return not any("refused" in answer for answer in office.ask({"command": "close"}, _CLOSE_S))
    except EngineError:
        return False
    except BaseException:
        office.end()
        raise


def _end_idle(kept: Kept) -> None:
    """End the LibreOffices that have no workbook."""
    with uninterrupted():
        while kept.idle:
            kept.idle.pop().end()
