"""The forward pass of GPT-2 in numpy, one function per stage, each number under its range's name.

Symbols: N tokens of a capacity of T, C = n_embd, H = n_head, D = C / H, V = vocab_size.
Source of the formulas: Radford et al. 2019 and Hugging Face's modeling_gpt2.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.columns import column, single

Array = NDArray[np.float64]
Tensors = Mapping[str, Array]
Rows = dict[str, Array]


@dataclass(frozen=True)
class Zones:
    """Two zones of rows: `capacity` (T) for `prompt` tokens, then one for each new token.

    `new` (G) tokens can be written; the last of them needs no row, for none follows it. Nothing
    is predicted if `predicts` is false, as after ids of which a later one is wrong.
    """

    prompt: int
    capacity: int
    new: int = 1
    predicts: bool = True

    @classmethod
    def of(cls, tokens: int) -> Zones:
        """Room for so many tokens and no others."""
        return cls(tokens, tokens)

    @property
    def rows(self) -> int:
        """N, how many rows there are."""
        return self.capacity + self.new - 1

    def places(self, tokens: int) -> list[int]:
        """The rows of so many tokens of prompt and new ones."""
        return [*range(self.prompt), *range(self.capacity, self.capacity + tokens - self.prompt)]


def forward(
    tensors: Tensors,
    config: ModelConfig,
    token_ids: Sequence[int],
    zones: Zones,
    top: int,
    blocks: Sequence[int] | None = None,
) -> dict[str, Cells]:
    """Every activation of the model for some token ids, by the names of the ranges.

    The ids are those of the prompt and the new ones that have rows. `blocks` are passed in their
    order, by default all. `tensors` are float64 under their checkpoint names
    (`Checkpoint.weights`). Activations have N rows, those without a token 0; logits are [V, G],
    one column for every prediction, and those that are not made 0. Without ids none is.
    """
    rows: Rows = {}  # range name -> one row per token; put in their places at the end
    x = embed(tensors, token_ids, rows)
    for i in range(config.n_layer) if blocks is None else blocks:
        x = block(x, tensors, config, i, rows)
    x = layer_norm(x, tensors, "ln_f", config.layer_norm_epsilon, rows)
    places = zones.places(len(token_ids))
    last = x[max(0, zones.prompt - 1) :] if zones.predicts else x[:0]
    return {
        **inputs(token_ids, zones),
        **{name: in_places(name, values, places, zones.rows) for name, values in rows.items()},
        "ln_f_last": np.pad(last, ((0, zones.new - len(last)), (0, 0))),
        **predict(last, tensors["wte.weight"], top, zones.new),
    }


def inputs(token_ids: Sequence[int], zones: Zones) -> dict[str, Cells]:
    """The token of each row [N, 1], blank where there is none, its position, and whether it is."""
    ids: list[float | str] = [*token_ids[: zones.prompt]]
    ids += [""] * (zones.capacity - zones.prompt)
    ids += token_ids[zones.prompt :]
    count = zones.prompt if zones.predicts else 0
    positions = [*range(zones.capacity), *range(count, count + zones.new - 1)]
    return {
        "token_ids": column(ids, zones.rows),
        "active": column([int(i != "") for i in ids], zones.rows, past=0),
        "position": column(positions),
        "token_count": single(count),
    }


def embed(tensors: Tensors, token_ids: Sequence[int], rows: Rows) -> Array:
    """What each token is plus where it stands: wte[id] + wpe[position] -> [N, C]."""
    rows["token_embedding"] = tensors["wte.weight"][list(token_ids)]
    rows["position_embedding"] = tensors["wpe.weight"][: len(token_ids)]
    rows["residual_0"] = rows["token_embedding"] + rows["position_embedding"]
    return rows["residual_0"]


def block(x: Array, tensors: Tensors, config: ModelConfig, i: int, rows: Rows) -> Array:
    """Block i, steps 1 to 16 of the workshop: [N, C] -> [N, C]."""
    h, epsilon = f"h.{i}", config.layer_norm_epsilon
    put(rows, f"{h}.input", x)
    normed = layer_norm(x, tensors, f"{h}.ln_1", epsilon, rows)
    x = put(rows, f"{h}.attn.residual", x + attention(normed, tensors, config, i, rows))
    normed = layer_norm(x, tensors, f"{h}.ln_2", epsilon, rows)
    return put(rows, f"residual.{i + 1}", x + mlp(normed, tensors, i, rows))


def layer_norm(x: Array, tensors: Tensors, name: str, epsilon: float, rows: Rows) -> Array:
    """Each row with mean 0 and variance 1, then gain and bias: [N, C] -> [N, C].

    The variance is that of the population, and epsilon stands inside the root.
    """
    mean = put(rows, f"{name}.mean", x.mean(axis=1, keepdims=True))
    variance = put(rows, f"{name}.variance", x.var(axis=1, keepdims=True))
    normalized = put(rows, f"{name}.normalized", (x - mean) / np.sqrt(variance + epsilon))
    gain, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    return put(rows, name, normalized * gain + bias)


def linear(x: Array, tensors: Tensors, name: str, rows: Rows) -> Array:
    """Weights and bias, x W + b: [N, inputs] -> [N, outputs]."""
    return put(rows, name, x @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"])


def attention(x: Array, tensors: Tensors, config: ModelConfig, i: int, rows: Rows) -> Array:
    """H heads side by side, then the projection: [N, C] -> [N, C]."""
    name = f"h.{i}.attn"
    qkv = linear(x, tensors, f"{name}.c_attn", rows)  # [N, 3C]
    q, k, v = (np.split(part, config.n_head, axis=1) for part in np.split(qkv, 3, axis=1))
    mixes = [head((q[j], k[j], v[j]), name, j, rows) for j in range(config.n_head)]
    mix = put(rows, f"{name}.mix", np.hstack(mixes))
    return linear(mix, tensors, f"{name}.c_proj", rows)


def head(qkv: tuple[Array, Array, Array], name: str, j: int, rows: Rows) -> Array:
    """Head j: each token's mix of the values up to its own position: 3 x [N, D] -> [N, D]."""
    q, k, v = (put(rows, f"{name}.{x}.{j}", part) for x, part in zip("qkv", qkv, strict=True))
    scores = put(rows, f"{name}.scores.{j}", q @ k.T / np.sqrt(q.shape[1]))  # [N, N]
    weights = put(rows, f"{name}.softmax.{j}", causal_softmax(scores))  # [N, N]
    return put(rows, f"{name}.mix.{j}", weights @ v)


