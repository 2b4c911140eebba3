"""Files: what is at a path, and atomic writes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlgpt2.errors import WorkbookError


def other_than_file(path: Path) -> str | None:
    """What is at a path instead of a file, or None; pipes and devices may never end.

    None also if nothing is there: opening the path reports that.
    """
    try:
        if path.is_dir():
            return "a folder"
        if path.exists() and not path.is_file():
            return "a pipe, socket or device"
    except OSError:  # a parent folder without permission, or a name that is too long
        return None
    return None


def require_file(path: Path) -> None:
    """Raise OSError if a folder, pipe, socket or device is at a path."""
    if (other := other_than_file(path)) is not None:
        raise OSError(other)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary path for a workbook, moved to `path` when the context ends without an error.

    It is in a folder of its own, which is removed with everything left in it. The file keeps the
    permissions of one that it replaces; if `path` is a link, its target is replaced. An OSError
    becomes a WorkbookError.
    """
    with reporting_write_errors(path):
        require_file(path)
        target = Path(os.path.realpath(path))  # also for a link to itself
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=target.parent) as folder:
            finished = Path(folder) / "finished.xlsx"
            yield finished
            if target.exists():
                shutil.copymode(target, finished)
            finished.replace(target)


@contextmanager
def reporting_write_errors(path: Path) -> Iterator[None]:
    """Turn an OSError into a WorkbookError that says that `path` can't be written."""
    try:
        yield
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a writable file, got {error.strerror or error}",
            "choose another path with -o, or free some space",
        ) from error
