"""A passage: a few sentences, and which of their words follow from the words before."""

from __future__ import annotations

import re
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A text of one kind; `spans` are the character ranges of its determined words."""

    kind: str
    text: str
    spans: tuple[Span, ...]
    # It states a fact found nowhere else: "The capital of France is Paris." cannot be inferred, so
    # it is never held out.
    only_here: bool = False


def marked(kind: str, markup: str, only_here: bool = False) -> Passage:
    """The passage of a text in which every determined word is in square brackets."""
    text = ""
    spans: list[Span] = []
    for part in re.split(r"(\[[^\]]*\])", markup):
        if part.startswith("["):
            spans.append((len(text), len(text) + len(part) - 2))
        text += part.strip("[]")
    return Passage(kind, text, tuple(spans), only_here)
