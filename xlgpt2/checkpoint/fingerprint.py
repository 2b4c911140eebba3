"""The fingerprint of a checkpoint's weights: a sha256 that anybody can compute from its files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from xlgpt2.checkpoint.files import unreadable


def fingerprint(files: Sequence[Path]) -> str:
    """The sha256 of a file in hexadecimal, as the hub shows it and `sha256sum` prints it.

    For several files it is that of the lines that `sha256sum` prints for them, sorted by name:
    `sha256sum model-*.safetensors | sha256sum`. Raises BadFileError.
    """
    sums = {path.name: _sha256(path) for path in files}
    if len(sums) == 1:
        return next(iter(sums.values()))
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()
