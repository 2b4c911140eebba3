"""Output that can't fail in silence: characters, room and readers that stdout may lack."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import sys
from typing import Any

from xlgpt2.errors import XlGpt2Error

#: What a shell says of a program that wrote to a pipe which nobody read any more.
NO_READER = 128 + 13


def take_any_character() -> None:
    """Let stdout and stderr show what their encoding lacks by its number, as in \\u6771.

    A pipe or a file has the encoding of the system, which on Windows lacks most characters. A
    file's name may even hold bytes that are no characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON has
    """Plain values as JSON, with all characters as they are where stdout can carry them."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    every_one = codecs.lookup(encoding).name.startswith("utf")
    return json.dumps(value, ensure_ascii=not every_one, indent=2)


def failed(error: OSError) -> XlGpt2Error:
    """The error for an OSError that no command has told: of stdout, if it names no file."""
    got = error.strerror or error
    if error.filename is None:
        return XlGpt2Error(
            f"output: expected a place with room for it, got {got}",
            "free some space, or send the output to another place",
        )
    return XlGpt2Error(
        f"{error.filename}: expected a file or folder that can be used, got {got}",
        "free some space, see that it may be read and written, or choose another place",
    )


def give_up() -> None:
    """Let what stdout still holds go nowhere: Python would write it at the end, and fail again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say_error(error: XlGpt2Error) -> None:
    """Show an error on stderr, if that can still be written."""
    with contextlib.suppress(OSError, ValueError):
        print(error.rendered(), file=sys.stderr, flush=True)
