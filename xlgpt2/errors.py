"""What can go wrong, as a tree of exceptions, each with a hint.

XlGpt2Error
├── CheckpointError            the model folder
│   ├── MissingFileError
│   ├── BadFileError
│   ├── MissingTensorError
│   ├── WrongShapeError
│   ├── UnsupportedModelError  another architecture, activation or option
│   └── DownloadError          a model of the hub that can't be had
│       ├── MissingExtraError  huggingface_hub is not installed
│       ├── UnknownModelError  no model or revision of that name
│       ├── NoAccessError      a private or gated model, a token that is refused
│       ├── OfflineError       no connection, and not in the local cache
│       └── NoSpaceError       the disk is full
├── TemplateError              the folder of TOML files
│   ├── UnknownNameError       a hole, symbol or tensor that does not exist
│   ├── ShapeError             a formula that does not fill its range
│   ├── DialectError           a function or notation not every engine has
│   └── RefusedNameError       a name that a spreadsheet refuses
├── LimitError                 more rows, columns or characters than a spreadsheet has
├── PromptError                a prompt or token ids that this workbook can't take
├── WorkbookError              a file that is no workbook of ours
└── EngineError                a spreadsheet program
    ├── UnknownEngineError
    ├── EngineMissingError
    ├── EngineFailedError
    ├── MissingFunctionError   the engine lacks a function that a formula calls
    └── UnsuitableFileError    the engine needs what this workbook leaves out
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: Characters of a message that are shown: what is quoted of a strange file can be of any length.
_LONGEST_SHOWN = 1000


def on_one_line(text: str) -> str:
    """A message as a terminal may have it: short, and nothing in it that could move the cursor."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[: _LONGEST_SHOWN + 1]
    )
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]} ..."


class XlGpt2Error(Exception):
    """One line that says what, where, expected and got; `hint` says the way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def rendered(self) -> str:
        """The error as the command shows it: what is wrong, and the way out below it."""
        return f"error: {on_one_line(self.message)}\n\nhint: {on_one_line(self.hint)}"


class CheckpointError(XlGpt2Error):
    """The model folder can't be used."""


class MissingFileError(CheckpointError):
    """A file of the checkpoint is not there."""


class BadFileError(CheckpointError):
    """A file of the checkpoint can't be read as what it should be."""


class MissingTensorError(CheckpointError):
    """A tensor that GPT-2 needs is not in the checkpoint."""


class WrongShapeError(CheckpointError):
    """A tensor has other sizes than config.json says."""


class UnsupportedModelError(CheckpointError):
    """The checkpoint is of a kind whose formulas we don't have."""


class DownloadError(CheckpointError):
    """A model of the hub could not be fetched."""


class MissingExtraError(DownloadError):
    """The library that speaks to the hub is not installed."""


class UnknownModelError(DownloadError):
    """The hub has no such model, or the model no such revision."""


class NoAccessError(DownloadError):
    """The hub has the model and does not let this user have it."""


class OfflineError(DownloadError):
    """The hub can't be reached, and the local cache lacks files of the model."""


class NoSpaceError(DownloadError):
    """The disk with the local cache has no room for the model."""


class TemplateError(XlGpt2Error):
    """A template can't be used; the message names file and field."""


class UnknownNameError(TemplateError):
    """A template speaks of a range, symbol or tensor that does not exist."""


class ShapeError(TemplateError):
    """A formula's result does not fit its range."""


class DialectError(TemplateError):
    """A formula uses what not every spreadsheet program has."""


class RefusedNameError(TemplateError):
    """A name that a spreadsheet refuses or would read as a cell."""


class LimitError(XlGpt2Error):
    """The workbook would be larger than a spreadsheet allows."""


class PromptError(XlGpt2Error):
    """The prompt or the token ids can't be taken."""


class WorkbookError(XlGpt2Error):
    """The file is not a workbook that xlgpt2 wrote."""


class EngineError(XlGpt2Error):
    """A spreadsheet engine did not do its work."""


class UnknownEngineError(EngineError):
    """No engine of that name exists."""


class EngineMissingError(EngineError):
    """The engine is not installed here."""


class EngineFailedError(EngineError):
    """The engine started and then failed."""


class MissingFunctionError(EngineError):
    """The engine lacks a function that a formula calls."""


class UnsuitableFileError(EngineError):
    """The engine can't open a workbook written like this one; others can."""


@contextmanager
def located(where: str, kind: type[XlGpt2Error] = XlGpt2Error) -> Iterator[None]:
    """Puts a place before what an error of a kind says, and leaves all else of it as it is."""
    try:
        yield
    except kind as error:
        raise type(error)(f"{where}: {error.message}", error.hint) from error
