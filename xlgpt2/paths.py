"""Paths: what stands where a file should be."""

from __future__ import annotations

from pathlib import Path


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
