"""Generation: tokens that the model writes after a prompt, each chosen from what came before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.columns import column, single
from xlgpt2.reference.forward import Zones, forward
from xlgpt2.sizes import Sizes


def generated(
    checkpoint: Checkpoint, sizes: Sizes, token_ids: Sequence[int], asked: int
) -> list[int]:
    """The ids that are written after a prompt: as many as asked for, but one at least.

    It ends at <|endoftext|>, at the capacity for new tokens, and where positions end.
    """
    end = checkpoint.vocabulary.end_of_text_id
    written: list[int] = []
    while True:
        ids = [*token_ids, *written]
        found = forward(
            checkpoint.weights,
            checkpoint.config,
            ids,
            Zones(len(ids), len(ids)),
            1,
            checkpoint.blocks,
        )
        written.append(int(found["next_token_id"][0, 0]))
        full = len(written) >= min(asked, sizes.G) or len(ids) + 1 > sizes.n_positions
        if full or written[-1] == end:
            return written


def generation_trace(
    checkpoint: Checkpoint,
    sizes: Sizes,
    written: Sequence[int],
    activations: dict[str, Cells],
    asked: int,
) -> dict[str, Cells]:
    """The ranges of the tab New tokens: [G, 1], and [1, 1] counts."""
    vocabulary, G = checkpoint.vocabulary, sizes.G
    logits, largest = activations["logits"], activations["logit_max"]
    shares = [
        float(np.exp(logits[i, g] - largest[0, g]) / activations["logit_exp_sum"][0, g])
        for g, i in enumerate(written)
    ]
    return {
        "wanted": column([1] * len(written), G, past=0),
        "chosen_ids": column(written, G),
        "chosen_labels": column([vocabulary.label(i) for i in written], G),
        "chosen_probabilities": column(shares, G),
        "new_count": single(min(max(asked, 0), G)),
        "generated_count": single(len(written)),
    }
