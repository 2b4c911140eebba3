"""Memory and time limits for external programs, scaled to the size of the file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

# Without a file, LibreOffice has 1 GB of address space, and with the shipped model's workbook of
# 23 MB 1.4 GB; with GPT-2's, of 3,300 MB, it takes 4 GB of memory.
_MEMORY, _MEMORY_A_BYTE = 8_000_000_000, 64

# LibreOffice opens GPT-2's workbook in a minute, and Gnumeric the shipped model's in half a minute.
_SECONDS, _SECONDS_A_BYTE = 600.0, 1e-5


def with_memory_limit(command: Sequence[str], unpacked: int) -> list[str]:
    """A command with, on Linux, a memory limit for a file of `unpacked` bytes.

    A program that exceeds it fails as if the machine had no more memory.
    """
    if sys.platform != "linux":
        return list(command)
    kilobytes = (_MEMORY + _MEMORY_A_BYTE * unpacked) // 1024
    return ["/bin/sh", "-c", f'ulimit -v {kilobytes} 2>/dev/null; exec "$0" "$@"', *command]


def most_seconds(unpacked: int) -> float:
    """The time limit, in seconds, for opening a file of `unpacked` bytes."""
    return _SECONDS + _SECONDS_A_BYTE * unpacked
