"""Chosen logits: weights that override a workbook's own and give each token a chosen logit.

With them a text can continue in any way, and logits can be equal: no prompt causes either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from xlgpt2.cells.values import Value
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.precision import Numbers
from xlgpt2.vocabulary.vocabulary import Vocabulary

#: Rows of values that override the cells of a range, from its first cell on.
OverrideRows = tuple[tuple[Value, ...], ...]


def chosen_logits(
    vocabulary: Vocabulary, best: Collection[int], next_best: Collection[int] = ()
) -> Numbers:
    """A logit for each token, [V]: the largest for `best`, then three values shared by `next_best`.

    Every two other tokens share one. All are between 0 and -8, so that no token is improbable, and
    exact: whole numbers divided by a power of 2.
    """
    V = len(vocabulary.tokens)
    whole = -5 - np.arange(V) // 2
    whole[sorted(next_best)] = -2 - np.arange(len(next_best)) % 3
    whole[sorted(best)] = -1
    return (whole * 2.0 ** (3 - V.bit_length())).astype(np.float64)


def weights_for(checkpoint: Checkpoint, logits: Numbers) -> dict[str, Numbers]:
    """Weights, by range name, that give these logits after any tokens.

    The final norm gives 1 in the first column and 0 in the others. So a logit is one product, and
    equal logits are equal to the last bit, in whatever order an engine adds.
    """
    C, family = checkpoint.config.n_embd, checkpoint.family
    output, bias = np.zeros((len(logits), C)), np.zeros((1, C))
    output[:, 0], bias[0, 0] = logits, 1
    weight_name, bias_name = (f"{family.final_norm}.{part}" for part in ("weight", "bias"))
    return {
        family.range_name(family.output): output,
        family.range_name(weight_name): np.zeros((1, C)),
        family.range_name(bias_name): bias,
    }


def override_rows(weights: Mapping[str, Numbers]) -> dict[str, OverrideRows]:
    """Weights as rows of values."""
    return {name: tuple(map(tuple, cells.tolist())) for name, cells in weights.items()}
