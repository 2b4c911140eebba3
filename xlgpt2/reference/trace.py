"""The trace: what every named range of the workbook must show for a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.values import Cells, Value, column, single, utf16_length
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.constants.tables import table, table_names
from xlgpt2.errors import PromptError
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tabs.check import check_trace
from xlgpt2.reference.tabs.new_tokens import generated, generation_trace
from xlgpt2.reference.tabs.prompt import NEXT_TOKEN, Controls, prompt_tab
from xlgpt2.reference.tabs.sampling import shown_draw
from xlgpt2.reference.tabs.score import score_trace
from xlgpt2.reference.tabs.text import decoding_trace
from xlgpt2.reference.tabs.tokenizer import tokenizer_trace
from xlgpt2.reference.tabs.tokens import usable_ids, used_ids, wrong_ids
from xlgpt2.reference.tokenization import prompt_ids
from xlgpt2.vocabulary.vocabulary import Vocabulary


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
    vocabulary, family = checkpoint.vocabulary, checkpoint.family
    if token_ids is None:
        ids, wrong = prompt_ids(vocabulary, prompt, sizes.max_bytes, sizes.capacity), [0]
    else:
        wrong = wrong_ids(checked_token_ids(token_ids, sizes), sizes.V)
        ids = usable_ids(token_ids, wrong)
    predicts = not any(wrong)
    written = generated(checkpoint, sizes, ids if predicts else [], controls, seen)
    zones = Zones(len(ids), sizes.T, sizes.G, predicts)
    activations = forward(checkpoint, [*ids, *written.ids[:-1]], zones, sizes.top)
    if token_ids is not None and not predicts:  # they stay as they were typed
        activations["token_ids"] = column(token_ids, sizes.N)
    length = utf16_length if utf16 else len
    found = tokenizer_trace(vocabulary, prompt, sizes.max_bytes, sizes.capacity, length)
    typed_over = activations["token_ids"][: sizes.T].tolist() != found["found_ids"].tolist()
    ranges = {
        **{name: table(name, checkpoint) for name in table_names(family)},
        "head_size": single(sizes.D),
        "vocabulary_ids": column(range(sizes.V)),
        **checkpoint.weight_cells,
        **found,
        **activations,
        **_labels(vocabulary, activations),
        **score_trace(
            ids,
            activations[family.final_norm][: sizes.T],
            checkpoint.weights[family.output],
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
    heads = [family.attention_range(b, h) for b in checkpoint.blocks for h in range(sizes.H)]
    ranges |= shown_draw(ranges, vocabulary, controls.shown(sizes.G), sizes.top)
    ranges |= check_trace(checkpoint.cell_tensors, ranges, heads)
    return {**ranges, **prompt_tab(ranges, sizes, controls, length)}


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
        known["token_ids"] = used_ids(ranges)
    if after is not None:
        known["passed_token_labels"] = ranges["token_labels"]
        known["passed_token_ids"] = used_ids(ranges)
        known["passed_token_count"] = ranges["token_count"]
        known["passed_residual"] = ranges[f"residual_{after}"]
    return known


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
        for ids in (activations["top_ids"], used_ids(activations))
    )
    return {
        "token_labels": column(tokens),
        "top_labels": column(best),
        "next_token": single(best[0]),
    }
