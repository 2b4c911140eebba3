"""The tab Attention overview: what every head of every block looks at for one token."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlgpt2.cells.values import Cells, Value, column, grid, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.reference.tabs.choices import NO_TOKEN, choice_message, chosen, typed


def overview_trace(
    ranges: Mapping[str, Cells], checkpoint: Checkpoint, capacity: int
) -> dict[str, Cells]:
    """The ranges of the tab: [heads, T] probabilities, [1, T] tokens, [heads, 1] the largest.

    `ranges` are those of the tabs before it, and the control.
    """
    heads = checkpoint.attention_ranges
    names = [
        f"block {block} head {head}"
        for block in checkpoint.blocks
        for head in range(checkpoint.config.n_head)
    ]
    count = int(ranges["token_count"][0, 0])
    value = typed(ranges["overview_token_number"])
    query = chosen(value, 0, max(0, count - 1), count - 1)
    labels = ranges["token_labels"][:, 0].tolist()
    rows: list[list[Value]] = [
        [float(share) for share in ranges[name][query, : query + 1]] if count else []
        for name in heads
    ]
    best = [int(np.argmax(row)) for row in rows if row]
    meaning = f"token: 0 to {count - 1}, its number below; empty: the last one."
    message = choice_message("token", value, query, count - 1, meaning) if count else NO_TOKEN
    return {
        "overview_message": single(message),
        "overview_used": single(query),
        "overview_label": single(labels[query] if count else ""),
        "overview_token": grid([labels[:count]], capacity),
        "overview_number": grid([[*range(count)]], capacity),
        "overview_head": column(names),
        "overview_softmax": grid(rows, capacity),
        "overview_most": column([labels[i] for i in best], len(heads)),
        "overview_share": column([max(row) for row in rows if row], len(heads)),
    }
