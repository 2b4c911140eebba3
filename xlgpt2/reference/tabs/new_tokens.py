"""Generation: tokens that the model writes after a prompt, each chosen from what came before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.values import Cells, column, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tabs.draws import draw, sampling_trace
from xlgpt2.reference.tabs.prompt import Controls


@dataclass(frozen=True)
class Written:
    """New tokens: `ids` are those that were written, `chosen` those that should be in their places.

    They are the same unless another text is followed; there are none after an empty prompt.
    """

    ids: tuple[int, ...]
    chosen: tuple[int, ...]


def generated(
    checkpoint: Checkpoint,
    sizes: Sizes,
    token_ids: Sequence[int],
    controls: Controls,
    seen: Sequence[object] = (),
) -> Written:
    """What is written after a prompt: as many tokens as asked for, but one at least.

    It ends after one of `end_ids`, at the capacity for new tokens, and where positions end. Where a
    workbook was `seen` to write certain ids, these are followed, so that one wrong token does not
    make everything after it wrong: what is chosen is what should follow the text as it stands.
    """
    ends = checkpoint.vocabulary.end_ids
    sampling, count = controls.sampling(sizes.V), controls.count(sizes.G)
    ids: list[int] = []
    chosen: list[int] = []
    while token_ids:
        before = [*token_ids, *ids]
        found = forward(checkpoint, before, Zones.of(len(before)), 1)
        own = int(found["next_token_id"][0, 0])
        if sampling.temperature > 0:
            own = draw(found["logits"][:, 0], sampling, len(before), sizes.S).token_id
        theirs = seen[len(ids)] if len(ids) < len(seen) else own
        chosen.append(own)
        ids.append(int(theirs) if theirs in range(sizes.V) else own)  # type: ignore[call-overload]
        if len(ids) >= count or ids[-1] in ends or len(before) + 1 > sizes.n_positions:
            break
    return Written(tuple(ids), tuple(chosen))


def generation_trace(
    checkpoint: Checkpoint,
    sizes: Sizes,
    ids: Sequence[int],
    activations: Mapping[str, Cells],
    controls: Controls,
) -> dict[str, Cells]:
    """The ranges of the tabs New tokens and Sampling: [G, 1], [1, 1] and those of the draws."""
    vocabulary, G = checkpoint.vocabulary, sizes.G
    logits, largest = activations["logits"], activations["logit_max"]
    shares = [
        float(np.exp(logits[i, g] - largest[0, g]) / activations["logit_exp_sum"][0, g])
        for g, i in enumerate(ids)
    ]
    used = controls.sampling(sizes.V)
    first = int(activations["token_count"][0, 0])
    draws = [
        draw(logits[:, g], used, first + g, sizes.S)
        for g in range(len(ids) if used.temperature else 0)
    ]
    return {
        "new_number": column(range(G)),
        "wanted": column([1] * len(ids), G, past=0),
        "chosen_ids": column(ids, G),
        "chosen_labels": column([vocabulary.label(i) for i in ids], G),
        "chosen_probabilities": column(shares, G),
        "new_count": single(controls.count(G)),
        "generated_count": single(len(ids)),
        "end_labels": column([vocabulary.label(i) for i in vocabulary.end_ids] or ["no token"]),
        **sampling_trace(draws, sizes.V, G, sizes.S, used),
    }
