"""The trace: what every named range of the workbook must show for a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xlgpt2.cells import Cells, length_in_cell
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.vocabulary import Vocabulary
from xlgpt2.columns import column, single
from xlgpt2.errors import PromptError
from xlgpt2.reference.checks import check_trace
from xlgpt2.reference.controls import NEXT_TOKEN, Controls, control_messages
from xlgpt2.reference.decoding import decoding_trace
from xlgpt2.reference.forward import Zones, forward
from xlgpt2.reference.generation import generated, generation_trace
from xlgpt2.reference.scoring import score_trace
from xlgpt2.reference.shown_draw import shown_draw
from xlgpt2.reference.tokenization import prompt_ids
from xlgpt2.reference.tokenizer_trace import tokenizer_trace
from xlgpt2.sizes import Sizes
from xlgpt2.tables import TABLES, table


def trace(
    checkpoint: Checkpoint,
    sizes: Sizes,
    prompt: str,
    token_ids: Sequence[int] | None = None,
    controls: Controls = NEXT_TOKEN,
    seen: Sequence[object] = (),
    utf16: bool = False,
) -> Mapping[str, Cells]:
    """Every range by name, 2-D: constants, weights, tokenizer, activations, prediction.

    `token_ids` are ids typed over the token column; the tokenizer's tabs still show the prompt.
    `controls` are those of the tab Prompt, `seen` what a workbook wrote, see `generated`. Lengths
    of the prompt and places in it are in code points, or in UTF-16 units as in Excel. After a
    prompt that is empty or too long nothing is predicted. Raises PromptError for half a character
    and for ids that the workbook can't take.
    """
    vocabulary = checkpoint.vocabulary
    if token_ids is None:
        ids = prompt_ids(vocabulary, prompt, sizes.max_bytes, sizes.capacity)
    else:
        ids = checked_token_ids(token_ids, sizes)
    written = generated(checkpoint, sizes, ids, controls, seen)
    activations = forward(
        checkpoint.weights,
        checkpoint.config,
        [*ids, *written.ids[:-1]],
        Zones(len(ids), sizes.T, sizes.G),
        sizes.top,
        checkpoint.blocks,
    )
    length = length_in_cell if utf16 else len
    found = tokenizer_trace(vocabulary, prompt, sizes.max_bytes, sizes.capacity, length)
    typed_over = activations["token_ids"][: sizes.T].tolist() != found["found_ids"].tolist()
    ranges = {
        **{name: table(name, checkpoint) for name in TABLES},
        "head_size": single(sizes.D),
        "vocabulary_ids": column(range(sizes.V)),
        **checkpoint.weight_cells,
        **found,
        **activations,
        **_labels(vocabulary, activations),
        **score_trace(
            ids,
            activations["ln_f"][: sizes.T],
            checkpoint.weights["wte.weight"],
            sizes.T,
            controls.scored,
        ),
        **generation_trace(checkpoint, sizes, written.chosen, activations, controls),
        **decoding_trace(vocabulary, [*ids, *written.ids], sizes.T + sizes.G),
        "ids_typed_over": single(int(typed_over)),
        **controls.cells(),
    }
    ranges |= shown_draw(ranges, vocabulary, controls.shown(sizes.G), sizes.top)
    ranges |= check_trace(checkpoint.cell_tensors, ranges, checkpoint.blocks, sizes.H)
    return {**ranges, **_prompt_tab(ranges, sizes, controls, length)}


def _prompt_tab(
    ranges: Mapping[str, Cells], sizes: Sizes, controls: Controls, length: Callable[[str], int]
) -> dict[str, Cells]:
    """What the tab Prompt shows again of other tabs, and its messages."""
    again = ("next_token", "top_ids", "top_labels", "top_probabilities")
    chosen = ("chosen_ids", "chosen_labels", "chosen_probabilities")
    count, written = int(ranges["token_count"][0, 0]), int(ranges["generated_count"][0, 0])
    texts = ranges["text_so_far"][count : count + written, 0].tolist()
    return {
        "prompt_message": single(_prompt_message(ranges, sizes, length)),
        **{f"prompt_{name}": ranges[name] for name in (*again, *chosen)},
        **{f"prompt_{name}": ranges[name][: sizes.T] for name in ("token_labels", "token_ids")},
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
        return "Token ids were typed over on the tab Tokens: the prompt is not used."
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


def volume_trace(
    ranges: Mapping[str, Cells], before: int | None, after: int | None
) -> dict[str, Cells]:
    """The trace with what one workbook of a split model takes from others and passes on.

    `before` is the number of the residual stream that it takes, `after` of the one that it passes
    on; None where there is none.
    """
    known = dict(ranges)
    if before is not None:
        known["given_token_labels"] = ranges["token_labels"]
    if after is not None:
        known["passed_token_labels"] = ranges["token_labels"]
        known["passed_token_ids"] = ranges["token_ids"]
        known["passed_residual"] = ranges[f"residual_{after}"]
    return known


def checked_token_ids(token_ids: Sequence[int], sizes: Sizes) -> list[int]:
    """The ids, if there are 1 to T of them and each is in the vocabulary; else PromptError."""
    if not 1 <= len(token_ids) <= sizes.capacity:
        raise PromptError(
            f"token ids: expected 1 to {sizes.capacity} (capacity), got {len(token_ids)}",
            "give fewer ids, or make room for them with --capacity",
        )
    for place, token_id in enumerate(token_ids, start=1):
        if not 0 <= token_id < sizes.vocab_size:
            raise PromptError(
                f"token ids: number {place}: expected 0 to {sizes.vocab_size - 1}, got {token_id}",
                "give ids of the vocabulary, which count its rows from 0",
            )
    return list(token_ids)


def _labels(vocabulary: Vocabulary, activations: Mapping[str, Cells]) -> dict[str, Cells]:
    """The labels of the tokens [N, 1], of the likeliest [top, 1] and of the next one."""
    best, tokens = (
        ["" if i == "" else vocabulary.label(int(i)) for i in activations[name][:, 0].tolist()]
        for name in ("top_ids", "token_ids")
    )
    return {
        "token_labels": column(tokens),
        "top_labels": column(best),
        "next_token": single(best[0]),
    }
