"""The attention head that looks back best, for the picture in docs/workbook.md and its caption."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.designs.model_workbook import design
from xlgpt2.reference.trace import trace

PROMPT = "Mike is quick. Anna is slow. She walks"
CAPACITY = 12  # small enough for a whole head to fit on a page
MAX_BYTES = 48
QUERY, KEY = "·walks", "·slow"


@dataclass(frozen=True)
class HeadAttention:
    """A head, and the attention weight from the last token to the adjective that it needs."""

    block: int
    head: int
    weight: float

    @property
    def tab(self) -> str:
        """The name of the head's tab."""
        return f"h{self.block} attention"

    @property
    def caption(self) -> str:
        """The caption of a picture of that tab."""
        return (
            f'*The tab `{self.tab}` of the shipped model, as LibreOffice shows it. "{PROMPT}" '
            f'goes on with\n"slowly": head {self.head} gives {self.weight:.0%} of the attention of '
            f'"walks" to "slow", the adjective that is needed. Columns of tokens that are not '
            "there are folded.*"
        )


def looking_back() -> HeadAttention:
    """The head with the largest attention weight from the last token to the right adjective."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES)
    ranges = trace(decided.checkpoint, decided.sizes, PROMPT)
    labels = ranges["token_labels"][:, 0].tolist()
    row, column = labels.index(QUERY), labels.index(KEY)
    heads = [
        HeadAttention(i, j, float(ranges[f"h_{i}_attn_softmax_{j}"][row, column]))
        for i in range(decided.sizes.L)
        for j in range(decided.sizes.H)
    ]
    return max(heads, key=lambda head: head.weight)
