"""Python processes that run modules of this package."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parents[1]


def module_command(module: str) -> list[str]:
    """The command that runs a module in the same Python."""
    return [sys.executable, "-m", module]


def module_environment() -> Mapping[str, str]:
    """The environment in which that Python finds this package, wherever it was imported from."""
    paths = [str(_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
