"""The folder of a split model: its workbooks, in the order of computation."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.errors import WorkbookError


def split_files(folder: Path) -> tuple[Path, ...]:
    """The workbooks of a split model in order; raises WorkbookError if one is missing."""
    files = tuple(sorted(folder.glob("[0-9][0-9]-*.xlsx")))
    numbers = [int(file.name[:2]) for file in files]
    complete = numbers == list(range(1, len(files) + 1)) and len(files) > 2
    if not complete or not files[-1].name.endswith("-output.xlsx"):
        raise WorkbookError(
            f"folder {folder}: expected workbooks 01-text.xlsx, 02-h0.xlsx and so on to one named "
            f"NN-output.xlsx, got {', '.join(file.name for file in files) or 'none'}",
            "rebuild the folder with xlgpt2 build --split",
        )
    return files


def workbook_files(file: Path) -> tuple[Path, ...]:
    """A workbook, or those in the folder of a split model."""
    return split_files(file) if file.is_dir() else (file,)
