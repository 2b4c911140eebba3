"""The tab Score: the probability of each token of a prompt, the loss and the perplexity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import (
    Cells,
    Value,
    as_text,
    column,
    single,
)

Array = NDArray[np.float64]


def score_trace(
    token_ids: Sequence[int], final_norm: Array, output: Array, capacity: int, score: Value
) -> dict[str, Cells]:
    """The ranges of the tab Score, [T, 1] and [1, 1]; zeros and blanks unless `score` is 1.

    `final_norm` is [T, C], the `output` matrix [V, C]. The loss is the mean of -ln(probability)
    over the tokens after the first, as in transformers; perplexity is e to that power.
    """
    on = score == 1
    largest, log_sums, token_logits = np.zeros(capacity), np.zeros(capacity), np.zeros(capacity)
    count = max(0, len(token_ids) - 1) if on else 0
    for t in range(1, count + 1):
        logits = output @ final_norm[t - 1]  # the prediction of token t
        largest[t] = logits.max()
        log_sums[t] = np.log(np.exp(logits - largest[t]).sum()) + largest[t]
        token_logits[t] = logits[token_ids[t]]
    log_probabilities = token_logits - log_sums
    loss = float(-log_probabilities.sum() / count) if count else 0.0
    return {
        "scored": column([0, *[1] * count], capacity, past=0),
        "score_max": largest[:, None],
        "score_log_sum": log_sums[:, None],
        "score_logit": token_logits[:, None],
        "log_probability": log_probabilities[:, None],
        "surprise": -log_probabilities[:, None],
        "prompt_surprise": column(["", *(-log_probabilities[1 : count + 1]).tolist()], capacity),
        "score_used": single(int(on)),
        "scored_count": single(count),
        "loss": single(loss if count else ""),
        "perplexity": single(float(np.exp(loss)) if count else ""),
        "score_state": single(_state(on, count)),
        "score_message": single(_message(score, count, loss)),
    }


def _state(on: bool, count: int) -> str:
    if not on:
        return "off: type 1 next to score on the tab Prompt"
    return "on" if count else "on, but there is no token to score"


def _message(score: Value, count: int, loss: float) -> str:
    if isinstance(score, str):
        return "score: expected 0 or 1; 0 is used."
    if score not in (0, 1):
        return f"score: expected 0 or 1, got {as_text(score)}; 0 is used."
    if score == 0:
        return "score: 1 computes how likely each token of the prompt is; 0 is off."
    if not count:
        return "score: on; the first token has no score, so type at least two."
    perplexity = float(np.exp(loss))
    return (
        f"score: loss {as_text(round(loss, 4))} nats per token, "
        f"perplexity {as_text(round(perplexity, 4))}."
    )
