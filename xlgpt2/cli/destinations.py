"""Output files: what commands may replace, and what only with --force."""

from __future__ import annotations

import os
from pathlib import Path

import click

from xlgpt2.designs.provenance import STATED
from xlgpt2.errors import WorkbookError
from xlgpt2.files import other_than_file
from xlgpt2.xlsx.package import read_contents

#: The beginning of a report of `verify`.
REPORT_TITLE = b"# Verification of "

FORCE = click.option("--force", is_flag=True, help="Overwrite a file that xlgpt2 did not write.")

_FORCE_HINT = "choose another path, or add --force to overwrite it"


def check_workbook(path: Path, force: bool, endings: tuple[str, ...] = (".xlsx",)) -> None:
    """Raise WorkbookError if a workbook may not be written to a path.

    It may replace a workbook of xlgpt2 or an empty file. Excel opens no .xlsx file whose name has
    another ending.
    """
    if path.suffix.lower() not in endings and other_than_file(path) is None:
        raise WorkbookError(
            f"-o {path}: expected a name ending in {endings[0]}, got {path.suffix or 'none'}",
            f"write -o {path.with_suffix(endings[0])}; to get another format, save it from a "
            "spreadsheet program",
        )
    if not force and _has_content(path) and not _is_own_workbook(path):
        raise WorkbookError(
            f"-o {path}: expected no file, or a workbook built by xlgpt2, got another file",
            _FORCE_HINT,
        )


def check_folder(folder: Path, force: bool) -> None:
    """Raise WorkbookError if a folder has workbooks that are not of xlgpt2."""
    for path in sorted(folder.glob("*.xlsx")):
        check_workbook(path, force)


def check_report(path: Path, force: bool) -> None:
    """Raise UsageError if a report can't be written, before minutes of work and not after them.

    Raises WorkbookError for a file that is neither empty nor a report.
    """
    try:
        if not force and _has_content(path):
            with path.open("rb") as file:
                beginning = file.read(len(REPORT_TITLE))
            if beginning != REPORT_TITLE:
                raise WorkbookError(
                    f"--report {path}: expected no file, or a report written by "
                    "xlgpt2, got another file",
                    _FORCE_HINT,
                )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opening a pipe without a reader would block.
        non_blocking = getattr(os, "O_NONBLOCK", 0)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | non_blocking, 0o666))
    except OSError as error:
        raise _not_written(path, error) from error


def write_report(path: Path, text: str) -> None:
    """Write a report; names of files in it may have bytes that are no characters."""
    try:
        path.write_text(text, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> click.UsageError:
    got = error.strerror or error
    return click.UsageError(f"--report {path}: expected a writable file, got {got}")


def _has_content(path: Path) -> bool:
    """Whether a file exists and is not empty; inaccessible ones fail later, when written."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _is_own_workbook(path: Path) -> bool:
    """Whether a workbook has names of the tab Guide, whichever program saved it last."""
    try:
        return not read_contents(path).areas.keys().isdisjoint(STATED)
    except WorkbookError:
        return False
