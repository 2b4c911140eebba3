"""The tab One number: a score, a mix and one unit of the MLP, each as the sum that it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlgpt2.cells.values import Cells, Value, as_text, column, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.constants.sizes import Sizes
from xlgpt2.reference.tabs.choices import NO_TOKEN, choice_message, chosen, typed

Array = NDArray[np.float64]

#: What the check cells say where the sum is the number on the block's tab.
SAME = "the same"


@dataclass(frozen=True)
class _Choice:
    """What the cells choose: `row` is that of the block among those of the workbook."""

    count: int
    row: int
    block: int
    head: int
    query: int
    key: int
    column: int
    unit: int


def one_number_trace(
    ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes
) -> dict[str, Cells]:
    """The ranges of the tab: [1, 1], terms [D, 1] and [C, 1], tokens [T, 1], and helper rows.

    `ranges` are those of the blocks, and the controls. Helper rows are [blocks or heads, n].
    """
    choice = _choice(ranges, checkpoint, sizes)
    helpers = _helpers(ranges, checkpoint, sizes, choice)
    head_row = choice.row * sizes.H + choice.head
    return {
        **{name: np.asarray(cells, dtype=np.float64) for name, cells in helpers.items()},
        **_chosen_cells(choice, head_row),
        **_messages(ranges, checkpoint, sizes, choice),
        **_score(ranges, helpers, sizes, choice, head_row),
        **_mix(ranges, helpers, sizes, choice, head_row),
        **_unit(helpers, sizes, choice),
        "one_blocks": column(checkpoint.blocks),
        "one_rows": column(range(1, len(checkpoint.blocks) * sizes.H + 1)),
        "one_units": column(range(sizes.n_inner)),
        "one_pick": np.eye(sizes.n_inner)[[choice.unit]],
    }


def _choice(ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes) -> _Choice:
    """The choices that are used, whatever was typed."""
    count = int(ranges["active"][: sizes.T].sum())
    cells = {name: typed(ranges[f"one_{name}"]) for name in ("block", "head", "column", "unit")}
    number = 0 if isinstance(cells["block"], str) else cells["block"]
    row = max([0, *(i for i, block in enumerate(checkpoint.blocks) if block <= number)])
    block, head = checkpoint.blocks[row], chosen(cells["head"], 0, sizes.H - 1, 0)
    query = chosen(typed(ranges["one_query"]), 0, max(0, count - 1), count - 1)
    attention = ranges[checkpoint.family.attention_range(block, head)][query, : query + 1]
    most = int(np.argmax(attention.astype(np.float64))) if count else 0
    return _Choice(
        count=count,
        row=row,
        block=block,
        head=head,
        query=query,
        key=chosen(typed(ranges["one_key"]), 0, query, most),
        column=chosen(cells["column"], 0, sizes.D - 1, 0),
        unit=chosen(cells["unit"], 0, sizes.n_inner - 1, 0),
    )


def _chosen_cells(choice: _Choice, head_row: int) -> dict[str, Cells]:
    names = ("block", "head", "query", "key", "column", "unit")
    return {
        "one_count": single(choice.count),
        "one_block_row": single(choice.row + 1),
        "one_head_row": single(head_row + 1),
        **{f"one_{name}_used": single(getattr(choice, name)) for name in names},
    }


def _messages(
    ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes, choice: _Choice
) -> dict[str, Cells]:
    """The message beside each input cell."""
    limits = {
        "head": (sizes.H - 1, "."),
        "query": (choice.count - 1, "; empty: the last one."),
        "key": (choice.query, "; empty: the most looked at."),
        "column": (sizes.D - 1, ", of values and mix."),
        "unit": (sizes.n_inner - 1, ", a column of MLP up."),
    }
    texts = {
        name: choice_message(
            name,
            typed(ranges[f"one_{name}"]),
            getattr(choice, name),
            last,
            f"{name}: 0 to {last}{rest}",
        )
        for name, (last, rest) in limits.items()
    }
    if not choice.count:
        texts |= {"query": NO_TOKEN, "key": NO_TOKEN}
    texts["block"] = _block_message(typed(ranges["one_block"]), checkpoint, choice.block)
    return {f"one_{name}_message": single(text) for name, text in texts.items()}


def _block_message(value: Value, checkpoint: Checkpoint, used: int) -> str:
    first, last = checkpoint.blocks[0], checkpoint.blocks[-1]
    if isinstance(value, str) or value in checkpoint.blocks:
        return f"block: {first} to {last}."
    if not first <= value <= last:
        expected = f"{first} to {last}"
    else:
        expected = "one in this file" if value == math.floor(value) else "a whole number"
    return f"block: expected {expected}, got {as_text(value)}; {used} is used."


def _helpers(
    ranges: Mapping[str, Cells], checkpoint: Checkpoint, sizes: Sizes, choice: _Choice
) -> dict[str, list[Array]]:
    """What the tab reads of every head and every block, a row for each."""
    part, blocks = checkpoint.family.part, checkpoint.blocks
    heads = [(block, head) for block in blocks for head in range(sizes.H)]
    query, T = choice.query, sizes.T

    def of_heads(name: str) -> list[Cells]:
        return [ranges[part(name, block, head)] for block, head in heads]

    def of_blocks(name: str) -> list[Cells]:
        return [ranges[part(name, block)] for block in blocks]

    scores = [cells[query, : query + 1].astype(np.float64) for cells in of_heads("scores")]
    layers = [part("mlp_layer", block) for block in blocks]
    weights = [checkpoint.weights[f"{layer}.weight"][:, choice.unit] for layer in layers]
    biases = [checkpoint.weights[f"{layer}.bias"][[choice.unit]] for layer in layers]
    return {
        "one_queries": [cells[query] for cells in of_heads("query")],
        "one_keys": [cells[choice.key] for cells in of_heads("key")],
        "one_scores": [np.pad(row, (0, T - len(row))) for row in scores],
        "one_values": [cells[:T, choice.column] for cells in of_heads("value")],
        "one_mixes": [cells[query, [choice.column]] for cells in of_heads("mix")],
        "one_layer_numbers": [cells[query] for cells in of_blocks("mlp_input")],
        "one_layer_weights": weights,
        "one_layer_bias": biases,
        "one_layer_result": [cells[query, [choice.unit]] for cells in of_blocks("mlp_up")],
    }


def _score(
    ranges: Mapping[str, Cells],
    helpers: Mapping[str, list[Array]],
    sizes: Sizes,
    choice: _Choice,
    head_row: int,
) -> dict[str, Cells]:
    """The terms of the score of query and key."""
    query, key = helpers["one_queries"][head_row], helpers["one_keys"][head_row]
    labels = ranges["token_labels"][:, 0].tolist()
    dot = float(query @ key)
    return {
        "one_query_label": single(labels[choice.query] if choice.count else ""),
        "one_key_label": single(labels[choice.key] if choice.count else ""),
        "one_terms": column(range(sizes.D)),
        "one_query_numbers": query[:, None],
        "one_key_numbers": key[:, None],
        "one_products": (query * key)[:, None],
        "one_running": np.tril(np.ones((sizes.D, sizes.D))) @ (query * key)[:, None],
        "one_dot": single(dot),
        "one_score_result": single(dot / math.sqrt(sizes.D)),
        "one_score_there": single(float(helpers["one_scores"][head_row][choice.key])),
        "one_score_difference": single(0),
        "one_score_check": single(SAME),
    }


def _mix(
    ranges: Mapping[str, Cells],
    helpers: Mapping[str, list[Array]],
    sizes: Sizes,
    choice: _Choice,
    head_row: int,
) -> dict[str, Cells]:
    """The scores of the query, softmax step by step, and the values that it mixes."""
    seen = choice.query + 1 if choice.count else 0
    scores = helpers["one_scores"][head_row][:seen]
    values = helpers["one_values"][head_row][:seen]
    largest = float(scores.max(initial=-math.inf)) if seen else 0.0
    exponentials = np.exp(scores - largest)
    total = float(exponentials.sum())
    shares = exponentials / total if seen else exponentials
    there = float(helpers["one_mixes"][head_row][0])
    columns = {
        "one_token": ranges["token_labels"][:seen, 0],
        "one_score": scores,
        "one_below": scores - largest,
        "one_exp": exponentials,
        "one_share": shares,
        "one_value": values,
        "one_part": shares * values,
    }
    return {
        **{name: column(cells.tolist(), sizes.T) for name, cells in columns.items()},
        "one_max": single(largest),
        "one_exp_sum": single(total),
        "one_mix": single(float(shares @ values)),
        "one_mix_there": single(there),
        "one_mix_difference": single(0),
        "one_mix_check": single(SAME),
    }


def _unit(helpers: Mapping[str, list[Array]], sizes: Sizes, choice: _Choice) -> dict[str, Cells]:
    """The terms of one unit of the MLP for the query's token."""
    numbers, weights = (helpers[f"one_layer_{name}"][choice.row] for name in ("numbers", "weights"))
    bias = float(helpers["one_layer_bias"][choice.row][0])
    total = float(numbers @ weights)
    return {
        "one_inputs": column(range(sizes.C)),
        "one_unit_numbers": numbers[:, None],
        "one_unit_weights": weights[:, None],
        "one_unit_products": (numbers * weights)[:, None],
        "one_unit_sum": single(total),
        "one_unit_bias": single(bias),
        "one_unit_result": single(total + bias if choice.count else 0),
        "one_unit_there": single(float(helpers["one_layer_result"][choice.row][0])),
        "one_unit_difference": single(0),
        "one_unit_check": single(SAME),
    }
