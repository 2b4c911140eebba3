"""Which head looks back best: what the README's picture shows and its caption says."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.designs.model_workbook import design
from xlgpt2.reference.trace import trace

PROMPT = "Mike is quick. Anna is slow. She walks"
CAPACITY = 12  # small enough for a whole head to fit on a page
MAX_BYTES = 48
SEEKER, SOUGHT = "·walks", "·slow"


@dataclass(frozen=True)
class Look:
    """How much of its attention the last token gives to the adjective that it needs."""

    block: int
    head: int
    share: float

    @property
    def tab(self) -> str:
        """The tab that shows it."""
        return f"h{self.block} attention"

    @property
    def caption(self) -> str:
        """What is to be seen on that tab."""
        return (
            f'*The tab `{self.tab}` of the shipped model, as LibreOffice shows it. "{PROMPT}" '
            f'goes on with\n"slowly": head {self.head} gives {self.share:.0%} of the attention of '
            f'"walks" to "slow", the adjective that is needed. Other heads are hidden.*'
        )


def looking_back() -> Look:
    """The head that makes the last token look hardest at the right adjective."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES)
    ranges = trace(decided.checkpoint, decided.sizes, PROMPT)
    labels = ranges["token_labels"][:, 0].tolist()
    row, column = labels.index(SEEKER), labels.index(SOUGHT)
    looks = [
        Look(i, j, float(ranges[f"h_{i}_attn_softmax_{j}"][row, column]))
        for i in range(decided.sizes.L)
        for j in range(decided.sizes.H)
    ]
    return max(looks, key=lambda look: look.share)
