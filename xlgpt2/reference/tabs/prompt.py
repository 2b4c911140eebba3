"""The tab Prompt: the controls, how they are used, and the messages beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xlgpt2.cells.values import Cells, Value, as_text, column, single
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.tabs.draws import Sampling
from xlgpt2.reference.tabs.tokens import ids_message, used_ids

LARGEST_SEED = 999_999_999


@dataclass(frozen=True)
class Controls:
    """The controls' cells as entered, usable or not; "" is an empty cell.

    `follow` is the position whose row is marked, `sampling_number` the new token that the tab
    Sampling shows, counted from 1. Those after it are of the tabs of the laboratory, which have
    their names at the beginning.
    """

    new_tokens: Value = 1
    temperature: Value = 0
    top_k: Value = 0
    top_p: Value = 1
    seed: Value = 1
    score: Value = 0
    check: Value = 1
    follow: Value = ""
    sampling_number: Value = 1
    overview_token_number: Value = ""
    one_block: Value = 0
    one_head: Value = 0
    one_query: Value = ""
    one_key: Value = ""
    one_column: Value = 0
    one_unit: Value = 0
    guess: Value = " the"
    lens: Value = 1
    lens_position: Value = ""

    def cells(self) -> dict[str, Cells]:
        """Each control as a cell."""
        return {name: single(value) for name, value in vars(self).items()}

    def sampling(self, vocab_size: int) -> Sampling:
        """The settings used: a text counts as an empty cell, a number out of range is corrected."""
        top_k = math.floor(_number(self.top_k))
        return Sampling(
            max(0.0, _number(self.temperature)),
            top_k if 0 <= _number(self.top_k) <= vocab_size else 0,
            max(0.0, min(1.0, _number(self.top_p, 1))),
            max(0, min(LARGEST_SEED, math.floor(_number(self.seed)))),
        )

    def count(self, room: int) -> int:
        """The number of new tokens requested, at most `room`."""
        return max(0, min(room, math.floor(_number(self.new_tokens))))

    def sampling_index(self, room: int) -> int:
        """The new token that the tab Sampling shows, counted from 0."""
        return max(0, min(room - 1, math.floor(_number(self.sampling_number, 1)) - 1))


#: The controls for the most likely next token alone.
NEXT_TOKEN = Controls()


def _number(value: Value, default: float = 0) -> float:
    return default if isinstance(value, str) else value


def control_messages(controls: Controls, written: int, sizes: Sizes) -> dict[str, str]:
    """The messages beside the controls, after `written` tokens were written."""
    return {
        "new_tokens_message": _new_tokens(controls, written, sizes.G),
        "temperature_message": _temperature(controls.temperature),
        "top_k_message": _top_k(controls.top_k, sizes.V),
        "top_p_message": _top_p(controls.top_p),
        "seed_message": _seed(controls.seed),
        "check_message": _check(controls.check),
    }


def _new_tokens(controls: Controls, written: int, room: int) -> str:
    name, value = "new tokens:", controls.new_tokens
    if isinstance(value, str):
        return f"{name} type a whole number from 0 to {room}."
    if not 0 <= value <= room:
        return (
            f"{name} expected 0 to {room}, got {as_text(value)}. Build with --new-tokens for more."
        )
    if value != math.floor(value):
        return _rounded_down(f"{name} expected", value)
    count = controls.count(room)
    if 0 < written < count:
        return f"{name} stopped after {written} of {count}: end of text, or no more positions."
    return f"{name} how many the model writes, from 0 to {room}; each has its own row."


def _temperature(value: Value) -> str:
    expected = "temperature: expected a number, 0 or more"
    if isinstance(value, str):
        return f"{expected}; 0 is used."
    if value < 0:
        return f"{expected}, got {as_text(value)}; 0 is used."
    if value == 0:
        return "temperature 0: always the most likely token. Above 0, tokens are sampled."
    return "temperature: divides the logits; higher values make the text more random."


def _top_k(value: Value, vocab_size: int) -> str:
    if isinstance(value, str):
        return f"top-k: expected a whole number from 0 to {vocab_size}; 0 is used."
    if not 0 <= value <= vocab_size:
        return f"top-k: expected 0 to {vocab_size}, got {as_text(value)}; 0 is used."
    if value != math.floor(value):
        return _rounded_down("top-k: expected", value)
    if value == 0:
        return "top-k 0: off; every token can be sampled."
    return "top-k: only this many of the most likely tokens can be sampled."


def _top_p(value: Value) -> str:
    if isinstance(value, str):
        return "top-p: expected a number from 0 to 1; 1 is used."
    if not 0 <= value <= 1:
        return f"top-p: expected 0 to 1, got {as_text(value)}; the nearest limit is used."
    if value == 1:
        return "top-p 1: off; no further tokens are cut."
    return "top-p: keeps the fewest tokens that together have this probability."


def _seed(value: Value) -> str:
    if isinstance(value, str):
        return "seed: expected a whole number, 0 or more; 0 is used."
    if not 0 <= value <= LARGEST_SEED:
        got = as_text(value)
        return f"seed: expected 0 to {LARGEST_SEED}, got {got}; the nearest limit is used."
    if value != math.floor(value):
        return _rounded_down("seed: expected", value)
    return "seed: the same seed gives the same tokens; change it to sample again."


def _check(value: Value) -> str:
    if isinstance(value, str):
        return "check: expected 0 or 1; 0 is used."
    if value not in (0, 1):
        return f"check: expected 0 or 1, got {as_text(value)}; 0 is used."
    if value == 0:
        return "check: 1 shows whether this workbook is still as built; 0 is off, which saves time."
    return "check: on; the tab Check says what is checked. 0 saves time."


def _rounded_down(expected: str, value: float) -> str:
    """The message for a fraction where a whole number is expected."""
    return f"{expected} a whole number, got {as_text(value)}; {math.floor(value)} is used."


def prompt_tab(
    ranges: Mapping[str, Cells], sizes: Sizes, controls: Controls, length: Callable[[str], int]
) -> dict[str, Cells]:
    """The ranges of the tab Prompt: those that repeat other tabs, and its messages."""
    next_token = ("next_token", "top_ids", "top_labels", "top_probabilities")
    new_tokens = ("chosen_ids", "chosen_labels", "chosen_probabilities")
    written = int(ranges["generated_count"][0, 0])
    texts = ranges["text_so_far"][sizes.T : sizes.T + written, 0].tolist()
    return {
        "prompt_message": single(_prompt_message(ranges, sizes, length)),
        **{f"prompt_{name}": ranges[name] for name in (*next_token, *new_tokens)},
        "prompt_token_labels": ranges["token_labels"][: sizes.T],
        "prompt_token_ids": used_ids(ranges)[: sizes.T],
        "prompt_next_probability": ranges["next_token_probability"],
        "prompt_chosen_token": ranges["chosen_labels"][:1],
        "prompt_chosen_probability": ranges["chosen_probabilities"][:1],
        **_followed(ranges, controls.follow, sizes),
        "chosen_texts": column(texts, sizes.G),
        "prompt_texts": column(texts, sizes.G),
        **{
            name: single(message)
            for name, message in control_messages(controls, written, sizes).items()
        },
    }


def _followed(ranges: Mapping[str, Cells], follow: Value, sizes: Sizes) -> dict[str, Cells]:
    """The position that is followed, its token and the message beside the cell."""
    count = int(ranges["token_count"][0, 0])
    rows = [*range(count), *range(sizes.T, sizes.N)][: count + _last_rows(ranges)]
    position: Value = count - 1 if count else ""
    marked = "row of this position is marked on all tabs; empty: the last token of the prompt."
    if not count:
        message = "there is no token to follow."
    elif isinstance(follow, str):
        message = (
            "type a position, and its row is marked on all tabs; "
            "empty: the last token of the prompt."
        )
    elif not 0 <= follow < len(rows):
        message = (
            f"expected 0 to {len(rows) - 1}, got {as_text(follow)}; "
            "the last token of the prompt is followed."
        )
    elif follow != math.floor(follow):
        position = math.floor(follow)
        message = _rounded_down("expected", follow)
    else:
        position, message = follow, f"the {marked}"
    label = ranges["token_labels"][rows[int(position)], 0] if position != "" else ""
    return {
        "followed_position": single(position),
        "followed_token": single(label),
        "follow_message": single(f"follow: {message}"),
    }


def _last_rows(ranges: Mapping[str, Cells]) -> int:
    """How many new tokens have a row: all but the last."""
    return max(0, int(ranges["generated_count"][0, 0]) - 1)


def _prompt_message(ranges: Mapping[str, Cells], sizes: Sizes, length: Callable[[str], int]) -> str:
    """The message beside the prompt."""
    tokens, size = int(ranges["found_count"][0, 0]), int(ranges["byte_count"][0, 0])
    prompt = str(ranges["prompt"][0, 0])
    T, most, positions = sizes.capacity, sizes.max_bytes, sizes.n_positions
    if ranges["ids_typed_over"][0, 0]:
        wrong = [int(flag) for flag in ranges["wrong_ids"][:, 0].tolist()]
        return ids_message(ranges["token_ids"][:T, 0].tolist(), wrong, sizes.V)
    if not prompt:
        return "The prompt is empty: type some text into the yellow cell."
    has, takes = "Too long: the prompt has", "and this workbook takes"
    way_out = "Shorten it, or build with"
    for too_long, message in (
        (
            len(prompt) > most,
            f"{has} more than {most} characters, the most that this workbook takes. "
            f"{way_out} --max-bytes {length(prompt)} or more.",
        ),
        (size > most, f"{has} {size} bytes {takes} {most}. {way_out} --max-bytes {size}."),
        (
            tokens > positions,
            f"{has} {tokens} tokens and the model has positions for {positions}. Shorten it.",
        ),
        (tokens > T, f"{has} {tokens} tokens {takes} {T}. {way_out} --capacity {tokens}."),
    ):
        if too_long:
            return message
    folded = (
        f" On other tabs, positions {sizes.shown} to {T - 1} are in folded rows: "
        "click + at the left edge."
    )
    uses = f"Uses {tokens} of {T} tokens and {size} of {most} bytes."
    return uses + folded if tokens > sizes.shown else uses
