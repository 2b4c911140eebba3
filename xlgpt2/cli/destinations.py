"""Where commands write: what may be replaced there, and what only with --force."""

from __future__ import annotations

import os
from pathlib import Path

import click

from xlgpt2.designs.provenance import STATED
from xlgpt2.errors import WorkbookError
from xlgpt2.files import other_than_file
from xlgpt2.xlsx.package import read_contents

#: How a report of `verify` begins.
REPORT_TITLE = b"# Verification of "

FORCE = click.option("--force", is_flag=True, help="Replace a file that xlgpt2 did not write.")

_FORCE_HINT = "choose another place, or add --force to replace it"


def check_workbook(path: Path, force: bool, endings: tuple[str, ...] = (".xlsx",)) -> None:
    """Nothing where a workbook may be written; raises WorkbookError where it may not.

    A workbook of ours may be replaced, and so may an empty file. Excel opens no .xlsx file whose
    name ends in another way.
    """
    if path.suffix.lower() not in endings and other_than_file(path) is None:
        raise WorkbookError(
            f"-o {path}: expected a name that ends in {endings[0]}, got {path.suffix or 'none'}",
            f"write -o {path.with_suffix(endings[0])}; a spreadsheet program saves it in other "
            "formats",
        )
    if not force and _holds_something(path) and not _is_ours(path):
        raise WorkbookError(
            f"-o {path}: expected no file, or a workbook built by xlgpt2, got another file",
            _FORCE_HINT,
        )


def check_folder(folder: Path, force: bool) -> None:
    """Nothing where a split model may be written: its workbooks replace none but ours."""
    for path in sorted(folder.glob("*.xlsx")):
        check_workbook(path, force)


def check_report(path: Path, force: bool) -> None:
    """Nothing where a report can be written: found out before minutes of work, not after them.

    It replaces nothing but a report; raises UsageError and WorkbookError.
    """
    try:
        if not force and _holds_something(path):
            with path.open("rb") as file:
                beginning = file.read(len(REPORT_TITLE))
            if beginning != REPORT_TITLE:
                raise WorkbookError(
                    f"--report {path}: expected no file, or a report of xlgpt2, got another file",
                    _FORCE_HINT,
                )
        path.parent.mkdir(parents=True, exist_ok=True)
        # A pipe that nobody reads would keep us waiting.
        at_once = getattr(os, "O_NONBLOCK", 0)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | at_once, 0o666))
    except OSError as error:
        raise _not_written(path, error) from error


def write_report(path: Path, text: str) -> None:
    """Write a report; a file's name may hold bytes that are no characters."""
    try:
        path.write_text(text, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> click.UsageError:
    got = error.strerror or error
    return click.UsageError(f"--report {path}: expected a file that can be written, got {got}")


def _holds_something(path: Path) -> bool:
    """Whether there is a file with something in it; what can't be looked at fails when written."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _is_ours(path: Path) -> bool:
    """Whether a file is a workbook of ours, by names of the Guide, whoever saved it last."""
    try:
        return not read_contents(path).areas.keys().isdisjoint(STATED)
    except WorkbookError:
        return False
