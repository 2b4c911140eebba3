"""The layers of a transformer in numpy, and the two zones of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, column, single

Array = NDArray[np.float64]

Tensors = Mapping[str, Array]


@dataclass(frozen=True)
class SwitchedOff:
    """The parts of a model that add nothing: heads, as (block, head), and the MLPs of blocks."""

    heads: frozenset[tuple[int, int]] = frozenset()
    mlps: frozenset[int] = frozenset()


#: The whole model.
ALL_ON = SwitchedOff()

#: Range name -> one row per token.
TokenRows = dict[str, Array]


@dataclass(frozen=True)
class Zones:
    """Two zones of rows: `capacity` (T) rows for `prompt` tokens, then one for each new token.

    `new` (G) tokens can be written; the last needs no row, as nothing follows it. Nothing is
    predicted if `predicts` is false, as when a later id is wrong.
    """

    prompt: int
    capacity: int
    new: int = 1
    predicts: bool = True

    @classmethod
    def of(cls, tokens: int) -> Zones:
        """The zones of a prompt that fills its rows, without new tokens."""
        return cls(tokens, tokens)

    @property
    def rows(self) -> int:
        """N, the number of rows."""
        return self.capacity + self.new - 1

    def row_indices(self, tokens: int) -> list[int]:
        """The rows of the first `tokens` tokens, prompt and new ones together."""
        return [*range(self.prompt), *range(self.capacity, self.capacity + tokens - self.prompt)]


def layer_norm(x: Array, tensors: Tensors, name: str, epsilon: float, rows: TokenRows) -> Array:
    """Each row with mean 0 and variance 1, then scale and bias: [N, C] -> [N, C].

    The variance is the population variance; epsilon is inside the root.
    """
    mean = put(rows, f"{name}.mean", x.mean(axis=1, keepdims=True))
    variance = put(rows, f"{name}.variance", x.var(axis=1, keepdims=True))
    normalized = put(rows, f"{name}.normalized", (x - mean) / np.sqrt(variance + epsilon))
    scale, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    return put(rows, name, normalized * scale + bias)


def linear(x: Array, tensors: Tensors, name: str, rows: TokenRows) -> Array:
    """Linear layer, x W + b: [N, inputs] -> [N, outputs]."""
    return put(rows, name, x @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"])


def head(qkv: tuple[Array, Array, Array], name: str, j: int, rows: TokenRows) -> Array:
    """Head j: each token's mix of the values up to its position: 3 x [N, D] -> [N, D]."""
    q, k, v = (put(rows, f"{name}.{x}.{j}", part) for x, part in zip("qkv", qkv, strict=True))
    scores = put(rows, f"{name}.scores.{j}", q @ k.T / np.sqrt(q.shape[1]))  # [N, N]
    weights = put(rows, f"{name}.softmax.{j}", causal_softmax(scores))  # [N, N]
    return put(rows, f"{name}.mix.{j}", weights @ v)


def causal_softmax(scores: Array) -> Array:
    """Row t's softmax over columns 0 to t, and 0 in later columns: [N, N] -> [N, N]."""
    visible = np.where(np.tri(len(scores), dtype=bool), scores, -np.inf)
    largest = visible.max(axis=1, keepdims=True, initial=-np.inf)  # initial: for no rows
    exponentials = np.exp(visible - largest)
    weights: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return weights


def gelu(x: Array) -> Array:
    """The tanh form of GELU, "gelu_new"; 0.044715 is from Hendrycks and Gimpel 2016."""
    activated: Array = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return activated


def predict(x: Array, wte: Array, top: int, new: int) -> dict[str, Cells]:
    """The logits [V, G] of final norms [n, C]; softmax and top tokens of the first.

    The choice is greedy: the largest logit; of equal ones the lower id.
    """
    predicted = np.arange(new) < len(x)
    logits = np.zeros((len(wte), new))
    logits[:, predicted] = wte @ x.T  # the output matrix is the embedding
    largest = logits.max(axis=0)
    exponentials = np.exp(logits - largest)
    sums = exponentials.sum(axis=0)
    probabilities = exponentials[:, 0] / sums[0] * predicted[0]
    first = logits[:, 0]
    best = np.argsort(-first, kind="stable")[:top]  # stable: lower id first if equal
    ids = best.tolist() if predicted[0] else [""] * len(best)
    return {
        "logits": logits,
        "logit_max": largest[None, :],
        "logit_exp": exponentials[:, :1],
        "logit_exp_sum": (sums * predicted)[None, :],
        "probabilities": probabilities[:, None],
        "top_ids": column(ids),
        "top_logits": first[best, None],
        "top_probabilities": column(
            [float(probabilities[i]) if predicted[0] else "" for i in best]
        ),
        "next_token_id": single(ids[0]),
        "next_token_probability": single(float(probabilities[best[0]]) if predicted[0] else ""),
    }


def put(rows: TokenRows, name: str, values: Array) -> Array:
    """Store values under the range's name, with _ for each dot, and return them."""
    rows[name.replace(".", "_")] = values
    return values


def in_rows(name: str, values: Array, indices: Sequence[int], rows: int) -> Cells:
    """The rows of some tokens among all N rows, with zeros elsewhere.

    Attention [n, n] becomes a triangle [N, N]: the cells above the diagonal are blank.
    """
    if "_attn_scores_" not in name and "_attn_softmax_" not in name:
        cells = np.zeros((rows, values.shape[1]))
        cells[list(indices)] = values
        return cells
    triangle = np.full((rows, rows), 0.0, dtype=object)
    triangle[np.ix_(indices, indices)] = values
    triangle[np.triu_indices(rows, 1)] = ""
    return triangle
