"""config.json: the sizes of the model, and a refusal of every option that changes its formulas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from xlgpt2.cells import MOST_COLUMNS, MOST_ROWS
from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.errors import BadFileError, UnsupportedModelError
from xlgpt2.fields import first_wrong

# No sheet has more rows or columns; a model with more blocks would have more tabs than the largest
# GPT-2 twenty times. Sizes decide how much is read, so that they are checked first.
_Rows = Annotated[int, Field(strict=True, gt=0, le=MOST_ROWS)]
_Columns = Annotated[int, Field(strict=True, gt=0, le=MOST_COLUMNS)]
_Blocks = Annotated[int, Field(strict=True, gt=0, le=1000)]

#: Architectures with GPT-2's blocks and nothing beside them (Hugging Face modeling_gpt2.py).
_ARCHITECTURES = ("GPT2LMHeadModel", "GPT2Model")

#: Options of configuration_gpt2.py that choose other formulas, with the value that ours have.
#: The defaults there are the same, so a missing key is fine.
_OPTIONS: tuple[tuple[str, object], ...] = (
    ("activation_function", "gelu_new"),
    ("scale_attn_weights", True),
    ("scale_attn_by_inverse_layer_idx", False),
    ("add_cross_attention", False),
)


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class ModelConfig:
    """The sizes of a GPT-2 by the names of config.json."""

    n_layer: _Blocks
    n_head: _Columns
    n_embd: _Columns
    n_positions: Annotated[_Rows, Field(validation_alias=AliasChoices("n_positions", "n_ctx"))]
    vocab_size: _Rows
    layer_norm_epsilon: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-5
    n_inner: _Columns | None = None
    tie_word_embeddings: bool = True

    @property
    def inner_size(self) -> int:
        """The width of the MLP: n_inner, or 4 * n_embd where config.json leaves it open."""
        return 4 * self.n_embd if self.n_inner is None else self.n_inner


def read_config(path: Path) -> ModelConfig:
    """The config in a file; raises MissingFileError, BadFileError or UnsupportedModelError."""
    content = read_json_object(path)
    _check_architecture(path, content)
    for option, expected in _OPTIONS:
        got = content.get(option, expected)
        if got != expected:
            raise UnsupportedModelError(
                f"{path}: {option}: expected {json.dumps(expected)}, got {json.dumps(got)}",
                "take another model: the workbook has the formulas of the published GPT-2 only",
            )
    try:
        config = TypeAdapter(ModelConfig).validate_python(content)
    except ValidationError as error:
        (field, *_), wrong = first_wrong(error)
        raise BadFileError(
            f"{path}: {field}: {wrong}", "compare with the config.json of a published GPT-2"
        ) from None
    if config.n_embd % config.n_head:
        raise BadFileError(
            f"{path}: n_embd: expected a multiple of n_head {config.n_head}, got {config.n_embd}",
            "take config.json from the model again: every head has n_embd / n_head columns",
        )
    return config


def _check_architecture(path: Path, content: dict[str, object]) -> None:
    """Raises UnsupportedModelError where the file names another model than GPT-2."""
    hint = "take another model: only GPT-2 can be written as a workbook"
    model_type = content.get("model_type")
    if model_type is not None and model_type != "gpt2":
        raise UnsupportedModelError(f"{path}: model_type: expected gpt2, got {model_type}", hint)
    names = content.get("architectures")
    if names is None and model_type is None:
        raise UnsupportedModelError(f"{path}: model_type: expected gpt2, got none", hint)
    if names is not None and not (
        isinstance(names, list) and names and all(name in _ARCHITECTURES for name in names)
    ):
        raise UnsupportedModelError(
            f"{path}: architectures: expected {' or '.join(_ARCHITECTURES)}, got {names}", hint
        )
