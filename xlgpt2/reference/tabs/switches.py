"""The tab Switches and those of blocks as switched: the prompt without some heads and MLPs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, Value, as_text, column, grid, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.forward.forward import forward
from xlgpt2.reference.forward.layers import ALL_ON, SwitchedOff, Zones, layer_norm

Array = NDArray[np.float64]

#: The switches as typed, a row for each block: its MLP, then its heads.
Switches = Sequence[Sequence[Value]]

#: The message where nothing can be computed.
NO_TOKEN = "There is no token to compute: see the tab Prompt."


def switches_trace(
    ranges: Mapping[str, Cells],
    checkpoint: Checkpoint,
    sizes: Sizes,
    ids: Sequence[int],
    switches: Switches,
) -> dict[str, Cells]:
    """The ranges of the tabs: [blocks, 1 + H] switches, [top, 1] tables, [1, n] and [V, 1] helpers.

    On the tabs of blocks there are rows of the prompt, [T, n]. `ranges` are those of the whole
    model, `ids` the tokens that it predicts from. Without `switches` all are 1.
    """
    typed = switches or [[1.0] * (sizes.H + 1)] * len(checkpoint.blocks)
    used = [[0.0 if value == 0 else 1.0 for value in row] for row in typed]
    accepted = [[float(value in (0, 1)) for value in row] for row in typed]
    off = _switched_off(checkpoint.blocks, used)
    on = off != ALL_ON and len(ids) > 0
    wrong, count = sum(row.count(0) for row in accepted), len(off.heads) + len(off.mlps)
    computed = [*ids] if on else []
    model = forward(checkpoint, computed, Zones(len(computed), sizes.T), sizes.top, off)
    shown = _as_switched(model, ranges, checkpoint, sizes) if on else _whole_model(ranges, sizes)
    labels, before = ranges["top_labels"], ranges["top_probabilities"]
    return {
        "switches": grid(typed),
        "switches_used": np.array(used),
        "switches_accepted": np.array(accepted),
        "switches_wrong": single(wrong),
        "switches_off": single(count),
        "switches_on": single(int(on)),
        "switch_block": column([f"block {block}" for block in checkpoint.blocks]),
        "switch_head": grid([[f"head {head}" for head in range(sizes.H)]]),
        "switch_place": column(range(1, sizes.top + 1)),
        "switch_labels": labels,
        "switch_before": before,
        "switch_message": single(_message(wrong, count) if len(ids) else NO_TOKEN),
        "switch_verdict": single(_verdict(labels, before, shown, on) if len(ids) else ""),
        "switched_residual_0": ranges["residual_0"][: sizes.T],
        **_blocks(model, checkpoint, len(computed)),
        **shown,
    }


def _switched_off(blocks: Sequence[int], used: Sequence[Sequence[float]]) -> SwitchedOff:
    """The heads and MLPs whose switch is 0."""
    rows = list(zip(blocks, used, strict=True))
    heads = {(b, h) for b, row in rows for h, switch in enumerate(row[1:]) if switch == 0}
    return SwitchedOff(frozenset(heads), frozenset(b for b, row in rows if row[0] == 0))


def _blocks(model: Mapping[str, Cells], checkpoint: Checkpoint, computed: int) -> dict[str, Cells]:
    """The ranges of the blocks' tabs, from the forward pass without what is off.

    So many rows of the prompt are computed.
    """
    family, result = checkpoint.family, {}
    for block in checkpoint.blocks:
        for name in family.ranges_as_switched(block, checkpoint.config.n_head):
            result[f"switched_{name}"] = model[name]
        stream = model[f"residual_{block + 1}"]
        result[f"switched_residual_{block + 1}"] = stream
        prefix = family.range_name(family.block_prefix(block))
        result[f"switched_{prefix}rows"] = column([1] * computed, len(stream), past=0)
    return result


def _as_switched(
    model: Mapping[str, Cells], ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes
) -> dict[str, Cells]:
    """What the model says without what is off; the tokens before are those of `ranges`."""
    family, last = checkpoint.family, int(ranges["token_count"][0, 0]) - 1
    stream = model[f"residual_{checkpoint.blocks[-1] + 1}"][[last]].astype(np.float64)
    epsilon = checkpoint.config.layer_norm_epsilon
    norm = layer_norm(stream, checkpoint.weights, family.final_norm, epsilon, {})
    logits = (norm @ checkpoint.weights[family.output].T)[0]
    exponentials = np.exp(logits - logits.max())
    probabilities = exponentials / exponentials.sum()
    order = np.argsort(-logits, kind="stable")  # of equal ones the lower id
    before = ranges["top_ids"][:, 0].astype(int)
    best = order[: sizes.top]
    return {
        "switch_after": probabilities[before, None],
        "switch_rank": column([1 + int(np.argmax(order == token)) for token in before]),
        "switched_labels": column([checkpoint.vocabulary.label(int(token)) for token in best]),
        "switched_probabilities": probabilities[best, None],
        "switched_mean": stream.mean(keepdims=True),
        "switched_variance": stream.var(keepdims=True),
        "switched_max": single(float(logits.max())),
        "switched_sum": single(float(exponentials.sum())),
        "switched_top_logits": logits[best, None],
        "switched_ids": column([int(token) for token in best]),
        "switched_stream": stream,
        "switched_norm": norm,
        "switched_logits": logits[:, None],
    }


def _whole_model(ranges: Mapping[str, Cells], sizes: Sizes) -> dict[str, Cells]:
    """The same ranges if nothing is off: the tables show the whole model, helpers are 0."""
    predicts = ranges["token_count"][0, 0] > 0
    cells = ("mean", "variance", "max", "sum")
    return {
        "switch_after": ranges["top_probabilities"],
        "switch_rank": column(range(1, sizes.top + 1) if predicts else [], sizes.top),
        "switched_labels": ranges["top_labels"],
        "switched_probabilities": ranges["top_probabilities"],
        **{f"switched_{name}": single(0) for name in cells},
        **{f"switched_{name}": np.zeros((sizes.top, 1)) for name in ("top_logits", "ids")},
        **{f"switched_{name}": np.zeros((1, sizes.C)) for name in ("stream", "norm")},
        "switched_logits": np.zeros((sizes.V, 1)),
    }


def _message(wrong: int, off: int) -> str:
    if wrong:
        verb = "is" if wrong == 1 else "are"
        return f"switches: expected 0 or 1 in every cell; {wrong} of them {verb} used as 1."
    if not off:
        return "All switches are at 1: this is the whole model."
    return f"{off} part is off." if off == 1 else f"{off} parts are off."


def _verdict(labels: Cells, before: Cells, shown: Mapping[str, Cells], on: bool) -> str:
    """The sentence that compares the likeliest token of the whole model."""
    token, share = labels[0, 0], _percent(before[0, 0])
    if not on:
        return f"{token} is the likeliest next token: {share}."
    rank = int(shown["switch_rank"][0, 0])
    after = f"{_percent(shown['switch_after'][0, 0])} and rank {rank} without these."
    text = f"{token}: {share} with all parts, {after}"
    if rank == 1:
        return text
    best = f"{shown['switched_labels'][0, 0]}: {_percent(shown['switched_probabilities'][0, 0])}"
    return f"{text} Now the likeliest is {best}."


def _percent(share: float) -> str:
    """A probability as ROUND(share * 100, 2) prints it."""
    return f"{as_text(round(share * 100, 2))}%"
