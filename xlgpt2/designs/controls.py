"""The controls of the tab Prompt, and what a new workbook has in them."""

from __future__ import annotations

from collections.abc import Mapping

#: How a new workbook chooses tokens: the most likely one, until somebody types a temperature.
CONTROLS: Mapping[str, float] = {"temperature": 0, "top_k": 0, "top_p": 1, "seed": 1, "score": 0}
