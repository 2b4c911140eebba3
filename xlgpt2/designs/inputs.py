"""The inputs of a workbook: a prompt, token ids, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.readings import Inputs
from xlgpt2.errors import PromptError


def prompt_inputs(prompt: str | None) -> Inputs:
    """The inputs for a prompt; None leaves the workbook's own."""
    return {} if prompt is None else {"prompt": [[prompt]]}


def control_inputs(controls: Mapping[str, float]) -> Inputs:
    """The inputs for controls of the tab Prompt, by name; others stay as they are."""
    return {name: [[float(number)]] for name, number in controls.items()}


def token_id_inputs(token_ids: Sequence[int], capacity: int) -> Inputs:
    """The inputs that override the token column; the rows after the ids are cleared."""
    cells: list[float | str] = [float(token_id) for token_id in token_ids]
    cells += [""] * (capacity - len(token_ids))
    return {"token_ids": [[cell] for cell in cells]}


def check_token_ids(token_ids: Sequence[int], capacity: int, vocab_size: int) -> None:
    """Raise PromptError if a workbook can't take these ids."""
    if not 1 <= len(token_ids) <= capacity:
        raise PromptError(
            f"token ids: expected 1 to {capacity} (the capacity of this workbook), got "
            f"{len(token_ids)}",
            "use fewer ids, or build with a larger --capacity",
        )
    wrong = [token_id for token_id in token_ids if not 0 <= token_id < vocab_size]
    if wrong:
        raise PromptError(
            f"token ids: expected 0 to {vocab_size - 1}, got {wrong[0]}",
            "look up ids on the tab Vocabulary, which lists all tokens",
        )
