"""config.json: the sizes of the model, and a refusal of every option that changes its formulas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from xlgpt2.cells.address import MOST_COLUMNS, MOST_ROWS
from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.errors import BadFileError, UnsupportedModelError
from xlgpt2.field_errors import first_error

# No sheet has more rows or columns; a model with more blocks would have more tabs than the largest
# GPT-2 twenty times. Sizes decide how much is read, so that they are checked first.
_Rows = Annotated[int, Field(strict=True, gt=0, le=MOST_ROWS)]
_Columns = Annotated[int, Field(strict=True, gt=0, le=MOST_COLUMNS)]
_Blocks = Annotated[int, Field(strict=True, gt=0, le=1000)]

#: Architectures whose language model is GPT-2's (Hugging Face modeling_gpt2.py). The last has a
#: second head, which its language model does not use.
_ARCHITECTURES = ("GPT2LMHeadModel", "GPT2Model", "GPT2DoubleHeadsModel")

#: Names of the activation that our formulas have. In float64 they differ by 1e-12 at most, which
#: is the digits that some of them give the square root of 2/pi (activations.py).
_ACTIVATIONS = (
    "gelu_new",
    "gelu_fast",
    "gelu_pytorch_tanh",
    "gelu_python_tanh",
    "gelu_accurate",
)

#: Options of configuration_gpt2.py that choose other formulas, with the values that ours have.
#: The defaults there are the first of them, so a missing key is fine.
_OPTIONS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("activation_function", _ACTIVATIONS),
    ("scale_attn_weights", (True,)),
    ("scale_attn_by_inverse_layer_idx", (False,)),
    ("add_cross_attention", (False,)),
)

#: Second names of sizes: the attribute_map of configuration_gpt2.py.
_SECOND_NAMES = {
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_embd": "hidden_size",
    "n_positions": "max_position_embeddings",
}


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class ModelConfig:
    """The sizes of a GPT-2 by the names of config.json."""

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
        """The width of the MLP: n_inner, or 4 * n_embd where config.json leaves it open."""
        return 4 * self.n_embd if self.n_inner is None else self.n_inner


def read_config(path: Path) -> ModelConfig:
    """The config in a file; raises MissingFileError, BadFileError or UnsupportedModelError."""
    content = read_json_object(path)
    _check_architecture(path, content)
    _check_options(path, content)
    return checked_config(path, content)


def checked_config(path: Path, content: Mapping[str, object]) -> ModelConfig:
    """The config with these contents, which `path` has; raises BadFileError."""
    try:
        config = TypeAdapter(ModelConfig).validate_python(_by_first_names(path, content))
    except ValidationError as error:
        (field, *_), wrong = first_error(error)
        second = _SECOND_NAMES.get(str(field))
        shown = second if second in content and field not in content else field
        raise BadFileError(
            f"{path}: {shown}: {wrong}", "compare with the config.json of a published GPT-2"
        ) from None
    if config.n_embd % config.n_head:
        raise BadFileError(
            f"{path}: n_embd: expected a multiple of n_head {config.n_head}, got {config.n_embd}",
            "take config.json from the model again: every head has n_embd / n_head columns",
        )
    return config


def _by_first_names(path: Path, content: Mapping[str, object]) -> dict[str, object]:
    """The content with sizes by their first names; raises BadFileError where the two differ.

    transformers takes the second name then, whatever the first one says.
    """
    named = dict(content)
    for first, second in _SECOND_NAMES.items():
        if second not in content:
            continue
        if first in content and content[first] != content[second]:
            raise BadFileError(
                f"{path}: {first}: expected the number of {second}, which names the same size, "
                f"{json.dumps(content[second])}, got {json.dumps(content[first])}",
                f"delete the wrong one of the two; transformers takes {second}",
            )
        named[first] = content[second]
    return named


def _check_options(path: Path, content: Mapping[str, object]) -> None:
    """Raises UnsupportedModelError for weights or formulas of another kind."""
    if (quantization := content.get("quantization_config")) is not None:
        method = quantization.get("quant_method") if isinstance(quantization, dict) else None
        raise UnsupportedModelError(
            f"{path}: quantization_config: expected none, got {method or 'one'}: its weights are "
            "quantized",
            "take the model before it was quantized, or load it with transformers and save "
            "model.dequantize()",
        )
    for option, ours in _OPTIONS:
        got = content.get(option, ours[0])
        if got not in ours:
            raise UnsupportedModelError(
                f"{path}: {option}: expected {' or '.join(map(json.dumps, ours))}, "
                f"got {json.dumps(got)}",
                "take another model: the workbook has the formulas of the published GPT-2 only",
            )


def _check_architecture(path: Path, content: dict[str, object]) -> None:
    """Raises UnsupportedModelError where the file names another model than GPT-2."""
    hint = "take another model: only GPT-2 can be written as a workbook"
    model_type = content.get("model_type")
    if model_type is not None and model_type != "gpt2":
        raise UnsupportedModelError(f"{path}: model_type: expected gpt2, got {model_type}", hint)
    # An empty list says as little as no list.
    names = content.get("architectures") or None
    if names is None and model_type is None:
        raise UnsupportedModelError(f"{path}: model_type: expected gpt2, got none", hint)
    if names is not None and not (
        isinstance(names, list) and all(name in _ARCHITECTURES for name in names)
    ):
        raise UnsupportedModelError(
            f"{path}: architectures: expected {' or '.join(_ARCHITECTURES)}, got {names}", hint
        )
