"""The installation of LibreOffice: its program, a Python with UNO, and its version."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOW_TO_INSTALL = {
    "Linux": "apt-get install libreoffice-calc python3-uno",
    "Darwin": "brew install --cask libreoffice",
    "Windows": "winget install TheDocumentFoundation.LibreOffice",
}.get(platform.system(), "install LibreOffice with its Python bridge (UNO)")

#: Environment variables for the two programs, for several or unusual installations.
SOFFICE_VARIABLE = "XLGPT2_SOFFICE"
PYTHON_VARIABLE = "XLGPT2_UNO_PYTHON"

_SOFFICE_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.com",
    "/usr/lib/libreoffice/program/soffice",
)
_ANSWER_S = 60


@dataclass(frozen=True)
class Installation:
    """The programs of one LibreOffice."""

    soffice: str
    uno_python: str
    version: str


def installation() -> Installation | None:
    """The LibreOffice to use, or None if soffice, its version or its bridge is missing."""
    return _search(os.environ.get(SOFFICE_VARIABLE, ""), os.environ.get(PYTHON_VARIABLE, ""))


def environment() -> dict[str, str]:
    """The environment without variables that would point another Python to our packages."""
    removed = {"PYTHONHOME", "PYTHONPATH", "PYTHONWARNINGS", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in os.environ.items() if name not in removed}


@functools.cache
def _search(configured_soffice: str, configured_python: str) -> Installation | None:
    soffice = configured_soffice or _soffice()
    if not soffice:
        return None
    version = re.search(r"\d+(\.\d+)+", _output([soffice, "--version"]))
    candidates = [configured_python] if configured_python else _pythons(soffice)
    uno_pythons = [
        python for python in candidates if _output([python, "-c", "import uno; print(1)"])
    ]
    if version is None or not uno_pythons:
        return None
    return Installation(soffice, uno_pythons[0], version.group())


def _soffice() -> str | None:
    on_path = shutil.which("soffice") or shutil.which("libreoffice")
    return on_path or next((place for place in _SOFFICE_PLACES if Path(place).is_file()), None)


def _pythons(soffice: str) -> list[str]:
    """Pythons to try, first the one beside soffice: the bridge must have soffice's version."""
    program = Path(soffice).resolve().parent
    places = [
        program / "python",
        program / "python.exe",
        program.parent / "Resources" / "python",
        Path("/usr/bin/python3"),
        Path(shutil.which("python3") or "python3"),
    ]
    return [str(place) for place in places if place.is_file()]


def _output(command: list[str]) -> str:
    """The output of a program, or "" if it can't be run or fails."""
    try:
        process = subprocess.run(
            command,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return process.stdout if process.returncode == 0 else ""
