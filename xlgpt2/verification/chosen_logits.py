"""Scored tokens: weights that give each token a score for its logit, to type over a workbook's own.

With them a text goes on as one likes, and logits can be equal: no prompt brings either about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from xlgpt2.cells.values import Value
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.precision import Numbers
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: What is typed over a range, from its first cell on.
Typed = tuple[tuple[Value, ...], ...]


def scores(vocabulary: Vocabulary, first: Collection[int], then: Collection[int] = ()) -> Numbers:
    """A score for each token, [V]: the best for `first`; each third of `then` shares one after it.

    Of the others each two share one. They are from 0 down to -8, which no token is unlikely with,
    and exact, for they are whole numbers divided by a power of 2.
    """
    V = len(vocabulary.tokens)
    whole = -5 - np.arange(V) // 2
    whole[sorted(then)] = -2 - np.arange(len(then)) % 3
    whole[sorted(first)] = -1
    return (whole * 2.0 ** (3 - V.bit_length())).astype(np.float64)


def by_score(checkpoint: Checkpoint, scored: Numbers) -> dict[str, Numbers]:
    """Weights by their cell names with which each token's logit is its score, whatever came before.

    The final norm gives 1 in the first column and 0 in the others. So a logit is one product, and
    equal ones are so to the last bit in whatever order an engine adds up.
    """
    C, family = checkpoint.config.n_embd, checkpoint.family
    output, bias = np.zeros((len(scored), C)), np.zeros((1, C))
    output[:, 0], bias[0, 0] = scored, 1
    weight_name, bias_name = (f"{family.final_norm}.{part}" for part in ("weight", "bias"))
    return {
        family.range_name(family.output): output,
        family.range_name(weight_name): np.zeros((1, C)),
        family.range_name(bias_name): bias,
    }


def as_typed(weights: Mapping[str, Numbers]) -> dict[str, Typed]:
    """The same, to be typed."""
    return {name: tuple(map(tuple, cells.tolist())) for name, cells in weights.items()}
