"""config.json: a model's family and sizes; options that change its formulas are rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from xlgpt2.checkpoint.families import FAMILIES, Family, ModelConfig
from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.errors import BadFileError, UnsupportedModelError
from xlgpt2.field_errors import first_error


@dataclass(frozen=True)
class ReadConfig:
    """What config.json says: the model's family and sizes."""

    family: Family
    sizes: ModelConfig


def read_config(path: Path) -> ReadConfig:
    """The config in a file; raises MissingFileError, BadFileError or UnsupportedModelError."""
    content = read_json_object(path)
    family = _family(path, content)
    _check_options(path, content, family)
    return ReadConfig(family, checked_config(path, content, family))


def checked_config(path: Path, content: Mapping[str, object], family: Family) -> ModelConfig:
    """The config with the contents of the file `path`; raises BadFileError."""
    try:
        config = TypeAdapter(ModelConfig).validate_python(_by_first_names(path, content, family))
    except ValidationError as error:
        (field, *_), wrong = first_error(error)
        second = family.second_names.get(str(field))
        shown = second if second in content and field not in content else field
        raise BadFileError(
            f"{path}: {shown}: {wrong}",
            f"compare it with the config.json of a published {family.title}",
        ) from None
    if config.n_embd % config.n_head:
        raise BadFileError(
            f"{path}: n_embd: expected a multiple of n_head {config.n_head}, got {config.n_embd}",
            "get config.json of the model again: every head has n_embd / n_head columns",
        )
    return config


def _by_first_names(path: Path, content: Mapping[str, object], family: Family) -> dict[str, object]:
    """The content with sizes by their first names; raises BadFileError if the two differ.

    transformers would take the second name.
    """
    named = dict(content)
    for first, second in family.second_names.items():
        if second not in content:
            continue
        if first in content and content[first] != content[second]:
            raise BadFileError(
                f"{path}: {first}: expected {json.dumps(content[second])}, the value of its "
                f"alias {second}, got {json.dumps(content[first])}",
                f"delete the wrong one of the two; transformers uses {second}",
            )
        named[first] = content[second]
    return named


def _check_options(path: Path, content: Mapping[str, object], family: Family) -> None:
    """Raise UnsupportedModelError if weights are quantized or an option changes the formulas."""
    if (quantization := content.get("quantization_config")) is not None:
        method = quantization.get("quant_method") if isinstance(quantization, dict) else None
        raise UnsupportedModelError(
            f"{path}: quantization_config: expected none, got {method or 'one'} "
            "(quantized weights)",
            "use the original model, before quantization, or load it with transformers and "
            "save model.dequantize()",
        )
    for option, supported in family.options:
        got = content.get(option, supported[0])
        if got not in supported:
            raise UnsupportedModelError(
                f"{path}: {option}: expected {' or '.join(map(json.dumps, supported))}, "
                f"got {json.dumps(got)}",
                "use another model: the workbook has formulas for the published "
                f"{family.title} only",
            )


def _family(path: Path, content: Mapping[str, object]) -> Family:
    """The family that a file names; raises UnsupportedModelError for any other."""
    titles = " or ".join(family.title for family in FAMILIES.values())
    hint = f"use another model: xlgpt2 supports only {titles}"
    expected = " or ".join(FAMILIES)
    model_type = content.get("model_type")
    if model_type is not None and model_type not in FAMILIES:
        raise UnsupportedModelError(
            f"{path}: model_type: expected {expected}, got {model_type}", hint
        )
    # An empty list counts as none.
    names = content.get("architectures") or None
    if names is None and model_type is None:
        raise UnsupportedModelError(f"{path}: model_type: expected {expected}, got none", hint)
    candidates = [FAMILIES[str(model_type)]] if model_type else list(FAMILIES.values())
    for family in candidates:
        if names is None or (
            isinstance(names, list) and all(name in family.architectures for name in names)
        ):
            return family
    architectures = [name for family in candidates for name in family.architectures]
    raise UnsupportedModelError(
        f"{path}: architectures: expected {' or '.join(architectures)}, got {names}", hint
    )
