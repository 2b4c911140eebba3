"""The base and the types of the fields of templates."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CellAddress = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[1-9]\d{0,4}$")]

#: A cell address whose row may be an expression of symbols in braces: C5, C{12+9*turn}.
SymbolicAddress = Annotated[str, Field(pattern=r"^[A-Z]{1,2}([1-9]\d{0,4}|\{[^{}]+\})$")]

Colour = Annotated[str, Field(pattern=r"^[0-9A-F]{6}$")]

#: Numbers and texts, row by row.
Rows = tuple[tuple[float | str, ...], ...]


class Strict(BaseModel):
    """A TOML table with no other fields than those named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
