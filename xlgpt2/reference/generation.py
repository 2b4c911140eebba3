"""Generation: tokens that the model writes after a prompt, each chosen from what came before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.columns import column, single
from xlgpt2.reference.forward import Zones, forward
from xlgpt2.reference.sampling import GREEDY, Sampling, draw, sampling_trace
from xlgpt2.sizes import Sizes


@dataclass(frozen=True)
class Controls:
    """What is typed beside the prompt: how many new tokens, how they are chosen, a score or not.

    `shown` is the one that the tab Sampling shows, counted from 1.
    """

    new_tokens: int = 1
    sampling: Sampling = GREEDY
    score: bool = False
    shown: int = 1


NEXT_TOKEN = Controls()


@dataclass(frozen=True)
class Written:
    """New tokens: `ids` are those that were written, `chosen` those that should be in their places.

    They are the same unless another text is followed.
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

    It ends at <|endoftext|>, at the capacity for new tokens, and where positions end. Where a
    workbook was `seen` to write certain ids, these are followed, so that one wrong token does not
    make everything after it wrong: what is chosen is what should follow the text as it stands.
    """
    end = checkpoint.vocabulary.end_of_text_id
    sampling = controls.sampling.within(sizes.V)
    ids: list[int] = []
    chosen: list[int] = []
    while True:
        before = [*token_ids, *ids]
        found = forward(
            checkpoint.weights,
            checkpoint.config,
            before,
            Zones.of(len(before)),
            1,
            checkpoint.blocks,
        )
        own = int(found["next_token_id"][0, 0])
        if sampling.temperature > 0:
            own = draw(found["logits"][:, 0], sampling, len(before), sizes.S).token_id
        theirs = seen[len(ids)] if len(ids) < len(seen) else own
        chosen.append(own)
        ids.append(int(theirs) if theirs in range(sizes.V) else own)  # type: ignore[call-overload]
        full = len(ids) >= min(controls.new_tokens, sizes.G)
        if full or ids[-1] == end or len(before) + 1 > sizes.n_positions:
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
    used = controls.sampling.within(sizes.V)
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
        "new_count": single(min(max(controls.new_tokens, 0), G)),
        "generated_count": single(len(ids)),
        **sampling_trace(draws, sizes.V, G, sizes.S, used),
    }


def control_messages(controls: Controls, written: int, sizes: Sizes) -> dict[str, str]:
    """What the tab Prompt says beside each control."""
    asked, G, sampling = controls.new_tokens, sizes.G, controls.sampling
    said = f"From 0 to {G}: how many tokens the model writes, each in a row of its own."
    if not 0 <= asked <= G:
        said = f"Expected 0 to {G}, got {asked}. Build with --new-tokens for more."
    elif written < asked:
        said = f"It wrote {written} and ended there, as it was trained to."
    return {"new_tokens_message": said, **_sampling_messages(sampling, sizes.V)}


def _sampling_messages(sampling: Sampling, V: int) -> dict[str, str]:
    temperature = (
        "temperature 0: always the most likely token. Higher ones draw by lot."
        if sampling.temperature == 0
        else "temperature: logits are divided by it; the higher, the more surprising the text."
    )
    if sampling.temperature < 0:
        temperature = (
            f"temperature: expected a number from 0 on, got {sampling.temperature:g}; 0 is used."
        )
    top_k = "top-k: so many of the most likely tokens take part in the draw."
    if sampling.top_k == 0:
        top_k = "top-k 0: all tokens take part in the draw."
    elif not 0 <= sampling.top_k <= V:
        top_k = f"top-k: expected 0 to {V}, got {sampling.top_k}; all tokens take part."
    top_p = "top-p: the fewest tokens that have this share of the probability take part."
    if sampling.top_p == 1:
        top_p = "top-p 1: nothing more is cut off."
    elif not 0 <= sampling.top_p <= 1:
        top_p = f"top-p: expected 0 to 1, got {sampling.top_p:g}; the nearest of them is used."
    seed = "seed: another number gives another draw, and the same number the same one."
    if not 0 <= sampling.seed <= 999_999_999:
        seed = f"seed: expected 0 to 999999999, got {sampling.seed}; the nearest of them is used."
    return {
        "temperature_message": temperature,
        "top_k_message": top_k,
        "top_p_message": top_p,
        "seed_message": seed,
    }
