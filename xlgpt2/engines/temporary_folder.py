"""The temporary folder: errors that name it if it is full."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlgpt2.errors import EngineFailedError

#: With fewer free bytes a folder counts as full: no program fills it to the last byte.
_LEAST = 65_536


@contextmanager
def room_for(program: str) -> Iterator[None]:
    """Turn an OSError into an EngineFailedError about the temporary files of `program`."""
    try:
        yield
    except OSError as error:
        raise EngineFailedError(
            f"{program}: expected enough space in the folder {_folder()} for temporary files, "
            f"got {error.strerror or error}",
            "free some space there, or set the variable TMPDIR to another folder",
        ) from error


def check_room(folder: Path) -> None:
    """Raise OSError if a folder is full; a program that failed there may not report it."""
    if shutil.disk_usage(folder).free < _LEAST:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "of the system"
