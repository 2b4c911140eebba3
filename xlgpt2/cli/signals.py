"""Signals: Ctrl-C, a closed terminal and `kill` end a command and the programs it has started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from xlgpt2.interruptions import interrupt

#: A closed terminal sends SIGHUP, which Windows does not have.
_ENDING = tuple(s for s in signal.Signals if s.name in ("SIGTERM", "SIGHUP"))

#: The exit code in shells of a program that a signal ended: this plus the signal's number.
FIRST_CODE = 128


class Stopped(SystemExit):
    """A signal that ends the program, with its exit code in shells."""

    code: int

    def __init__(self, number: int) -> None:
        super().__init__(FIRST_CODE + number)
        self.signal = signal.Signals(number).name


class FirstSignal:
    """The handler of the first signal, if any; later ones are ignored while it is handled."""

    def __init__(self) -> None:
        self.arrived = False
        self.code: int | None = None  # None for Ctrl-C

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal, see signal.signal."""
        if self.arrived:
            return
        self.arrived = True
        if number == signal.SIGINT:
            interrupt(KeyboardInterrupt())
        else:
            stopped = Stopped(number)
            self.code = stopped.code
            interrupt(stopped)


@contextmanager
def signals_as_exceptions() -> Iterator[FirstSignal]:
    """A context in which signals raise exceptions, so that the usual cleanup takes place.

    A signal that is ignored, as under nohup, stays ignored.
    """
    first_signal = FirstSignal()
    previous = {}
    for number in (signal.SIGINT, *_ENDING):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            previous[number] = signal.signal(number, first_signal)
    try:
        yield first_signal
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
