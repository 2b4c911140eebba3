"""Two split models side by side: folders whose workbooks are compared one by one."""

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
    """What differs between two workbooks, or between the folders of two split models.

    Raises WorkbookError for files that can't be read, incomplete folders, and one of each.
    """
    if old.is_dir() != new.is_dir():
        folder, file = (old, new) if old.is_dir() else (new, old)
        raise WorkbookError(
            f"workbooks: expected two files or two folders, got folder {folder} and file {file}",
            "give two workbooks, or two folders that xlgpt2 build --split wrote",
        )
    if not old.is_dir():
        return diff_workbooks(old, new, progress)
    # By what they are and not by their numbers, which are others where a block is missing.
    files = {_part(file): file for file in split_files(old)}
    new_files = {_part(file): file for file in split_files(new)}
    found = []
    for part, file in files.items():
        if part in new_files:

            def tell(step: Step, name: str = file.name) -> None:
                progress(replace(step, what=f"{name}: {step.what}"))

            found.append(diff_workbooks(file, new_files[part], tell))
    return FolderDifference(
        old,
        new,
        tuple(file.name for part, file in files.items() if part not in new_files),
        tuple(file.name for part, file in new_files.items() if part not in files),
        tuple(found),
    )


def _part(file: Path) -> str:
    """Which part of a model a workbook is: text, h0, h1, ..., output."""
    return file.stem.partition("-")[2]
