"""Files of a checkpoint folder as bytes or JSON, or an error that says which one and why."""

from __future__ import annotations

import json
from pathlib import Path

from xlgpt2.errors import BadFileError, MissingFileError
from xlgpt2.files import other_than_file

LAYOUT_HINT = (
    "use a folder with config.json, vocab.json, merges.txt and model.safetensors (or its "
    "shards), as Hugging Face publishes GPT-2"
)
_UNREADABLE_HINT = (
    "check that it is a file and that you have permission to read it, or copy it again"
)

#: The most bytes of a file that is read as a whole. GPT-2's vocabulary has 1 MB; one for all rows
#: of a sheet would have 20.
MOST_BYTES = 32_000_000


def check_file(path: Path) -> None:
    """Raise BadFileError if a path exists and is not a file."""
    if (got := other_than_file(path)) is not None:
        raise BadFileError(f"{path}: expected a file, got {got}", _UNREADABLE_HINT)


def read_bytes(path: Path, hint: str = LAYOUT_HINT) -> bytes:
    """The content of a small file; raises MissingFileError or BadFileError."""
    check_file(path)
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise BadFileError(
                f"{path}: expected at most {MOST_BYTES:,} bytes, got {size:,}", _another(path)
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(
            f"{path}: expected an existing file, got a path that does not exist", hint
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> BadFileError:
    """The error for a file that exists but can't be read."""
    return BadFileError(
        f"{path}: expected a readable file, got {error.strerror or error}",
        _UNREADABLE_HINT,
    )


def read_text(path: Path, hint: str = LAYOUT_HINT) -> str:
    """The text of a UTF-8 file; raises MissingFileError or BadFileError."""
    try:
        return read_bytes(path, hint).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFileError(
            f"{path}: expected UTF-8, got byte {error.object[error.start]:#04x} "
            f"at offset {error.start}",
            "copy the file again, in binary mode",
        ) from error


def read_json_object(path: Path, hint: str = LAYOUT_HINT) -> dict[str, object]:
    """The JSON object in a file; raises MissingFileError or BadFileError."""
    try:
        content = json.loads(read_text(path, hint))
    except json.JSONDecodeError as error:
        raise BadFileError(
            f"{path}: expected JSON, got {error.msg} at line {error.lineno}",
            "copy the file again; it may be truncated",
        ) from error
    except (RecursionError, ValueError) as error:  # the latter for the digits of an integer
        got = (
            "JSON that is nested too deeply"
            if isinstance(error, RecursionError)
            else "too many digits in a number"
        )
        raise BadFileError(f"{path}: expected JSON, got {got}", _another(path)) from error
    if not isinstance(content, dict):
        raise BadFileError(
            f"{path}: expected a JSON object, got {type(content).__name__}",
            _another(path),
        )
    return content


def _another(path: Path) -> str:
    """The hint for a file that can't be the model's."""
    return f"use the {path.name} of the model; this is a different file"
