"""The tab New tokens: generating tokens after a prompt, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells.values import Cells, column, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tabs.draws import draws_trace, sample
from xlgpt2.reference.tabs.prompt import Controls


@dataclass(frozen=True)
class NewTokens:
    """New tokens: `ids` are those written, `choices` those that the reference would write there.

    They are the same unless a workbook's ids are followed; both are empty after an empty prompt.
    """

    ids: tuple[int, ...]
    choices: tuple[int, ...]


def generate(
    checkpoint: Checkpoint,
    sizes: Sizes,
    token_ids: Sequence[int],
    controls: Controls,
    workbook_ids: Sequence[object] = (),
) -> NewTokens:
    """The tokens written after a prompt: as many as requested, but at least one.

    Generation ends after one of `end_ids`, at the capacity for new tokens, and at the model's last
    position. `workbook_ids`, the ids that a workbook wrote, are followed, so that one wrong token
    does not make all later ones wrong: the choices are what should follow the text so far.
    """
    ends = checkpoint.vocabulary.end_ids
    sampling, count = controls.sampling(sizes.V), controls.count(sizes.G)
    ids: list[int] = []
    choices: list[int] = []
    while token_ids:
        before = [*token_ids, *ids]
        activations = forward(checkpoint, before, Zones.of(len(before)), 1)
        choice = int(activations["next_token_id"][0, 0])
        if sampling.temperature > 0:
            choice = sample(activations["logits"][:, 0], sampling, len(before), sizes.S).token_id
        written = workbook_ids[len(ids)] if len(ids) < len(workbook_ids) else choice
        choices.append(choice)
        ids.append(int(written) if written in range(sizes.V) else choice)  # type: ignore[call-overload]
        if len(ids) >= count or ids[-1] in ends or len(before) + 1 > sizes.n_positions:
            break
    return NewTokens(tuple(ids), tuple(choices))


def generation_trace(
    checkpoint: Checkpoint,
    sizes: Sizes,
    ids: Sequence[int],
    activations: Mapping[str, Cells],
    controls: Controls,
) -> dict[str, Cells]:
    """The ranges of the tabs New tokens, [G, 1] and [1, 1], and Draws."""
    vocabulary, G = checkpoint.vocabulary, sizes.G
    logits, largest = activations["logits"], activations["logit_max"]
    probabilities = [
        float(np.exp(logits[i, g] - largest[0, g]) / activations["logit_exp_sum"][0, g])
        for g, i in enumerate(ids)
    ]
    sampling = controls.sampling(sizes.V)
    first = int(activations["token_count"][0, 0])
    samples = [
        sample(logits[:, g], sampling, first + g, sizes.S)
        for g in range(len(ids) if sampling.temperature else 0)
    ]
    return {
        "new_number": column(range(G)),
        "wanted": column([1] * len(ids), G, past=0),
        "chosen_ids": column(ids, G),
        "chosen_labels": column([vocabulary.label(i) for i in ids], G),
        "chosen_probabilities": column(probabilities, G),
        "new_count": single(controls.count(G)),
        "generated_count": single(len(ids)),
        "end_labels": column([vocabulary.label(i) for i in vocabulary.end_ids] or ["no token"]),
        **draws_trace(samples, sizes.V, G, sizes.S, sampling),
    }
