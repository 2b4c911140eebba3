"""Files: what is at a path, and writing a file whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlgpt2.errors import WorkbookError


def other_than_file(path: Path) -> str | None:
    """What is there in place of a file, or None: a pipe may never end, and a device never does.

    None also where there is nothing: opening it will say so.
    """
    try:
        if path.is_dir():
            return "a folder"
        if path.exists() and not path.is_file():
            return "a pipe, socket or device"
    except OSError:  # a folder on the way that may not be read, or a name that is too long
        return None
    return None


def require_file(path: Path) -> None:
    """Nothing where a file is or can be; raises OSError for what must not be replaced by one."""
    if (got := other_than_file(path)) is not None:
        raise OSError(got)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write a workbook that is put at `path` when the context ends without an error.

    It is in a folder of its own, which is removed with all that is left in it. A file that it
    replaces hands on its permissions, and where `path` is a link, what it leads to is replaced.
    Raises WorkbookError for an OSError on the way.
    """
    with telling_where(path):
        require_file(path)
        target = Path(os.path.realpath(path))  # also where a link leads to itself
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlgpt2-", dir=target.parent) as folder:
            finished = Path(folder) / "finished.xlsx"
            yield finished
            if target.exists():
                shutil.copymode(target, finished)
            finished.replace(target)


@contextmanager
def telling_where(path: Path) -> Iterator[None]:
    """Raises WorkbookError, which says that `path` can't be written, in place of an OSError."""
    try:
        yield
    except OSError as error:
        raise WorkbookError(
            f"workbook {path}: expected a file that can be written, got {error.strerror or error}",
            "choose another place with -o, or free some space",
        ) from error
