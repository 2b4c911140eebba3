"""The forward pass of GPT-2 in numpy: a function per stage, values by range name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlgpt2.cells.values import Cells, column, single
from xlgpt2.checkpoint.families import ModelConfig
from xlgpt2.reference.forward.layers import (
    ALL_ON,
    Array,
    SwitchedOff,
    Tensors,
    TokenRows,
    Zones,
    gelu,
    head,
    in_rows,
    layer_norm,
    linear,
    predict,
    put,
)


def forward(
    tensors: Tensors,
    config: ModelConfig,
    token_ids: Sequence[int],
    zones: Zones,
    top: int,
    blocks: Sequence[int] | None = None,
    off: SwitchedOff = ALL_ON,
) -> dict[str, Cells]:
    """Every activation of the model for some token ids, by range name.

    The ids are those of the prompt and of new tokens that have rows. `blocks` are applied in
    order, by default all, without the heads and MLPs that are `off`. `tensors` are float64 under
    their checkpoint names (`Checkpoint.weights`). Activations have N rows, zeros where there is no
    token; logits are [V, G], a column for each prediction, zeros where there is none. Without ids
    there is none.
    """
    rows: TokenRows = {}  # moved to the rows of the workbook at the end
    x = embed(tensors, token_ids, rows)
    for i in range(config.n_layer) if blocks is None else blocks:
        x = block(x, tensors, config, i, rows, off)
    x = layer_norm(x, tensors, "ln_f", config.layer_norm_epsilon, rows)
    row_indices = zones.row_indices(len(token_ids))
    last = x[max(0, zones.prompt - 1) :] if zones.predicts else x[:0]
    return {
        **inputs(token_ids, zones),
        **{name: in_rows(name, values, row_indices, zones.rows) for name, values in rows.items()},
        "ln_f_last": np.pad(last, ((0, zones.new - len(last)), (0, 0))),
        **predict(last, tensors["wte.weight"], top, zones.new),
    }


def inputs(token_ids: Sequence[int], zones: Zones) -> dict[str, Cells]:
    """Token id (blank if none), position and whether there is a token, for each row [N, 1]."""
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


def embed(tensors: Tensors, token_ids: Sequence[int], rows: TokenRows) -> Array:
    """Token plus position embedding: wte[id] + wpe[position] -> [N, C]."""
    rows["token_embedding"] = tensors["wte.weight"][list(token_ids)]
    rows["position_embedding"] = tensors["wpe.weight"][: len(token_ids)]
    rows["residual_0"] = rows["token_embedding"] + rows["position_embedding"]
    return rows["residual_0"]


def block(
    x: Array,
    tensors: Tensors,
    config: ModelConfig,
    i: int,
    rows: TokenRows,
    off: SwitchedOff = ALL_ON,
) -> Array:
    """Block i, steps 1 to 16 of the workshop: [N, C] -> [N, C]."""
    h, epsilon = f"h.{i}", config.layer_norm_epsilon
    put(rows, f"{h}.input", x)
    normed = layer_norm(x, tensors, f"{h}.ln_1", epsilon, rows)
    x = put(rows, f"{h}.attn.residual", x + attention(normed, tensors, config, i, rows, off))
    normed = layer_norm(x, tensors, f"{h}.ln_2", epsilon, rows)
    added = mlp(normed, tensors, i, rows)
    return put(rows, f"residual.{i + 1}", x if i in off.mlps else x + added)


def attention(
    x: Array,
    tensors: Tensors,
    config: ModelConfig,
    i: int,
    rows: TokenRows,
    off: SwitchedOff = ALL_ON,
) -> Array:
    """H heads, concatenated, then the projection: [N, C] -> [N, C]."""
    name = f"h.{i}.attn"
    qkv = linear(x, tensors, f"{name}.c_attn", rows)  # [N, 3C]
    q, k, v = (np.split(part, config.n_head, axis=1) for part in np.split(qkv, 3, axis=1))
    mixes = [head((q[j], k[j], v[j]), name, j, rows) for j in range(config.n_head)]
    mixes = [np.zeros_like(m) if (i, j) in off.heads else m for j, m in enumerate(mixes)]
    mix = put(rows, f"{name}.mix", np.hstack(mixes))
    return linear(mix, tensors, f"{name}.c_proj", rows)


def mlp(x: Array, tensors: Tensors, i: int, rows: TokenRows) -> Array:
    """Up to n_inner columns, GELU, and down to C: [N, C] -> [N, C]."""
    up = linear(x, tensors, f"h.{i}.mlp.c_fc", rows)  # [N, n_inner]
    return linear(put(rows, f"h.{i}.mlp.gelu", gelu(up)), tensors, f"h.{i}.mlp.c_proj", rows)
