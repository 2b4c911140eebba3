"""The temporary folder: an error that names it where it has no room for what an engine needs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from xlgpt2.errors import EngineFailedError


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


def _folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "that the system names"
