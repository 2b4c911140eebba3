"""Two split models compared: folders, workbook by workbook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from xlgpt2.diff.differences import FolderDifference, WorkbookDifference
from xlgpt2.diff.workbooks import diff_workbooks
from xlgpt2.errors import WorkbookError
from xlgpt2.progress import Progress, Step, silent
from xlgpt2.xlsx.split_folder import split_files


def diff(
    old: Path, new: Path, progress: Progress = silent
) -> WorkbookDifference | FolderDifference:
    """The differences between two workbooks, or between the folders of two split models.

    Raises WorkbookError for unreadable files, incomplete folders, and a file with a folder.
    """
    if old.is_dir() != new.is_dir():
        folder, file = (old, new) if old.is_dir() else (new, old)
        raise WorkbookError(
            f"workbooks: expected two files or two folders, got folder {folder} and file {file}",
            "use two workbooks, or two folders written by xlgpt2 build --split",
        )
    if not old.is_dir():
        return diff_workbooks(old, new, progress)
    # Matched by part and not by number: numbers shift where a block is missing.
    files = {_part(file): file for file in split_files(old)}
    new_files = {_part(file): file for file in split_files(new)}
    differences = []
    for part, file in files.items():
        if part in new_files:

            def report(step: Step, name: str = file.name) -> None:
                progress(replace(step, what=f"{name}: {step.what}"))

            differences.append(diff_workbooks(file, new_files[part], report))
    return FolderDifference(
        old,
        new,
        tuple(file.name for part, file in files.items() if part not in new_files),
        tuple(file.name for part, file in new_files.items() if part not in files),
        tuple(differences),
    )


def _part(file: Path) -> str:
    """The part of a model that a workbook holds: text, h0, h1, ..., output."""
    return file.stem.partition("-")[2]
