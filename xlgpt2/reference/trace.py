"""The trace: what every named range of the workbook must show for a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xlgpt2.cells import Cells, length_in_cell
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.vocabulary import Vocabulary
from xlgpt2.columns import Value, column, single
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
from xlgpt2.reference.typed_ids import ids_message, usable_ids, wrong_ids
from xlgpt2.sizes import Sizes
from xlgpt2.tables import TABLES, table


def trace(
    checkpoint: Checkpoint,
    sizes: Sizes,
    prompt: str,
    token_ids: Sequence[Value] | None = None,
    controls: Controls = NEXT_TOKEN,
    seen: Sequence[object] = (),
    utf16: bool = False,
) -> Mapping[str, Cells]:
    """Every range by name, 2-D: constants, weights, tokenizer, activations, prediction.

    `token_ids` are ids typed over the token column; the tokenizer's tabs still show the prompt.
    `controls` are those of the tab Prompt, `seen` what a workbook wrote, see `generated`. Lengths
    of the prompt and places in it are in code points, or in UTF-16 units as in Excel. After a
    prompt that is empty or too long nothing is predicted, and neither if one of the ids is wrong:
    then only rows above it are computed. Raises PromptError for half a character, and for more
    ids than the workbook has rows or none.
    """
    vocabulary = checkpoint.vocabulary
    if token_ids is None:
        ids, wrong = prompt_ids(vocabulary, prompt, sizes.max_bytes, sizes.capacity), [0]
    else:
        wrong = wrong_ids(checked_token_ids(token_ids, sizes), sizes.V)
        ids = usable_ids(token_ids, wrong)
    predicts = not any(wrong)
    written = generated(checkpoint, sizes, ids if predicts else [], controls, seen)
    activations = forward(
        checkpoint.weights,
        checkpoint.config,
        [*ids, *written.ids[:-1]],
        Zones(len(ids), sizes.T, sizes.G, predicts),
        sizes.top,
        checkpoint.blocks,
    )
    if token_ids is not None and not predicts:  # they stay as they were typed
        activations["token_ids"] = column(token_ids, sizes.N)
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
            controls.score,
        ),
        **generation_trace(checkpoint, sizes, written.chosen, activations, controls),
        **decoding_trace(vocabulary, ids, written.ids, sizes.T, sizes.G, predicts),
        "ids_typed_over": single(int(typed_over)),
        "wrong_ids": column(wrong, sizes.T, past=0),
        "wrong_id_row": single(wrong.index(1) if any(wrong) else ""),
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
    written = int(ranges["generated_count"][0, 0])
    texts = ranges["text_so_far"][sizes.T : sizes.T + written, 0].tolist()
    return {
        "prompt_message": single(_prompt_message(ranges, sizes, length)),
        **{f"prompt_{name}": ranges[name] for name in (*again, *chosen)},
        "prompt_token_labels": ranges["token_labels"][: sizes.T],
        "prompt_token_ids": _used_ids(ranges)[: sizes.T],
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
        known["token_ids"] = _used_ids(ranges)
    if after is not None:
        known["passed_token_labels"] = ranges["token_labels"]
        known["passed_token_ids"] = _used_ids(ranges)
        known["passed_token_count"] = ranges["token_count"]
        known["passed_residual"] = ranges[f"residual_{after}"]
    return known


def _used_ids(ranges: Mapping[str, Cells]) -> Cells:
    """The ids of the rows that have a token: none from the first typed id on that is wrong."""
    ids, active = (ranges[name][:, 0].tolist() for name in ("token_ids", "active"))
    return column([i if used else "" for i, used in zip(ids, active, strict=True)])


def checked_token_ids(token_ids: Sequence[Value], sizes: Sizes) -> Sequence[Value]:
    """What was typed for ids, if it is in 1 to T rows; else PromptError."""
    if not 1 <= len(token_ids) <= sizes.capacity:
        raise PromptError(
            f"token ids: expected 1 to {sizes.capacity} (capacity), got {len(token_ids)}",
            "give fewer ids, or make room for them with --capacity",
        )
    return token_ids


def _labels(vocabulary: Vocabulary, activations: Mapping[str, Cells]) -> dict[str, Cells]:
    """The labels of the tokens [N, 1], of the likeliest [top, 1] and of the next one."""
    best, tokens = (
        ["" if i == "" else vocabulary.label(int(i)) for i in ids[:, 0].tolist()]
        for ids in (activations["top_ids"], _used_ids(activations))
    )
    return {
        "token_labels": column(tokens),
        "top_labels": column(best),
        "next_token": single(best[0]),
    }
