"""What to type into a workbook: a prompt, token ids, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.readings import Inputs
from xlgpt2.errors import PromptError


def typed_prompt(prompt: str | None) -> Inputs:
    """What to type for a prompt; None leaves the workbook's own."""
    return {} if prompt is None else {"prompt": [[prompt]]}


def typed_numbers(controls: Mapping[str, float]) -> Inputs:
    """What to type for controls of the tab Prompt, by their names; others are left as they are."""
    return {name: [[float(number)]] for name, number in controls.items()}


def typed_ids(token_ids: Sequence[int], capacity: int) -> Inputs:
    """What to type over the token column; the rows after the ids are cleared."""
    cells: list[float | str] = [float(token_id) for token_id in token_ids]
    cells += [""] * (capacity - len(token_ids))
    return {"token_ids": [[cell] for cell in cells]}


def check_token_ids(token_ids: Sequence[int], capacity: int, vocab_size: int) -> None:
    """Nothing where a workbook can take these ids; raises PromptError where it can't."""
    if not 1 <= len(token_ids) <= capacity:
        raise PromptError(
            f"token ids: expected 1 to {capacity}, which is this workbook's capacity, "
            f"got {len(token_ids)}",
            "give fewer ids, or build with a larger --capacity",
        )
    wrong = [token_id for token_id in token_ids if not 0 <= token_id < vocab_size]
    if wrong:
        raise PromptError(
            f"token ids: expected 0 to {vocab_size - 1}, got {wrong[0]}",
            "look ids up on the tab Vocabulary, which lists all tokens",
        )
