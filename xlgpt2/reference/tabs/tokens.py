"""Typed ids: what is typed over the token column, which ids of it are used, which are wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.values import Cells, Value, as_text, column


def wrong_ids(typed: Sequence[Value], vocab_size: int) -> list[int]:
    """1 for every cell that makes the ids unusable, else 0.

    An id is a whole number from 0 to V - 1 in a row of its own; "" is an empty cell, and no id may
    stand below one.
    """
    return [
        int(value != "" and (not _is_id(value, vocab_size) or (row > 0 and typed[row - 1] == "")))
        for row, value in enumerate(typed)
    ]


def usable_ids(typed: Sequence[Value], wrong: Sequence[int]) -> list[int]:
    """The ids above the first wrong one: all of them where none is."""
    rows = wrong.index(1) if any(wrong) else len(typed)
    return [int(value) for value in typed[:rows] if value != ""]


def ids_message(typed: Sequence[Value], wrong: Sequence[int], vocab_size: int) -> str:
    """What the tab Prompt says of ids that were typed."""
    if not any(wrong):
        return "Token ids were typed over on the tab Tokens: the prompt is not used."
    row = wrong.index(1)
    return (
        f"Nothing is predicted. Token ids on the tab Tokens: row {row}: expected a whole number "
        f"from 0 to {vocab_size - 1} with no empty row above it, got {as_text(typed[row])}."
    )


def used_ids(ranges: Mapping[str, Cells]) -> Cells:
    """The ids of the rows that have a token: none from the first typed id on that is wrong."""
    ids, active = (ranges[name][:, 0].tolist() for name in ("token_ids", "active"))
    return column([i if used else "" for i, used in zip(ids, active, strict=True)])


def _is_id(value: Value, vocab_size: int) -> bool:
    return not isinstance(value, str) and float(value).is_integer() and 0 <= value < vocab_size
