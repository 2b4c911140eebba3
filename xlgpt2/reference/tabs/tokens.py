"""The tab Tokens: ids that override the prompt's, which of them are used, which are wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.values import Cells, Value, as_text, column


def wrong_ids(cells: Sequence[Value], vocab_size: int) -> list[int]:
    """1 for every cell that makes the ids unusable, else 0.

    An id is a whole number from 0 to V - 1; "" is an empty cell, and no id may be below one.
    """
    return [
        int(value != "" and (not _is_id(value, vocab_size) or (row > 0 and cells[row - 1] == "")))
        for row, value in enumerate(cells)
    ]


def usable_ids(cells: Sequence[Value], wrong: Sequence[int]) -> list[int]:
    """The ids above the first wrong one, or all of them if none is wrong."""
    rows = wrong.index(1) if any(wrong) else len(cells)
    return [int(value) for value in cells[:rows] if value != ""]


def ids_message(cells: Sequence[Value], wrong: Sequence[int], vocab_size: int) -> str:
    """The message on the tab Prompt for overridden ids."""
    if not any(wrong):
        return "Token ids were overridden on the tab Tokens: the prompt is not used."
    row = wrong.index(1)
    return (
        f"Nothing is predicted. Token ids on the tab Tokens: row {row}: expected a whole number "
        f"from 0 to {vocab_size - 1} with no empty row above it, got {as_text(cells[row])}."
    )


def used_ids(ranges: Mapping[str, Cells]) -> Cells:
    """The token ids of the active rows, "" in the others."""
    ids, active = (ranges[name][:, 0].tolist() for name in ("token_ids", "active"))
    return column([i if used else "" for i, used in zip(ids, active, strict=True)])


def _is_id(value: Value, vocab_size: int) -> bool:
    return not isinstance(value, str) and float(value).is_integer() and 0 <= value < vocab_size
