"""Errors in fields of JSON and TOML: the first one that pydantic reports, reworded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError

#: The path of a field, from the outside in: names of tables and indices of lists.
FieldPath = Sequence[str | int]

_LONGEST_SHOWN = 60


def first_error(error: ValidationError) -> tuple[FieldPath, str]:
    """The path of the first invalid field, and what was expected and found there."""
    first = error.errors()[0]
    kind, path, message = first["type"], first["loc"], first["msg"]
    if kind == "missing":
        return path, "expected a value, got none"
    shown = re.sub(r"\s+", " ", repr(first["input"]))
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[: _LONGEST_SHOWN - 3]}..."
    if kind == "extra_forbidden":
        return path, f"expected no field of this name, got {shown}"
    if kind == "value_error":  # raised by a validator of ours: the message is complete
        return path, str(first["ctx"]["error"])
    message = re.sub("^.*? should ", "expected to ", message).partition(" after validation")[0]
    return path, f"{message}, got {shown}"
