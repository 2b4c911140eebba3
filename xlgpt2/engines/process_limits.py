"""Programs of others with a limit to their memory and time, which grows with the file they get."""

from __future__ import annotations

import sys
from collections.abc import Sequence

# LibreOffice has 1 GB of addresses before it opens anything and 1.4 for the shipped model's
# workbook of 23 MB; for GPT-2's, of 3,300 MB, it takes 4 GB of memory.
_MEMORY, _MEMORY_A_BYTE = 8_000_000_000, 64

# LibreOffice opens GPT-2's workbook in a minute, and Gnumeric the shipped model's in half of one.
_SECONDS, _SECONDS_A_BYTE = 600.0, 1e-5


def limited(command: Sequence[str], unpacked: int) -> list[str]:
    """A command that gets only so much memory for a file of `unpacked` bytes, on Linux.

    A program that wants more of it fails as if the machine had no more.
    """
    if sys.platform != "linux":
        return list(command)
    kilobytes = (_MEMORY + _MEMORY_A_BYTE * unpacked) // 1024
    return ["/bin/sh", "-c", f'ulimit -v {kilobytes} 2>/dev/null; exec "$0" "$@"', *command]


def most_seconds(unpacked: int) -> float:
    """How long a program may take to open a file of so many bytes."""
    return _SECONDS + _SECONDS_A_BYTE * unpacked
