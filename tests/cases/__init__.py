"""Cases that a person reads and edits: prompts, texts, functions, the public list."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser, before it was in the standard library
    import tomli as tomllib

CASES = Path(__file__).parent


def cases(kind: str) -> list[dict[str, str]]:
    """The cases of a kind: "prompt" in prompts.toml, "text" in texts.toml."""
    rows: list[dict[str, str]] = tomllib.loads((CASES / f"{kind}s.toml").read_text("utf-8"))[kind]
    return rows
