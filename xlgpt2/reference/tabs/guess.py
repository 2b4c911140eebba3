"""The tab Guess: whether a text is one token, and how likely the model finds it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from xlgpt2.cells.values import Cells, as_text, column, single
from xlgpt2.reference.tabs.choices import typed
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: Smaller probabilities are not rounded to 0.0%.
_SMALL = 0.0005


def guess_trace(ranges: Mapping[str, Cells], vocabulary: Vocabulary) -> dict[str, Cells]:
    """The ranges of the tab: [1, 1], and [top + 1, 1] of the guess and the likeliest tokens.

    `ranges` are those of the tabs Vocabulary, Logits and Ranking, and the control.
    """
    texts = ranges["vocabulary_texts"][:, 0].tolist()
    first_ids = {text: i for i, text in reversed(list(enumerate(texts)))}
    guess, none = as_text(typed(ranges["guess"])), len(texts)
    predicts = bool(ranges["wanted"][0, 0])
    found_id = first_ids.get(guess)
    found = found_id is not None and guess != ""
    label = vocabulary.label(found_id) if found_id is not None and found else ""
    other = guess[1:] if guess.startswith(" ") else f" {guess}"
    other_id = first_ids.get(other) if guess else None
    logits = ranges["logits"][:, 0].astype(np.float64)
    # Stable: of equal logits the lower id comes first.
    order = np.argsort(-logits, kind="stable").tolist()
    rank = 1 + order.index(found_id) if found and predicts else 0
    probability = float(ranges["probabilities"][found_id, 0]) if found else 0.0
    likeliest = ranges["top_probabilities"][:, 0].tolist()
    verdict = _verdict(guess, predicts, (rank, none, probability) if found else None, other_id)
    return {
        "guess_verdict": single(verdict),
        "guess_found": single(int(found)),
        "guess_label": single(label),
        "guess_id": single(none if found_id is None else found_id),
        "guess_probability": single(probability),
        "guess_rank": single(rank),
        "guess_logit": single(float(logits[found_id]) if found else 0),
        "guess_other_id": single(none if other_id is None else other_id),
        "guess_shown_labels": column(
            [f"guess: {label}" if found else "guess", *ranges["top_labels"][:, 0].tolist()]
        ),
        "guess_shown_probabilities": column(
            [probability, *(0 if value == "" else value for value in likeliest)]
        ),
    }


def _verdict(
    guess: str, predicts: bool, found: tuple[int, int, float] | None, other_id: int | None
) -> str:
    """The sentence; `found` is rank, vocabulary and probability of a guess that is a token."""
    if not predicts:
        return "There is nothing to guess: see the tab Prompt."
    if not guess:
        return "Type a guess into the yellow cell."
    if found is not None:
        rank, tokens, probability = found
        percent = as_text(math.floor(probability * 1000 + 0.5) / 10)
        words = "less than 0.1" if probability < _SMALL else percent
        likeliest = " It is the likeliest token." if rank == 1 else ""
        return f"Rank {rank} of {tokens}: {words}%.{likeliest}"
    if other_id is None:
        return "Not one token: try something shorter."
    without = "without the" if guess.startswith(" ") else "with a"
    return f"Not one token; but it is one {without} space before it."
