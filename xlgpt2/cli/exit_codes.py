"""How a command ends: an error as one line with a hint, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from xlgpt2.cli import printing, signals
from xlgpt2.errors import XlGpt2Error

#: The command could not run; 1 means that something differs.
COULD_NOT_RUN = 2

_AGAIN = "nothing was changed; run the command again"


@contextmanager
def exit_codes() -> Iterator[None]:
    """A context for a command that turns exceptions into a message on stderr and an exit code."""
    printing.escape_unencodable()
    stdout, stderr = sys.stdout, sys.stderr
    with signals.signals_as_exceptions() as first_signal:
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
            printing.discard_stdout()
            # If the terminal was closed, this error has replaced the exception of the signal.
            _fail(printing.output_error(error), first_signal.code or COULD_NOT_RUN)
        except SystemExit:
            if sys.stdout is stdout:
                raise
            # The reader has gone, for which click replaces both streams, and exits with 1.
            sys.stdout, sys.stderr = stdout, stderr
            printing.discard_stdout()
            sys.exit(printing.NO_READER)


def _fail(error: XlGpt2Error, code: int = COULD_NOT_RUN) -> None:
    printing.print_error(error)
    sys.exit(code)
