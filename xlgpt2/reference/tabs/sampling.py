"""The tab Sampling: every step from logits to the token written, for one new token."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, column, single
from xlgpt2.vocabulary.vocabulary import Vocabulary

Array = NDArray[np.float64]

#: The last token that each cut keeps: its logit and its id.
_CUTS = ("cut_k_logit", "cut_k_id", "cut_logit", "cut_id")


def sampling_trace(
    ranges: Mapping[str, Cells], vocabulary: Vocabulary, g: int, top: int
) -> dict[str, Cells]:
    """The ranges of the tab for new token g, counted from 0: [V, 1], [top, 1], [1, 1].

    `ranges` are those of the tabs Logits, New tokens and Draws.
    """
    new = ranges["wanted"].shape[0]
    wanted = ranges["wanted"][g, 0]
    token_id = float(ranges["chosen_ids"][g, 0]) if wanted else 0.0
    temperature = float(ranges["temperature_used"][0, 0])
    cuts = {name: float(ranges[name][0, g]) for name in _CUTS}
    if temperature == 0:
        largest = float(ranges["logit_max"][0, g])
        cuts = {
            "cut_k_logit": largest,
            "cut_k_id": token_id,
            "cut_logit": largest,
            "cut_id": token_id,
        }
    logits = np.asarray(ranges["logits"][:, g], dtype=np.float64)
    scaled = logits / (temperature or 1.0)
    exponentials = np.exp(scaled - scaled.max())
    softmax = exponentials / exponentials.sum() * wanted
    top_k = np.where(_up_to_cut(logits, cuts["cut_k_logit"], cuts["cut_k_id"]), softmax, 0)
    top_p = np.where(_up_to_cut(logits, cuts["cut_logit"], cuts["cut_id"]), softmax, 0)
    final = top_p / top_p.sum() if wanted else top_p
    best = np.argsort(-logits, kind="stable")[:top] if wanted else np.empty(0, dtype=np.int64)
    pick = np.zeros((1, new))
    pick[0, g] = 1
    numbers = {
        "shown_index": g,
        "shown_wanted": wanted,
        "shown_id": token_id,
        "shown_temperature": temperature or 1.0,
        "shown_cut_k": cuts["cut_k_logit"],
        "shown_cut_k_id": cuts["cut_k_id"],
        "shown_cut": cuts["cut_logit"],
        "shown_cut_id": cuts["cut_id"],
        "shown_uniform": float(ranges["draw_uniform"][0, g]),
        "shown_max": scaled.max(),
        "shown_sum": exponentials.sum(),
        "shown_kept_sum": top_p.sum(),
        "shown_below": final[: int(token_id)].sum(),
        "shown_up_to": final[: int(token_id) + 1].sum(),
    }
    columns = {
        "shown_logits": logits,
        "shown_scaled": scaled,
        "shown_softmax": softmax,
        "shown_top_k": top_k,
        "shown_top_p": top_p,
        "shown_kept": final,
    }
    at_temperatures = {0.5: "half", 1.0: "one", 2.0: "two"}
    shares = {t: _at(logits, t) * wanted for t in at_temperatures}
    sums = [float(np.exp((logits - logits.max()) / t).sum()) * wanted for t in at_temperatures]
    return {
        **{name: single(float(value)) for name, value in numbers.items()},
        **{name: values[:, None] for name, values in columns.items()},
        "shown_pick": pick,
        "sampling_message": single(_message(ranges, g)),
        "shown_top_ids": column(best.tolist(), top),
        "shown_top_labels": column([vocabulary.label(int(i)) for i in best], top),
        "shown_top_logits": column(logits[best].tolist(), top, past=0),
        "shown_top_before": column(softmax[best].tolist(), top, past=0),
        "shown_top_after": column(final[best].tolist(), top, past=0),
        **{
            f"shown_at_{word}": column(shares[t][best].tolist(), top, past=0)
            for t, word in at_temperatures.items()
        },
        "temperature_sums": np.array([sums]),
    }


def _at(logits: Array, temperature: float) -> Array:
    """The probabilities of all tokens at a temperature, without cuts."""
    scaled = np.exp(logits / temperature - (logits / temperature).max())
    return np.asarray(scaled / scaled.sum(), dtype=np.float64)


def _message(ranges: Mapping[str, Cells], g: int) -> str:
    written = int(ranges["generated_count"][0, 0])
    if not written:
        return "No token was written, so there is nothing to show: see the tab Prompt."
    if not ranges["wanted"][g, 0]:
        return (
            f"Token {g + 1} was not written: choose 1 to {written}, or set more on the tab Prompt."
        )
    return f"Token {g + 1} of {written} is {ranges['chosen_labels'][g, 0]}."


def _up_to_cut(logits: Array, cut: float, last_id: float) -> NDArray[np.bool_]:
    """Which tokens a cut keeps: those with larger logits, and with equal ones up to an id."""
    ties = (logits == cut) & (np.arange(len(logits)) <= last_id)
    return np.asarray((logits > cut) | ties, dtype=np.bool_)
