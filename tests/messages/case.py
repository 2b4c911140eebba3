"""A case: what somebody does that can't be done, and the exact words that they read then."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.random_models import write_random_model
from xlgpt2.cli import main as command_line


@dataclass(frozen=True)
class Scene:
    """Where a case happens: an empty folder, which is the current one, and what it may need."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    fixture: Callable[[str], Any]  # by its name; only what is asked for is made

    def model(self) -> Path:
        """A good checkpoint with random weights, in the folder `model`."""
        return write_random_model(self.folder / "model")

    @property
    def workbook(self) -> Path:
        """A good workbook, which many cases share: 11 tokens, 29 bytes, 3 new tokens."""
        path: Path = self.fixture("random_workbook")[0]
        return path

    @property
    def workbook_model(self) -> Path:
        """The model that it was built from: 12 positions, 301 tokens, 2 blocks of 3 heads."""
        path: Path = self.fixture("random_workbook")[1]
        return path

    def shown(self, text: str) -> str:
        """A text with the paths in it as seen from these folders."""
        for folder in (self.folder, self.workbook.parent, self.workbook_model.parent):
            text = text.replace(f"{folder}/", "")
        return text


#: What is done in a scene; it raises, or ends the program.
Cause = Callable[[Scene], object]


#: Stands in a text for words of a library or numbers, which differ between versions and machines.
ANYTHING = "<...>"


def fits(said: str, expected: str) -> bool:
    """Whether a text is the expected one, word for word."""
    return re.fullmatch(".*".join(map(re.escape, expected.split(ANYTHING))), said) is not None


class Case(NamedTuple):
    """What is done, how, and the error that follows: its kind, its message and its hint.

    `<...>` in the texts stands for anything. `needs` are programs that may be missing:
    libreoffice, ironcalc or cellrune.
    """

    what: str
    cause: Cause
    kind: type[Exception]
    message: str
    hint: str
    needs: tuple[str, ...] = ()

    def rendered(self) -> str:
        """What is read in a terminal."""
        return f"error: {self.message}\n\nhint: {self.hint}"


def command(*arguments: str) -> Cause:
    """The command line; FILE and MODEL are those that cases share."""

    def cause(scene: Scene) -> None:
        shared = {"FILE": scene.workbook, "MODEL": scene.workbook_model}
        line = [str(shared.get(argument, argument)) for argument in arguments]
        scene.monkeypatch.setattr(sys, "argv", ["xlgpt2", *line])
        command_line.main()

    return cause
