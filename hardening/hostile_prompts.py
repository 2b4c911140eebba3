"""Prompts of all kinds, and output paths that can't be written, each with the expected answer."""

from __future__ import annotations

import os
from pathlib import Path

from hardening.makers import Hostile, Make


def prompt(text: str) -> Make:
    """A prompt, passed unchanged."""
    return lambda folder, good: text


def place(name: str = "model.xlsx", mode: int | None = None) -> Make:
    """A path in a folder with these permissions."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "place" / name
        path.parent.mkdir(parents=True)
        if mode is not None:
            path.parent.chmod(mode)
        return path

    return make


def existing(kind: str) -> Make:
    """A path where something else already exists."""

    def make(folder: Path, good: Path) -> Path:
        path = folder / "taken"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
            (path / "mine.xlsx").write_bytes(b"mine")
        else:
            path.write_bytes(b"mine")
            path = path / "below.xlsx"
        return path

    return make


LONG = "more than 8 characters"
HALF = "unpaired surrogate"

HOSTILE_PROMPTS = [
    Hostile("an empty prompt", prompt(""), "empty"),
    Hostile("a prompt of 40,000 characters", prompt("x" * 40_000), "expected at most 32,767 characters"),
    Hostile("a prompt of 20,000 emoji", prompt("😀" * 20_000), "expected at most 32,767 characters"),
    Hostile("a prompt of 32,767 characters", prompt("x" * 32_767)),
    Hostile("an unpaired surrogate", prompt("\udcff"), HALF),
    Hostile("a surrogate pair", prompt("\ud83d\ude00"), HALF),
    *(
        Hostile(f"the prompt {text!r}", prompt(text))
        for text in ("\x01", "\x1b[2J", "\x7f", "\x85", "\r", "\r\n", "\n", "\t", "a\tb\nc", "\u2028", "\u202e", "\ufeff", "\ufffe", "\uffff", "\U0010ffff", "e\u0301" * 3, "=1+1", "+1", "-1", "@A1", "'1", "#N/A", "TRUE", "1e5", "_x0041_", "<b>&", "\"", "\\", "%s", "{C}", " ", "\u00a0")
    ),
]  # fmt: skip

CANT_WRITE = "writable"

HOSTILE_PLACES = [
    Hostile("a folder that may not be written", place(mode=0o555), CANT_WRITE, as_nobody=True),
    Hostile("a folder that may not be entered", place(mode=0o000), "", as_nobody=True),
    Hostile("a folder where a file is", existing("file"), CANT_WRITE),
    Hostile("a folder with other workbooks", existing("folder")),
    Hostile("a pipe without a reader", existing("pipe")),
    Hostile("a name of 300 characters", place("x" * 300 + ".xlsx"), CANT_WRITE),
    Hostile("a device", lambda folder, good: Path("/dev/full"), as_nobody=True),
    Hostile("a folder of the system", lambda folder, good: Path("/proc/nowhere/x.xlsx"), CANT_WRITE, as_nobody=True),
    *(Hostile(f"a file called {name!r}", place(name)) for name in ("=1+1.xlsx", "-o.xlsx", "a b\n.xlsx", "\udcff.xlsx")),
]  # fmt: skip
