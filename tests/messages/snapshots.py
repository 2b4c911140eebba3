"""Snapshots: the words that users read, in a text file for each file of cases.

A block is the name of a case in brackets, and the lines that are read. `<...>` stands in them for
words of a library, numbers or paths, which differ between versions and machines.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"

#: Rewrites them.
UPDATE = "python -m tests.messages.update"

#: Stands for words that differ between versions and machines.
ANYTHING = "<...>"

#: The property of a test's report that gives the update a file of cases, a case and its words.
WORDS = "words"

_HEADING = f"""\
The words of the cases in tests/messages/{{}}.py. `{UPDATE}` rewrites them;
{ANYTHING} is written by hand, for what differs between versions and machines."""


def path_of(file: str) -> Path:
    """The path of the snapshots for a file of cases, which is named without its ending."""
    return FOLDER / f"{file}.txt"


def read(file: str) -> dict[str, str]:
    """The words of each case by its name; none without a file."""
    path = path_of(file)
    text = path.read_bytes().decode("utf-8") if path.exists() else ""
    _heading, *blocks = re.split(r"^\[(.*)\]\n", text, flags=re.MULTILINE)
    return {name: words.strip("\n") for name, words in zip(blocks[::2], blocks[1::2], strict=True)}


def text_of(file: str, snapshots: dict[str, str]) -> str:
    """The text of a file of snapshots."""
    blocks = [f"[{name}]\n{words}" for name, words in snapshots.items()]
    return "\n\n".join([_HEADING.format(file), *blocks]) + "\n"


def fits(words: str, expected: str) -> bool:
    """Whether words are the expected ones, in which `<...>` stands for anything within a line."""
    return re.fullmatch(".*".join(map(re.escape, expected.split(ANYTHING))), words) is not None


def kept(words: str, old: str) -> str:
    """The words as a new snapshot: lines of the old one that still fit are kept with their `<...>`."""
    if fits(words, old):
        return old
    lines = old.split("\n")
    return "\n".join(
        line if line in lines else next((one for one in lines if fits(line, one)), line)
        for line in words.split("\n")
    )
