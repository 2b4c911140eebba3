"""The sizes of a workbook: those of its model, and the capacity chosen for it."""

from __future__ import annotations

from dataclasses import dataclass

from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.errors import LimitError
from xlgpt2.vocabulary.character_classes import class_runs

#: The default rows for tokens: a sentence or two, and quick to calculate.
DEFAULT_CAPACITY = 32

#: The same for large models: LibreOffice then opens GPT-2 with 124 million weights in 3.5 GB.
LARGE_CAPACITY = 20

#: The default of new tokens that the model can write, and the same for large models.
DEFAULT_NEW_TOKENS = 16
LARGE_NEW_TOKENS = 8

#: Numbers of the residual stream, T * L * C, up to which every step has cells. Array formulas
#: then fill 21 times as many cells, and LibreOffice 7.4 needs some 400 bytes for each.
MOST_NUMBERS_IN_FULL = 100_000

#: Weights up to which a workbook computes what nobody asked for. Programs compute what charts show
#: whenever they open a file, and for its verdict the tab Check reads every tab after each prompt.
MOST_WEIGHTS_WITH_EXTRAS = 5_000_000

#: Rows of the prompt that are not folded on a tab: with those of new tokens they fit on a screen.
SHOWN_ROWS = 12
#: Fewer rows than these are not worth a fold.
_FEWEST_FOLDED = 4

#: Room for text. With GPT-2's vocabulary a token of English prose has 5 bytes on average, and of
#: the passages that fill 32 tokens, about 95 in 100 have at most 6 a token (of two long licenses).
BYTES_PER_TOKEN = 6

#: How many of the likeliest next tokens are shown.
TOP = 10


@dataclass(frozen=True)
class Sizes:
    """Every size that shapes depend on; the legend's symbols are properties."""

    n_positions: int
    n_embd: int
    n_head: int
    n_layer: int
    vocab_size: int
    n_inner: int
    layer_norm_epsilon: float
    n_merges: int
    n_classes: int
    n_special: int
    n_ends: int
    capacity: int
    max_bytes: int
    new_tokens: int = 1

    @property
    def T(self) -> int:  # noqa: N802 - the legend's symbol
        """The capacity: how many tokens the workbook has rows for."""
        return self.capacity

    @property
    def G(self) -> int:  # noqa: N802
        """How many tokens the model can write; one at least, the next token."""
        return self.new_tokens

    @property
    def N(self) -> int:  # noqa: N802
        """The rows of tokens: the prompt's, and one for each new token that another follows."""
        return self.T + self.G - 1

    @property
    def initial_new_tokens(self) -> int:
        """The new tokens that a new workbook requests: G of a small model, one of a large one."""
        return 1 if self.large else self.G

    @property
    def large(self) -> bool:
        """Whether workbooks of the whole model take minutes to calculate."""
        return self.L * self.C * DEFAULT_CAPACITY > MOST_NUMBERS_IN_FULL

    @property
    def frugal(self) -> bool:
        """Whether it has no costly charts, and shows the verdict of *Check* only on request."""
        in_a_block = 4 * self.C * self.C + 2 * self.C * self.n_inner
        return self.V * self.C + self.L * in_a_block > MOST_WEIGHTS_WITH_EXTRAS

    @property
    def shown(self) -> int:
        """The rows of the prompt that are not folded."""
        return self.T if self.T - SHOWN_ROWS < _FEWEST_FOLDED else SHOWN_ROWS

    @property
    def C(self) -> int:  # noqa: N802
        """The columns of an activation, n_embd."""
        return self.n_embd

    @property
    def H(self) -> int:  # noqa: N802
        """The heads of a block, n_head."""
        return self.n_head

    @property
    def D(self) -> int:  # noqa: N802
        """The columns of one head, C / H."""
        return self.n_embd // self.n_head

    @property
    def L(self) -> int:  # noqa: N802
        """The blocks, n_layer."""
        return self.n_layer

    @property
    def V(self) -> int:  # noqa: N802
        """The tokens of the vocabulary."""
        return self.vocab_size

    @property
    def top(self) -> int:
        """How many of the likeliest next tokens are shown: ten, or all of a smaller vocabulary."""
        return min(TOP, self.vocab_size)

    @property
    def S(self) -> int:  # noqa: N802
        """The rows of a binary search among V tokens: before it, and after each step."""
        return (self.vocab_size - 1).bit_length() + 1

    def symbols(self) -> dict[str, int]:
        """The symbols that shapes in templates are written with, and their values."""
        names = ("T", "G", "N", "S", "C", "H", "D", "L", "V", "n_inner", "max_bytes", "top")
        counts = ("shown", "n_merges", "n_classes", "n_special", "n_ends")
        return {name: getattr(self, name) for name in (*names, *counts)}


