"""A case: what somebody does that can't be done, whose exact words are in a snapshot."""

from __future__ import annotations

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


class Case(NamedTuple):
    """What is done, how, and the kind of the error that follows; a snapshot has its words.

    `needs` are programs that may be missing: libreoffice, ironcalc, cellrune or formulon.
    """

    what: str
    cause: Cause
    kind: type[Exception]
    needs: tuple[str, ...] = ()


def command(*arguments: str) -> Cause:
    """The command line; FILE and MODEL are those that cases share."""

    def cause(scene: Scene) -> None:
        shared = {"FILE": scene.workbook, "MODEL": scene.workbook_model}
        line = [str(shared.get(argument, argument)) for argument in arguments]
        scene.monkeypatch.setattr(sys, "argv", ["xlgpt2", *line])
        command_line.main()

    return cause
