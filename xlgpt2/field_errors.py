"""Fields of JSON and TOML: what pydantic finds wrong with the first of them, in our own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import ValidationError

#: Where a field stands, from the outside in: names of tables and numbers in lists.
Place = Sequence[str | int]

_LONGEST_SHOWN = 60


def first_wrong(error: ValidationError) -> tuple[Place, str]:
    """The place of the first field that is wrong, and what was expected of it and found there."""
    first = error.errors()[0]
    kind, place, said = first["type"], first["loc"], first["msg"]
    if kind == "missing":
        return place, "expected a value, got none"
    shown = re.sub(r"\s+", " ", repr(first["input"]))
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[: _LONGEST_SHOWN - 3]}..."
    if kind == "extra_forbidden":
        return place, f"expected no such field, got {shown}"
    if kind == "value_error":  # one of ours, which is complete
        return place, str(first["ctx"]["error"])
    said = re.sub("^.*? should ", "expected to ", said).partition(" after validation")[0]
    return place, f"{said}, got {shown}"
