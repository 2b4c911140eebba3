"""A family of models: everything specific to one kind of model, as a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AliasChoices, ConfigDict, Field
from pydantic.dataclasses import dataclass as checked_dataclass

from xlgpt2.cells.address import MOST_COLUMNS, MOST_ROWS

# No sheet has more rows or columns; 1,000 blocks are some twenty times those of the largest GPT-2.
# Sizes decide how much is read, so they are checked first.
_Rows = Annotated[int, Field(strict=True, gt=0, le=MOST_ROWS)]
_Columns = Annotated[int, Field(strict=True, gt=0, le=MOST_COLUMNS)]
_Blocks = Annotated[int, Field(strict=True, gt=0, le=1000)]


@checked_dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class ModelConfig:
    """The sizes of a model by the names of GPT-2's config.json; families map theirs to these."""

    n_layer: _Blocks
    n_head: _Columns
    n_embd: _Columns
    n_positions: Annotated[_Rows, Field(validation_alias=AliasChoices("n_positions", "n_ctx"))]
    vocab_size: _Rows
    layer_norm_epsilon: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] = 1e-5
    n_inner: _Columns | None = None
    tie_word_embeddings: Annotated[bool, Field(strict=True)] = True
    dtype: Annotated[object, Field(validation_alias=AliasChoices("dtype", "torch_dtype"))] = None

    @property
    def inner_size(self) -> int:
        """The width of the MLP: n_inner, or 4 * n_embd if config.json leaves it open."""
        return 4 * self.n_embd if self.n_inner is None else self.n_inner


@dataclass(frozen=True)
class ExpectedTensor:
    """The shape of a tensor in the workbook; weights are [inputs, outputs].

    `transposed` says that files hold [outputs, inputs], as torch's nn.Linear does.
    """

    shape: tuple[int, ...]
    transposed: bool = False

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape in files."""
        return self.shape[::-1] if self.transposed else self.shape


@dataclass(frozen=True)
class Family:
    """What the rest of the program needs to know about one kind of model.

    `name` is model_type in config.json, the folder of its tabs in templates/ and the key of its
    forward pass in reference/forward/. Names of tensors are those of its checkpoints.
    """

    name: str
    title: str

    # config.json: architectures with these formulas, options with the values that the formulas
    # implement (a missing option has the first), and second names of sizes.
    architectures: tuple[str, ...]
    options: tuple[tuple[str, tuple[object, ...]], ...]
    second_names: Mapping[str, str]

    # Tensors in the order of the workbook's tabs, which records keep, and how files may name them.
    tensors: Callable[[ModelConfig], Mapping[str, ExpectedTensor]]
    anchor: str  # a tensor that every such model has, under a name that nothing else ends with
    base_prefix: str  # what language models put before the names of the base model
    buffers: re.Pattern[str]  # no weights, though some versions saved them
    other_heads: re.Pattern[str]  # weights that logits do not depend on
    foreign: re.Pattern[str]  # parts of names that only other families have
    bias_kind: Callable[[str], str]  # biases of one kind are omitted together
    csv_name: Callable[[str], str]  # the tensor of a CSV file's name
    is_vector: Callable[[str], bool]  # whether a CSV file of one row or column is a vector

    # The tensors and ranges that other parts rely on.
    embedding: str  # one row for each token
    output: str  # the matrix that computes logits
    output_alias: str | None  # its other name in files, if it is tied to the embedding
    block: str  # the prefix of a block's tensor names, with {block} for its number
    block_weight: str  # one tensor of a block, as every block has it
    final_norm: str  # the range after the last norm; its tensors are called NAME.weight, NAME.bias
    attention: str  # the range of a head's attention, with {block} and {head}
    parts: Mapping[str, str]  # what else the laboratory reads of a block, or of a head in it
    as_switched: tuple[str, ...]  # ranges of a block or head that its tab as switched has, too
    short_names: frozenset[str]  # tensors whose range names drop .weight
    numbers: Mapping[str, Callable[[ModelConfig], float]]  # single cells with sizes and constants

    transpose_hint: str
    output_hint: str

    def range_name(self, tensor: str) -> str:
        """The range of a tensor: wte for wte.weight, h_0_ln_1_weight for h.0.ln_1.weight."""
        if tensor in self.short_names:
            return tensor.removesuffix(".weight")
        return tensor.replace(".", "_")

    def block_prefix(self, block: int) -> str:
        """The prefix of a block's tensor names."""
        return self.block.format(block=block)

    def attention_range(self, block: int, head: int) -> str:
        """The range with the probabilities of one head [N, N]."""
        return self.attention.format(block=block, head=head)

    def part(self, name: str, block: int, head: int = 0) -> str:
        """One of the `parts` of a block and head: a range, or a layer with weight and bias."""
        return self.parts[name].format(block=block, head=head)

    def ranges_as_switched(self, block: int, heads: int) -> list[str]:
        """The ranges of a block that its tab as switched has too, each under its own name."""
        names = [
            name.format(block=block, head=j) for name in self.as_switched for j in range(heads)
        ]
        return list(dict.fromkeys(names))

    def block_of_range(self, name: str) -> int | None:
        """The block that a range belongs to, or None."""
        pattern = re.escape(self.range_name(self.block)).replace(r"\{block\}", r"(\d+)")
        match = re.match(pattern, name)
        return None if match is None else int(match[1])