def default_capacity(n_positions: int, numbers: int = 0) -> int:
    """The default capacity: the model's positions, but at most 32, or 20 for large models.

    `numbers` is how many a token has in the residual stream of all blocks, L * C.
    """
    large = numbers * DEFAULT_CAPACITY > MOST_NUMBERS_IN_FULL
    return min(n_positions, LARGE_CAPACITY if large else DEFAULT_CAPACITY)


def default_new_tokens(numbers: int) -> int:
    """The default of new tokens that a model can write: 16, or 8 for large models."""
    large = numbers * DEFAULT_CAPACITY > MOST_NUMBERS_IN_FULL
    return LARGE_NEW_TOKENS if large else DEFAULT_NEW_TOKENS


def default_max_bytes(capacity: int) -> int:
    """The default bytes of text: six for each token."""
    return BYTES_PER_TOKEN * capacity


def sizes_of(
    checkpoint: Checkpoint,
    capacity: int | None = None,
    max_bytes: int | None = None,
    blocks: int | None = None,
    new_tokens: int | None = None,
) -> Sizes:
    """The sizes of a workbook of this model; raises LimitError for what it can't have.

    `blocks` is how many of its blocks one file has, if not all. `new_tokens` is how many the model
    can write; with 0 it only predicts the next one.
    """
    config = checkpoint.config
    numbers = (blocks or len(checkpoint.blocks)) * config.n_embd
    if new_tokens is None:
        new_tokens = default_new_tokens(numbers)
    if new_tokens < 0:
        raise LimitError(
            f"new_tokens: expected 0 or more, got {new_tokens}", "choose a different --new-tokens"
        )
    if capacity is None:
        capacity = default_capacity(config.n_positions, numbers)
    max_bytes = default_max_bytes(capacity) if max_bytes is None else max_bytes
    if not 1 <= capacity <= config.n_positions:
        raise LimitError(
            f"capacity: expected 1 to {config.n_positions} tokens "
            f"(n_positions of {checkpoint.name}), got {capacity}",
            "choose a different --capacity; the model has embeddings for that many positions",
        )
    if max_bytes < 1:
        raise LimitError(
            f"max_bytes: expected at least 1, got {max_bytes}",
            "choose a different --max-bytes; each character of a prompt takes 1 to 4 bytes",
        )
    return Sizes(
        n_positions=config.n_positions,
        n_embd=config.n_embd,
        n_head=config.n_head,
        n_layer=config.n_layer,
        vocab_size=config.vocab_size,
        n_inner=config.inner_size,
        layer_norm_epsilon=config.layer_norm_epsilon,
        n_merges=len(checkpoint.vocabulary.merges),
        n_classes=len(class_runs()),
        # A table has at least one row.
        n_special=max(1, len(checkpoint.vocabulary.special)),
        n_ends=max(1, len(checkpoint.vocabulary.end_ids)),
        capacity=capacity,
        max_bytes=max_bytes,
        new_tokens=max(1, new_tokens),
    )
