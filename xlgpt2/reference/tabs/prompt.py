"""The tab Prompt: the controls, what is made of them, and the messages beside them."""

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
    """What is typed beside the prompt, whether it can be used or not; "" is an empty cell.

    `sampling_number` is the new token that the tab Sampling shows, counted from 1.
    """

    new_tokens: Value = 1
    temperature: Value = 0
    top_k: Value = 0
    top_p: Value = 1
    seed: Value = 1
    score: Value = 0
    sampling_number: Value = 1

    def cells(self) -> dict[str, Cells]:
        """Each of them as the cell it is typed in."""
        return {name: single(value) for name, value in vars(self).items()}

    def sampling(self, vocab_size: int) -> Sampling:
        """How tokens are chosen: no number counts as none, one out of range is brought into it."""
        top_k = math.floor(_number(self.top_k))
        return Sampling(
            max(0.0, _number(self.temperature)),
            top_k if 0 <= _number(self.top_k) <= vocab_size else 0,
            max(0.0, min(1.0, _number(self.top_p, 1))),
            max(0, min(LARGEST_SEED, math.floor(_number(self.seed)))),
        )

    def count(self, room: int) -> int:
        """How many new tokens are asked for, of those that there is room for."""
        return max(0, min(room, math.floor(_number(self.new_tokens))))

    def shown(self, room: int) -> int:
        """Which new token the tab Sampling shows, counted from 0."""
        return max(0, min(room - 1, math.floor(_number(self.sampling_number, 1)) - 1))


#: The likeliest next token and no more.
NEXT_TOKEN = Controls()


def _number(typed: Value, otherwise: float = 0) -> float:
    return otherwise if isinstance(typed, str) else typed


def control_messages(controls: Controls, written: int, sizes: Sizes) -> dict[str, str]:
    """What the tab Prompt says beside each control, where `written` tokens were written."""
    return {
        "new_tokens_message": _new_tokens(controls, written, sizes.G),
        "temperature_message": _temperature(controls.temperature),
        "top_k_message": _top_k(controls.top_k, sizes.V),
        "top_p_message": _top_p(controls.top_p),
        "seed_message": _seed(controls.seed),
    }


def _new_tokens(controls: Controls, written: int, room: int) -> str:
    typed = controls.new_tokens
    if isinstance(typed, str):
        return f"Type a whole number from 0 to {room}: how many tokens the model writes."
    if not 0 <= typed <= room:
        return f"Expected 0 to {room}, got {as_text(typed)}. Build with --new-tokens for more."
    if typed != math.floor(typed):
        return _rounded_down("Expected", typed)
    if 0 < written < controls.count(room):
        return f"It wrote {written} and ended there, as it was trained to."
    return f"From 0 to {room}: how many tokens the model writes, each in a row of its own."


def _temperature(typed: Value) -> str:
    expected = "temperature: expected a number from 0 on"
    if isinstance(typed, str):
        return f"{expected}; 0 is used."
    if typed < 0:
        return f"{expected}, got {as_text(typed)}; 0 is used."
    if typed == 0:
        return "temperature 0: always the most likely token. Higher ones draw by lot."
    return "temperature: logits are divided by it; the higher, the more surprising the text."


def _top_k(typed: Value, vocab_size: int) -> str:
    if isinstance(typed, str):
        return f"top-k: expected a whole number from 0 to {vocab_size}; 0 is used."
    if not 0 <= typed <= vocab_size:
        return f"top-k: expected 0 to {vocab_size}, got {as_text(typed)}; all tokens take part."
    if typed != math.floor(typed):
        return _rounded_down("top-k: expected", typed)
    if typed == 0:
        return "top-k 0: all tokens take part in the draw."
    return "top-k: so many of the most likely tokens take part in the draw."


def _top_p(typed: Value) -> str:
    if isinstance(typed, str):
        return "top-p: expected a number from 0 to 1; 1 is used."
    if not 0 <= typed <= 1:
        return f"top-p: expected 0 to 1, got {as_text(typed)}; the nearest of them is used."
    if typed == 1:
        return "top-p 1: nothing more is cut off."
    return "top-p: the fewest tokens that have this share of the probability take part."


def _seed(typed: Value) -> str:
    if isinstance(typed, str):
        return "seed: expected a whole number from 0 on; 0 is used."
    if not 0 <= typed <= LARGEST_SEED:
        shown = as_text(typed)
        return f"seed: expected 0 to {LARGEST_SEED}, got {shown}; the nearest of them is used."
    if typed != math.floor(typed):
        return _rounded_down("seed: expected", typed)
    return "seed: another number gives another draw, and the same number the same one."


def _rounded_down(expected: str, typed: float) -> str:
    """What is said of a fraction where a whole number is expected."""
    return f"{expected} a whole number, got {as_text(typed)}; {math.floor(typed)} is used."


def prompt_tab(
    ranges: Mapping[str, Cells], sizes: Sizes, controls: Controls, length: Callable[[str], int]
) -> dict[str, Cells]:
    """What the tab Prompt shows again of other tabs, and its messages."""
    again = ("next_token", "top_ids", "top_labels", "top_probabilities")
    chosen = ("chosen_ids", "chosen_labels", "chosen_probabilities")
    written = int(ranges["generated_count"][0, 0])
    texts = ranges["text_so_far"][sizes.T : sizes.T + written, 0].tolist()
    return {
        "prompt_message": single(_prompt_message(ranges, sizes, length)),
        **{f"prompt_{name}": ranges[name] for name in (*again, *chosen)},
        "prompt_token_labels": ranges["token_labels"][: sizes.T],
        "prompt_token_ids": used_ids(ranges)[: sizes.T],
        "prompt_next_probability": ranges["next_token_probability"],
        "chosen_texts": column(texts, sizes.G),
        "prompt_texts": column(texts, sizes.G),
        **{name: single(said) for name, said in control_messages(controls, written, sizes).items()},
    }


def _prompt_message(ranges: Mapping[str, Cells], sizes: Sizes, length: Callable[[str], int]) -> str:
    """What the tab Prompt says of the prompt."""
    found, used = int(ranges["found_count"][0, 0]), int(ranges["byte_count"][0, 0])
    prompt = str(ranges["prompt"][0, 0])
    T, most, positions = sizes.capacity, sizes.max_bytes, sizes.n_positions
    if ranges["ids_typed_over"][0, 0]:
        wrong = [int(flag) for flag in ranges["wrong_ids"][:, 0].tolist()]
        return ids_message(ranges["token_ids"][:T, 0].tolist(), wrong, sizes.V)
    if not prompt:
        return "The prompt is empty: type a text into the yellow cell."
    has, takes = "Too long: the prompt has", "and this workbook takes"
    way_out = "Shorten it, or build with"
    for too_long, message in (
        (
            len(prompt) > most,
            f"{has} more than {most} characters, which is all that this workbook takes. "
            f"{way_out} --max-bytes {length(prompt)} or more.",
        ),
        (used > most, f"{has} {used} bytes {takes} {most}. {way_out} --max-bytes {used}."),
        (
            found > positions,
            f"{has} {found} tokens and the model has positions for {positions}. Shorten it.",
        ),
        (found > T, f"{has} {found} tokens {takes} {T}. {way_out} --capacity {found}."),
    ):
        if too_long:
            return message
    return f"Read {found} of {T} tokens and {used} of {most} bytes."
