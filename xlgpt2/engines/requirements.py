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
            f"{title}: expected an installation, got none", engine.how_to_install
        )
    return version


def missing_addresses_error(workbook: Path, title: str) -> UnsuitableFileError:
    """The error for a file whose cells lack addresses, in an engine that needs them."""
    return UnsuitableFileError(
        f"workbook {workbook.name}: expected an address in every cell, which {title} requires, "
        "got cells without addresses",
        "build with --cell-addresses, or use another engine with --engine",
    )
