"""Which block's first head looks back best: the README's picture and its caption."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.build import design
from xlgpt2.reference.trace import trace

PROMPT = "Mike is quick. Anna is slow. She walks"
CAPACITY = 12  # small enough for a whole head to fit on a page
MAX_BYTES = 48
SEEKER, SOUGHT = "·walks", "·slow"


@dataclass(frozen=True)
class Look:
    """How much of its attention the last token gives to the adjective that it needs."""

    block: int
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
            f'goes on with\n"slowly": the first head of this block gives {self.share:.0%} of the '
            f'attention of "walks" to "slow".*'
        )


def looking_back() -> Look:
    """The block whose first head makes the last token look hardest at the right adjective."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES)
    ranges = trace(decided.checkpoint, decided.sizes, PROMPT)
    labels = ranges["token_labels"][:, 0].tolist()
    row, column = labels.index(SEEKER), labels.index(SOUGHT)
    shares = [ranges[f"h_{i}_attn_softmax_0"][row, column] for i in range(decided.sizes.L)]
    best = max(range(len(shares)), key=lambda i: float(shares[i]))
    return Look(best, float(shares[best]))
