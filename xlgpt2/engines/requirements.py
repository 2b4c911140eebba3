"""Requirements of engines: an installed program, and files that it can read."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.engines.engine import Engine
from xlgpt2.errors import EngineMissingError, UnsuitableFileError


def require_installed(engine: Engine, title: str) -> str:
    """The version of an engine, whose makers write its name as `title`.

    Raises EngineMissingError if it is not installed.
    """
    version = engine.version()
    if version is None:
        raise EngineMissingError(
            f"{title}: expected it to be installed, got none", engine.how_to_install
        )
    return version


def missing_addresses_error(workbook: Path, title: str) -> UnsuitableFileError:
    """The error for a file whose cells lack addresses, in an engine that needs them."""
    return UnsuitableFileError(
        f"workbook {workbook.name}: expected the address of every cell, which {title} "
        "needs, got cells without",
        "build with --cell-addresses, or take another engine with --engine",
    )
