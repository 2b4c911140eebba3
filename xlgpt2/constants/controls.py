"""The controls: cells of the tab Prompt that set how tokens are generated, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Control:
    """An input cell: its range, its name in messages, and its value in a new workbook.

    `default` is None if the sizes of the workbook decide it. `takes` is the type of its values.
    """

    name: str
    title: str
    default: float | None
    takes: Literal["whole number", "number", "yes or no"]
    help: str

    @property
    def message(self) -> str:
        """The range of its message on the tab Prompt."""
        return f"{self.name}_message"


CONTROLS = (
    Control("new_tokens", "new tokens", None, "whole number", "Number of tokens to generate."),
    Control(
        "temperature",
        "temperature",
        0,
        "number",
        "Sampling temperature; 0: always the most likely token.",
    ),
    Control(
        "top_k", "top-k", 0, "whole number", "Sample from the N most likely tokens; 0: from all."
    ),
    Control(
        "top_p", "top-p", 1, "number", "Sample from the fewest tokens with this total probability."
    ),
    Control("seed", "seed", 1, "whole number", "Seed of the sampling."),
    Control(
        "score", "score", 0, "yes or no", "Whether to compute how likely the prompt's tokens are."
    ),
    Control(
        "check",
        "check",
        None,
        "yes or no",
        "Whether the tab Prompt shows if the workbook is still as built.",
    ),
)
