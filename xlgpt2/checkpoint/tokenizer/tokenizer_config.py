"""tokenizer_config.json: settings that give other ids than GPT-2's tokenizer are rejected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.checkpoint.tokenizer.hints import (
    AS_GPT2,
    BOS_BY_HAND,
    SPACE_BY_HAND,
)
from xlgpt2.errors import UnsupportedModelError

#: GPT-2's tokenizer, which has <|endoftext|> even if no file says so (tokenization_gpt2.py).
_GPT2_CLASSES = (None, "GPT2Tokenizer", "GPT2TokenizerFast")

#: Classes that do what tokenizer.json says, and nothing else.
_GENERAL_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")

#: Settings that change the ids of a prompt, with hints.
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("add_prefix_space", SPACE_BY_HAND),
    ("add_bos_token", BOS_BY_HAND),
    ("add_eos_token", BOS_BY_HAND),
    (
        "split_special_tokens",
        "set it to false: the workbook reads a special token in the prompt as one id",
    ),
)


def read_tokenizer_config(folder: Path, config: Mapping[str, object]) -> dict[str, object]:
    """What tokenizer_config.json says, or {} if it is missing; raises UnsupportedModelError.

    `config` is config.json, which names the class if this file does not.
    """
    path = folder / "tokenizer_config.json"
    content = read_json_object(path) if path.exists() else {}
    for where, settings in ((path, content), (folder / "config.json", config)):
        if (name := settings.get("tokenizer_class")) is not None:
            if name not in (*_GPT2_CLASSES, *_GENERAL_CLASSES):
                raise UnsupportedModelError(
                    f"{where}: tokenizer_class: expected GPT2Tokenizer, got {name}", AS_GPT2
                )
            break
    if isinstance(auto_map := content.get("auto_map"), dict) and "AutoTokenizer" in auto_map:
        raise UnsupportedModelError(
            f"{path}: auto_map: expected a tokenizer that transformers ships, got custom code",
            AS_GPT2,
        )
    for name, hint in _SETTINGS:
        if content.get(name) not in (None, False):
            raise UnsupportedModelError(
                f"{path}: {name}: expected false, got {json.dumps(content[name])}", hint
            )
    return content


def has_end_of_text(content: Mapping[str, object], config: Mapping[str, object]) -> bool:
    """Whether <|endoftext|> is a special token even if no file says so."""
    return (content.get("tokenizer_class") or config.get("tokenizer_class")) in _GPT2_CLASSES
