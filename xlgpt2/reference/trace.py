"""The trace: the expected values of every named range of the workbook for a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlgpt2.cells.values import Cells, Value, column, single, utf16_length
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.constants.tables import table, table_names
from xlgpt2.errors import PromptError
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tabs.after_each_block import lens_trace
from xlgpt2.reference.tabs.attention_overview import overview_trace
from xlgpt2.reference.tabs.check import check_trace
from xlgpt2.reference.tabs.guess import guess_trace
from xlgpt2.reference.tabs.new_tokens import generate, generation_trace
from xlgpt2.reference.tabs.one_number import one_number_trace
from xlgpt2.reference.tabs.prompt import NEXT_TOKEN, Controls, prompt_tab
from xlgpt2.reference.tabs.sampling import sampling_trace
from xlgpt2.reference.tabs.score import score_trace
from xlgpt2.reference.tabs.switches import Switches, switches_trace
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
    workbook_ids: Sequence[object] = (),
    utf16: bool = False,
    switches: Switches = (),
) -> Mapping[str, Cells]:
    """Every range by name, 2-D: constants, weights, tokenizer, activations, prediction.

    `token_ids` override the token column; the tokenizer's tabs still show the prompt. `controls`
    are those of the tab Prompt, `workbook_ids` the new tokens of a workbook: see `generate`.
    `switches` are those of the tab Switches, by default all 1.
    Lengths of the prompt and positions in it are in code points, or in UTF-16 units as in Excel.
    Nothing is predicted if the prompt is empty or too long, or if one of the ids is wrong: then
    only the rows above it are computed. Raises PromptError for an unpaired surrogate, for no ids,
    and for more ids than the workbook has rows.
    """
    vocabulary, family = checkpoint.vocabulary, checkpoint.family
    if token_ids is None:
        ids, wrong = prompt_ids(vocabulary, prompt, sizes.max_bytes, sizes.capacity), [0]
    else:
        require_token_count(token_ids, sizes)
        wrong = wrong_ids(token_ids, sizes.V)
        ids = usable_ids(token_ids, wrong)
    predicts = not any(wrong)
    new_tokens = generate(checkpoint, sizes, ids if predicts else [], controls, workbook_ids)
    zones = Zones(len(ids), sizes.T, sizes.G, predicts)
    activations = forward(checkpoint, [*ids, *new_tokens.ids[:-1]], zones, sizes.top)
    if token_ids is not None and not predicts:  # the cells keep what was entered
        activations["token_ids"] = column(token_ids, sizes.N)
    length = utf16_length if utf16 else len
    tokenizer_ranges = tokenizer_trace(vocabulary, prompt, sizes.max_bytes, sizes.capacity, length)
    overridden = (
        activations["token_ids"][: sizes.T].tolist() != tokenizer_ranges["found_ids"].tolist()
    )
    ranges = {
        **{name: table(name, checkpoint) for name in table_names(family)},
        "head_size": single(sizes.D),
        "vocabulary_ids": column(range(sizes.V)),
        **checkpoint.weight_cells,
        **tokenizer_ranges,
        **activations,
        **_labels(vocabulary, activations),
        **score_trace(
            ids,
            activations[family.final_norm][: sizes.T],
            checkpoint.weights[family.output],
            sizes.T,
            controls.score,
        ),
        **generation_trace(checkpoint, sizes, new_tokens.choices, activations, controls),
        **decoding_trace(vocabulary, ids, new_tokens.ids, sizes.T, sizes.G, predicts),
        "ids_typed_over": single(int(overridden)),
        "wrong_ids": column(wrong, sizes.T, past=0),
        "wrong_id_row": single(wrong.index(1) if any(wrong) else ""),
        **controls.cells(),
    }
    ranges |= {f"highest_{what}": ranges[f"top_{what}"] for what in ("labels", "probabilities")}
    predicted = ids and predicts
    ranges["highest_logits"] = ranges["top_logits"] if predicted else column([], sizes.top)
    ranges |= sampling_trace(ranges, vocabulary, controls.sampling_index(sizes.G), sizes.top)
    ranges |= overview_trace(ranges, checkpoint, sizes.T)
    ranges |= one_number_trace(ranges, checkpoint, sizes)
    ranges |= guess_trace(ranges, vocabulary)
    ranges |= lens_trace(ranges, checkpoint, sizes)
    ranges |= switches_trace(ranges, checkpoint, sizes, ids if predicts else [], switches)
    ranges |= check_trace(checkpoint.cell_tensors, ranges, checkpoint.attention_ranges)
    return {**ranges, **prompt_tab(ranges, sizes, controls, length)}


def part_trace(
    ranges: Mapping[str, Cells], before: int | None, after: int | None
) -> dict[str, Cells]:
    """The trace with the inputs and outputs of one part of a split model.

    `before` is the number of the residual stream that the part takes, `after` that of the one
    that it passes on; None if there is none.
    """
    part_ranges = dict(ranges)
    if before is not None:
        part_ranges["given_token_labels"] = ranges["token_labels"]
        part_ranges["token_ids"] = used_ids(ranges)
    if after is not None:
        part_ranges["passed_token_labels"] = ranges["token_labels"]
        part_ranges["passed_token_ids"] = used_ids(ranges)
        part_ranges["passed_token_count"] = ranges["token_count"]
        part_ranges["passed_residual"] = ranges[f"residual_{after}"]
    return part_ranges


def require_token_count(token_ids: Sequence[Value], sizes: Sizes) -> None:
    """Raise PromptError if the ids don't fill 1 to T rows."""
    if not 1 <= len(token_ids) <= sizes.capacity:
        raise PromptError(
            f"token ids: expected 1 to {sizes.capacity} (capacity), got {len(token_ids)}",
            "use fewer ids, or build with a larger --capacity",
        )


def _labels(vocabulary: Vocabulary, activations: Mapping[str, Cells]) -> dict[str, Cells]:
    """The labels of the tokens [N, 1], of the most likely ones [top, 1] and of the next one."""
    best, tokens = (
        ["" if i == "" else vocabulary.label(int(i)) for i in ids[:, 0].tolist()]
        for ids in (activations["top_ids"], used_ids(activations))
    )
    return {
        "token_labels": column(tokens),
        "top_labels": column(best),
        "next_token": single(best[0]),
    }