def causal_softmax(scores: Array) -> Array:
    """Row t's softmax over columns 0 to t, and 0 after them: [N, N] -> [N, N]."""
    visible = np.where(np.tri(len(scores), dtype=bool), scores, -np.inf)
    largest = visible.max(axis=1, keepdims=True, initial=-np.inf)  # where there is no row at all
    exponentials = np.exp(visible - largest)
    weights: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return weights


def mlp(x: Array, tensors: Tensors, i: int, rows: Rows) -> Array:
    """Up to n_inner columns, GELU, and down again: [N, C] -> [N, C]."""
    up = linear(x, tensors, f"h.{i}.mlp.c_fc", rows)  # [N, n_inner]
    return linear(put(rows, f"h.{i}.mlp.gelu", gelu(up)), tensors, f"h.{i}.mlp.c_proj", rows)


def gelu(x: Array) -> Array:
    """The tanh form of GELU, "gelu_new"; 0.044715 is from Hendrycks and Gimpel 2016."""
    activated: Array = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return activated


def predict(x: Array, wte: Array, top: int, new: int) -> dict[str, Cells]:
    """Logits after some final norms [n, C], [V, G] in all; softmax and the likeliest of the first.

    The choice is greedy: the largest logit; of equal ones the lower id.
    """
    made = np.arange(new) < len(x)
    logits = np.zeros((len(wte), new))
    logits[:, made] = wte @ x.T  # the output matrix is the embedding
    largest = logits.max(axis=0)
    exponentials = np.exp(logits - largest)
    sums = exponentials.sum(axis=0)
    probabilities = exponentials[:, 0] / sums[0] * made[0]
    first = logits[:, 0]
    best = np.argsort(-first, kind="stable")[:top]  # stable: of equal ones, the lower id first
    ids = best.tolist() if made[0] else [""] * len(best)
    return {
        "logits": logits,
        "logit_max": largest[None, :],
        "logit_exp": exponentials[:, :1],
        "logit_exp_sum": (sums * made)[None, :],
        "probabilities": probabilities[:, None],
        "top_ids": column(ids),
        "top_logits": first[best, None],
        "top_probabilities": column([float(probabilities[i]) if made[0] else "" for i in best]),
        "next_token_id": single(ids[0]),
        "next_token_probability": single(float(probabilities[best[0]]) if made[0] else ""),
    }


def put(rows: Rows, name: str, values: Array) -> Array:
    """The values, kept under the range's name, which has _ for each dot."""
    rows[name.replace(".", "_")] = values
    return values


def in_places(name: str, values: Array, places: Sequence[int], rows: int) -> Cells:
    """The rows of some tokens at their places among all, 0 elsewhere, [n, n] as a triangle [N, N].

    A triangle has no cells after a row's own: they are blank.
    """
    if "_attn_scores_" not in name and "_attn_softmax_" not in name:
        cells = np.zeros((rows, values.shape[1]))
        cells[list(places)] = values
        return cells
    triangle = np.full((rows, rows), 0.0, dtype=object)
    triangle[np.ix_(places, places)] = values
    triangle[np.triu_indices(rows, 1)] = ""
    return triangle
