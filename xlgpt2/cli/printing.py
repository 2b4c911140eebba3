"""Output on stdout and stderr that survives missing characters, disk space and readers."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import sys
from typing import Any

from xlgpt2.errors import XlGpt2Error

#: The exit code in shells of a program that wrote to a pipe without a reader.
NO_READER = 128 + 13


def escape_unencodable() -> None:
    """Make stdout and stderr escape characters that their encoding lacks, as in \\u6771.

    A pipe or a file has the encoding of the system, which on Windows lacks most characters. A
    file's name may even have bytes that are no characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_json(value: Any) -> str:  # noqa: ANN401 - any value of JSON
    """Plain values as JSON; characters are escaped only if stdout can't encode all."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    encodes_all = codecs.lookup(encoding).name.startswith("utf")
    return json.dumps(value, ensure_ascii=not encodes_all, indent=2)


def output_error(error: OSError) -> XlGpt2Error:
    """The error for an OSError that no command handles: of stdout, if it names no file."""
    got = error.strerror or error
    if error.filename is None:
        return XlGpt2Error(
            f"output: expected a writable destination, got {got}",
            "free some space, or redirect the output elsewhere",
        )
    return XlGpt2Error(
        f"{error.filename}: expected an accessible file or folder, got {got}",
        "free some space, check that you have permission to read and write it, or "
        "choose another path",
    )


def discard_stdout() -> None:
    """Discard what stdout has buffered: Python would write it at exit, and fail again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null_device = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null_device, sys.stdout.fileno())
        os.close(null_device)


def print_error(error: XlGpt2Error) -> None:
    """Print an error on stderr, if that can still be written."""
    with contextlib.suppress(OSError, ValueError):
        print(error.rendered(), file=sys.stderr, flush=True)
