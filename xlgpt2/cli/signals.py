"""Signals: Ctrl-C, a closed terminal and `kill` end a command with all that it has started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from xlgpt2.interruptions import interrupt

#: SIGHUP is what a closed terminal sends, which Windows does not have.
_ENDING = tuple(s for s in signal.Signals if s.name in ("SIGTERM", "SIGHUP"))

#: Exit codes of programs that a signal ended, as shells have them: this and the signal's number.
FIRST_CODE = 128


class Stopped(SystemExit):
    """A signal that ends the program, with the exit code that shells give for it."""

    code: int

    def __init__(self, number: int) -> None:
        super().__init__(FIRST_CODE + number)
        self.signal = signal.Signals(number).name


class Received:
    """The first signal that came, if one did. Those after it are ignored: it is being obeyed."""

    def __init__(self) -> None:
        self.any = False
        self.code: int | None = None  # of a signal that has one

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal, see signal.signal."""
        if self.any:
            return
        self.any = True
        if number == signal.SIGINT:
            interrupt(KeyboardInterrupt())
        else:
            stopped = Stopped(number)
            self.code = stopped.code
            interrupt(stopped)


@contextmanager
def obeyed() -> Iterator[Received]:
    """A context in which signals raise exceptions, so that what was started is cleared away.

    A signal that whoever started us has had ignored, as nohup does, stays so.
    """
    received = Received()
    before = {}
    for number in (signal.SIGINT, *_ENDING):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            before[number] = signal.signal(number, received)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
