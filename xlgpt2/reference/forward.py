"""The forward pass of GPT-2 in numpy, one function per stage, each number under its range's name.

Symbols: N tokens of a capacity of T, C = n_embd, H = n_head, D = C / H, V = vocab_size.
Source of the formulas: Radford et al. 2019 and Hugging Face's modeling_gpt2.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells import Cells
from xlgpt2.checkpoint.config import ModelConfig
from xlgpt2.columns import column, single

Array = NDArray[np.float64]
Tensors = Mapping[str, Array]
Rows = dict[str, Array]


def forward(
    tensors: Tensors,
    config: ModelConfig,
    token_ids: Sequence[int],
    capacity: int,
    top: int,
    blocks: Sequence[int] | None = None,
) -> dict[str, Cells]:
    """Every activation of the model for 1 to T token ids, by the names of the ranges.

    `blocks` are passed in their order, by default all. `tensors` are float64 under their
    checkpoint names (`Checkpoint.weights`). Activations have T rows, of which those past the last
    token are 0; logits and probabilities are [V, 1].
    """
    rows: Rows = {}  # range name -> one row per token; filled up to T rows at the end
    x = embed(tensors, token_ids, rows)
    for i in range(config.n_layer) if blocks is None else blocks:
        x = block(x, tensors, config, i, rows)
    x = layer_norm(x, tensors, "ln_f", config.layer_norm_epsilon, rows)
    return {
        **inputs(token_ids, capacity),
        **{name: in_capacity(name, values, capacity) for name, values in rows.items()},
        "ln_f_last": x[-1:],
        **predict(x[-1], tensors["wte.weight"], top),
    }


def inputs(token_ids: Sequence[int], capacity: int) -> dict[str, Cells]:
    """The token of each position [T, 1], blank past the end, and which positions have one."""
    return {
        "token_ids": column(token_ids, capacity),
        "active": column([1] * len(token_ids), capacity, past=0),
        "position": column(range(capacity)),
        "token_count": single(len(token_ids)),
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
    exponentials = np.exp(visible - visible.max(axis=1, keepdims=True))
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


def predict(x: Array, wte: Array, top: int) -> dict[str, Cells]:
    """The next token after a position's final norm [C]: logits, softmax [V, 1], the likeliest."""
    logits = wte @ x  # [V]: the output matrix is the embedding
    exponentials = np.exp(logits - logits.max())
    probabilities = exponentials / exponentials.sum()
    best = np.argsort(-logits, kind="stable")[:top]  # stable: of equal ones, the lower id first
    return {
        "logits": logits[:, None],
        "logit_max": single(logits.max()),
        "logit_exp": exponentials[:, None],
        "logit_exp_sum": single(exponentials.sum()),
        "probabilities": probabilities[:, None],
        "top_ids": column(best.tolist()),
        "top_logits": logits[best, None],
        "top_probabilities": probabilities[best, None],
        "next_token_id": single(best[0]),
        "next_token_probability": single(probabilities[best[0]]),
    }


def put(rows: Rows, name: str, values: Array) -> Array:
    """The values, kept under the range's name, which has _ for each dot."""
    rows[name.replace(".", "_")] = values
    return values


def in_capacity(name: str, values: Array, capacity: int) -> Cells:
    """Rows of N tokens as T rows, 0 past the last token; [N, N] as a triangle [T, T].

    A triangle has no cells after a row's own position: they are blank.
    """
    if "_attn_scores_" not in name and "_attn_softmax_" not in name:
        return np.pad(values, ((0, capacity - len(values)), (0, 0)))
    missing = capacity - len(values)
    cells = np.pad(values, (0, missing)).astype(object)
    cells[np.triu_indices(capacity, 1)] = ""
    return cells
