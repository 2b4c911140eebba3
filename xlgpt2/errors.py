"""The exceptions of xlgpt2, each with a hint.

XlGpt2Error
├── CheckpointError            the model folder
│   ├── MissingFileError
│   ├── BadFileError
│   ├── MissingTensorError
│   ├── WrongShapeError
│   ├── UnsupportedModelError  another architecture, activation or option
│   └── DownloadError          a model of the hub that can't be downloaded
│       ├── MissingExtraError  huggingface_hub is not installed
│       ├── UnknownModelError  no model or revision of that name
│       ├── NoAccessError      a private or gated model, or a rejected access token
│       ├── OfflineError       no connection, and not in the local cache
│       └── NoSpaceError       the disk is full
├── TemplateError              the folder of TOML files
│   ├── UnknownNameError       a hole, symbol or tensor that does not exist
│   ├── ShapeError             a formula that does not fill its range
│   ├── DialectError           a function or notation not every engine has
│   └── RefusedNameError       a name that a spreadsheet rejects
├── LimitError                 more rows, columns or characters than a spreadsheet allows
├── PromptError                a prompt or token ids that this workbook can't take
├── WorkbookError              a file that is not a workbook of xlgpt2
└── EngineError                a spreadsheet program
    ├── UnknownEngineError
    ├── EngineMissingError
    ├── EngineFailedError
    ├── MissingFunctionError   the engine lacks a function that a formula calls
    └── UnsuitableFileError    the engine can't read this variant of the workbook
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

#: Characters of a message that are shown: quotations from an unknown file can have any length.
_LONGEST_SHOWN = 1000


def on_one_line(text: str) -> str:
    """A message that is safe to print: shortened, and without control characters."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[: _LONGEST_SHOWN + 1]
    )
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]} ..."


class XlGpt2Error(Exception):
    """A one-line message (`where: expected X, got Y`) and a hint on how to fix it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def rendered(self) -> str:
        """The error as the command prints it: the message, and the hint below it."""
        return f"error: {on_one_line(self.message)}\n\nhint: {on_one_line(self.hint)}"


class CheckpointError(XlGpt2Error):
    """The model can't be used."""


class MissingFileError(CheckpointError):
    """A file of the checkpoint is missing."""


class BadFileError(CheckpointError):
    """A file of the checkpoint is invalid."""


class MissingTensorError(CheckpointError):
    """A tensor that GPT-2 needs is not in the checkpoint."""


class WrongShapeError(CheckpointError):
    """A tensor's shape differs from that in config.json."""


class UnsupportedModelError(CheckpointError):
    """The checkpoint's architecture, activation or an option is not supported."""


class DownloadError(CheckpointError):
    """A model of the hub can't be downloaded."""


class MissingExtraError(DownloadError):
    """The package huggingface_hub is not installed."""


class UnknownModelError(DownloadError):
    """The hub has no such model, or the model no such revision."""


class NoAccessError(DownloadError):
    """The hub denies this user access to the model."""


class OfflineError(DownloadError):
    """The hub can't be reached, and the local cache lacks some of the model's files."""


class NoSpaceError(DownloadError):
    """The disk with the local cache is full."""


class TemplateError(XlGpt2Error):
    """A template can't be used; the message names file and field."""


class UnknownNameError(TemplateError):
    """A template refers to a range, symbol or tensor that does not exist."""


class ShapeError(TemplateError):
    """A formula's result does not fit its range."""


class DialectError(TemplateError):
    """A formula uses a function or notation that not every spreadsheet program has."""


class RefusedNameError(TemplateError):
    """A name that a spreadsheet rejects or reads as a cell reference."""


class LimitError(XlGpt2Error):
    """The workbook would be larger than a spreadsheet allows."""


class PromptError(XlGpt2Error):
    """The prompt or the token ids are invalid."""


class WorkbookError(XlGpt2Error):
    """The file is not a workbook that xlgpt2 wrote."""


class EngineError(XlGpt2Error):
    """A spreadsheet engine can't be used or failed."""


class UnknownEngineError(EngineError):
    """No engine has this name."""


class EngineMissingError(EngineError):
    """The engine is not installed."""


class EngineFailedError(EngineError):
    """The engine started and then failed."""


class MissingFunctionError(EngineError):
    """The engine lacks a function that a formula calls."""


class UnsuitableFileError(EngineError):
    """The engine can't open this variant of the workbook; others can."""


@contextmanager
def located(where: str, kind: type[XlGpt2Error] = XlGpt2Error) -> Iterator[None]:
    """Prefix the message of an error of a `kind` with a location."""
    try:
        yield
    except kind as error:
        raise type(error)(f"{where}: {error.message}", error.hint) from error
