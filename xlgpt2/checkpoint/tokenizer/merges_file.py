"""merges.txt: one merge per line, in the order of ranks."""

from __future__ import annotations

from pathlib import Path

from xlgpt2.checkpoint.files import read_text
from xlgpt2.errors import BadFileError


def read_merges(path: Path, hint: str) -> tuple[tuple[str, str], ...]:
    """The pairs of tokens by rank, without the line that names the version.

    `hint` is for a missing file. Raises MissingFileError or BadFileError.
    """
    text = read_text(path, hint)
    if text.startswith("\ufeff"):
        raise BadFileError(
            f"{path}: expected the first merge or #version, got a byte order mark (BOM) before it",
            "save the file as UTF-8 without a byte order mark; the tokenizers library can't "
            "read one",
        )
    merges: list[tuple[str, str]] = []
    # Not splitlines(): it would break lines at characters that are part of merges elsewhere.
    for number, line in enumerate(text.split("\n"), start=1):
        parts = line.rstrip("\r").split(" ")
        if line.startswith("#version") or parts == [""]:
            continue
        if len(parts) != 2 or not all(parts):
            raise BadFileError(
                f"{path}: line {number}: expected two tokens separated by a space, got {line!r}",
                "use the merges.txt of the model, with one merge per line in the order of ranks",
            )
        merges.append((parts[0], parts[1]))
    return tuple(merges)
