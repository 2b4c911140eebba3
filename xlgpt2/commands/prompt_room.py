"""Limits that a new workbook's prompt exceeds, and the options that would make it fit."""

from __future__ import annotations

from collections.abc import Iterator

from xlgpt2.cells.values import unpaired_surrogate
from xlgpt2.designs.design import Design
from xlgpt2.reference.tokenization import encode


def room_notes(decided: Design, prompt: str) -> Iterator[str]:
    """A sentence for each limit of the workbook that its prompt exceeds.

    The workbook is valid nevertheless: it shows "Too long" until another prompt is entered.
    """
    if unpaired_surrogate(prompt) is not None:
        return  # `build` rejects it
    sizes = decided.sizes
    count = len(prompt.encode("utf-8"))
    if count > sizes.max_bytes:
        yield (
            f"prompt: expected at most {sizes.max_bytes} bytes (the limit of this workbook), "
            f"got {count}; build with --max-bytes {count} or more"
        )
    tokens = len(encode(decided.checkpoint.vocabulary, prompt))
    if tokens > sizes.n_positions:
        yield (
            f"prompt: expected at most {sizes.n_positions} tokens (the positions of the "
            f"model), got {tokens}; shorten it"
        )
    elif tokens > sizes.T:
        yield (
            f"prompt: expected at most {sizes.T} tokens (the capacity of this workbook), got "
            f"{tokens}; build with --capacity {tokens} or more"
        )
