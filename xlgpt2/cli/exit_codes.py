"""How a command ends: an error in one line with a hint, and the exit code that says which."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from xlgpt2.cli import printing, signals
from xlgpt2.errors import XlGpt2Error

#: The command could not run; 1 would say that something differs.
COULD_NOT_RUN = 2

_AGAIN = "nothing was changed; run the command again"


@contextmanager
def exit_codes() -> Iterator[None]:
    """A context for a command: what it raises becomes a message on stderr and an exit code."""
    printing.take_any_character()
    stdout, stderr = sys.stdout, sys.stderr
    with signals.obeyed() as received:
        try:
            yield
        except XlGpt2Error as error:
            _fail(error)
        except click.UsageError as error:
            context = error.ctx.command_path if error.ctx else "xlgpt2"
            _fail(XlGpt2Error(error.format_message(), f"run {context} --help"))
        except (click.Abort, KeyboardInterrupt):
            _fail(XlGpt2Error("stopped", _AGAIN))
        except signals.Stopped as error:
            _fail(XlGpt2Error(f"stopped by {error.signal}", _AGAIN), error.code)
        except OSError as error:
            printing.give_up()
            # What is written to a terminal that has been closed fails in place of the command.
            _fail(printing.failed(error), received.code or COULD_NOT_RUN)
        except SystemExit:
            if sys.stdout is stdout:
                raise
            # Nobody reads any more, for which click puts others in their places, and exits with 1.
            sys.stdout, sys.stderr = stdout, stderr
            printing.give_up()
            sys.exit(printing.NO_READER)


def _fail(error: XlGpt2Error, code: int = COULD_NOT_RUN) -> None:
    printing.say_error(error)
    sys.exit(code)
