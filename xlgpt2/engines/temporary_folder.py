"""The temporary folder: an error that names it where it has no room for what an engine needs."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlgpt2.errors import EngineFailedError

#: Free bytes of a folder that is as good as full: no program writes its last byte.
_LEAST = 65_536


@contextmanager
def room_for(program: str) -> Iterator[None]:
    """Raises EngineFailedError in place of an OSError for what a program is given or gives."""
    try:
        yield
    except OSError as error:
        raise EngineFailedError(
            f"{program}: expected room in the folder {_folder()} for its temporary files, "
            f"got {error.strerror or error}",
            "free some space there, or name another folder in the variable TMPDIR",
        ) from error


def check_room(folder: Path) -> None:
    """Nothing, unless a folder is full, which a program that failed there may not have said.

    Raises OSError.
    """
    if shutil.disk_usage(folder).free < _LEAST:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "that the system names"
