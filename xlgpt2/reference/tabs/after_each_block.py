"""The tab After each block: what final norm and logits make of the residual stream there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, Value, as_text, column, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.forward.layers import layer_norm
from xlgpt2.reference.tabs.choices import NO_TOKEN, choice_message, chosen, typed

Array = NDArray[np.float64]


def lens_trace(
    ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes
) -> dict[str, Cells]:
    """The ranges of the tab: [streams, 1], [blocks, 1], [1, 1], helper rows [n, C], logits [V, n].

    `ranges` are those of the embeddings and blocks, and the controls.
    """
    count = int(ranges["active"][: sizes.T].sum())
    position = typed(ranges["lens_position"])
    used = chosen(position, 0, max(0, count - 1), count - 1)
    on = typed(ranges["lens"]) == 1 and count > 0
    meaning = f"position: 0 to {count - 1}; empty: the last one."
    message = choice_message("position", position, used, count - 1, meaning)
    return {
        "lens_message": single(_message(typed(ranges["lens"]))),
        "lens_position_message": single(message if count else NO_TOKEN),
        "lens_label": single(str(ranges["token_labels"][used, 0]) if count else ""),
        "lens_count": single(count),
        "lens_on": single(int(on)),
        "lens_used": single(used),
        "lens_block": column([f"block {block}" for block in checkpoint.blocks]),
        **(_shown(ranges, checkpoint, used) if on else _off(checkpoint, sizes)),
    }


def _shown(ranges: Mapping[str, Cells], checkpoint: Checkpoint, used: int) -> dict[str, Cells]:
    """The ranges that depend on the residual stream of the chosen token."""
    family, blocks, weights = checkpoint.family, checkpoint.blocks, checkpoint.weights
    numbers = (0, *(block + 1 for block in blocks))
    stream = np.vstack([ranges[f"residual_{number}"][used] for number in numbers])
    epsilon = checkpoint.config.layer_norm_epsilon
    steps: dict[str, Array] = {}
    norm = layer_norm(stream, weights, family.final_norm, epsilon, steps)
    logits = norm @ weights[family.output].T
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = shifted / shifted.sum(axis=1, keepdims=True)
    best = logits.argmax(axis=1)  # of equal ones the lower id
    answer = int(best[-1])
    order = np.argsort(-logits, axis=1, kind="stable")
    added = {
        name: np.vstack([ranges[family.part(f"{name}_added", block)][used] for block in blocks])
        for name in ("attention", "mlp")
    }
    labels = [checkpoint.vocabulary.label(int(token)) for token in best]
    columns = {
        "lens_id": best,
        "lens_max": logits.max(axis=1),
        "lens_sum": shifted.sum(axis=1),
        "lens_mean": stream.mean(axis=1),
        "lens_variance": stream.var(axis=1),
        "lens_answer_logit": logits[:, answer],
        "lens_probability": shares[np.arange(len(best)), best],
        "lens_answer_probability": shares[:, answer],
        "lens_answer_rank": 1 + np.argmax(order == answer, axis=1),
        **{f"lens_{name}_length": np.linalg.norm(rows, axis=1) for name, rows in added.items()},
    }
    return {
        **{name: values[:, None].astype(np.float64) for name, values in columns.items()},
        **{f"lens_{name}_added": rows for name, rows in added.items()},
        "lens_stream": stream,
        "lens_norm": norm,
        "lens_logits": logits.T,
        "lens_token": column(labels),
        "lens_answer": single(labels[-1]),
        "lens_answer_id": single(answer),
    }


def _off(checkpoint: Checkpoint, sizes: Sizes) -> dict[str, Cells]:
    """The same ranges where nothing is computed: what is shown is blank, helper rows are 0."""
    blocks = len(checkpoint.blocks)
    streams = blocks + 1
    shown = ("token", "probability", "answer_probability", "answer_rank")
    zeros = ("id", "max", "sum", "mean", "variance", "answer_logit")
    return {
        **{f"lens_{name}": column([], streams) for name in shown},
        **{f"lens_{name}": np.zeros((streams, 1)) for name in zeros},
        **{f"lens_{name}_length": column([], blocks) for name in ("attention", "mlp")},
        **{f"lens_{name}_added": np.zeros((blocks, sizes.C)) for name in ("attention", "mlp")},
        "lens_stream": np.zeros((streams, sizes.C)),
        "lens_norm": np.zeros((streams, sizes.C)),
        "lens_logits": np.zeros((sizes.V, streams)),
        "lens_answer": single(""),
        "lens_answer_id": single(0),
    }


def _message(lens: Value) -> str:
    if isinstance(lens, str):
        return "lens: expected 0 or 1; 0 is used."
    if lens not in (0, 1):
        return f"lens: expected 0 or 1, got {as_text(lens)}; 0 is used."
    if lens == 0:
        return "lens: off; 1 computes logits after each block."
    return "lens: on; 0 is off, which saves time."
