"""The controls: the cells of the tab Prompt that say how tokens are written, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Control:
    """A cell to type in: its range, what messages call it, and what a new workbook has there.

    `default` is None where the sizes of the workbook say it. `takes` is what commands take for it.
    """

    name: str
    title: str
    default: float | None
    takes: Literal["whole number", "number", "yes or no"]
    help: str

    @property
    def message(self) -> str:
        """The range with what the tab Prompt says of it."""
        return f"{self.name}_message"


CONTROLS = (
    Control("new_tokens", "new tokens", None, "whole number", "How many tokens to write."),
    Control("temperature", "temperature", 0, "number", "0: always the most likely token."),
    Control("top_k", "top-k", 0, "whole number", "Draw among so many tokens; 0: all."),
    Control("top_p", "top-p", 1, "number", "Draw among this share of probability."),
    Control("seed", "seed", 1, "whole number", "Another seed gives another draw."),
    Control("score", "score", 0, "yes or no", "How likely the prompt's tokens are."),
)
