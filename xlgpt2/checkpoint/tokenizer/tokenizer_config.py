"""tokenizer_config.json: a refusal of every setting that gives other ids than GPT-2's tokenizer."""

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

#: GPT-2's tokenizer, which has <|endoftext|> even where no file says so (tokenization_gpt2.py).
_GPT2_CLASSES = (None, "GPT2Tokenizer", "GPT2TokenizerFast")

#: Classes that do what tokenizer.json says, and nothing else.
_GENERAL_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")

#: Settings that change the ids of a prompt, with the way out.
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("add_prefix_space", SPACE_BY_HAND),
    ("add_bos_token", BOS_BY_HAND),
    ("add_eos_token", BOS_BY_HAND),
    (
        "split_special_tokens",
        "set it to false: in the workbook a special token in the prompt is one id",
    ),
)


def read_tokenizer_config(folder: Path, config: Mapping[str, object]) -> dict[str, object]:
    """tokenizer_config.json, or nothing where there is none; raises UnsupportedModelError.

    `config` is config.json, which names the class where this file does not.
    """
    path = folder / "tokenizer_config.json"
    content = read_json_object(path) if path.exists() else {}
    for where, found in ((path, content), (folder / "config.json", config)):
        if (name := found.get("tokenizer_class")) is not None:
            if name not in (*_GPT2_CLASSES, *_GENERAL_CLASSES):
                raise UnsupportedModelError(
                    f"{where}: tokenizer_class: expected GPT2Tokenizer, got {name}", AS_GPT2
                )
            break
    if isinstance(auto_map := content.get("auto_map"), dict) and "AutoTokenizer" in auto_map:
        raise UnsupportedModelError(
            f"{path}: auto_map: expected a tokenizer of transformers, got code of its own", AS_GPT2
        )
    for name, hint in _SETTINGS:
        if content.get(name) not in (None, False):
            raise UnsupportedModelError(
                f"{path}: {name}: expected false, got {json.dumps(content[name])}", hint
            )
    return content


def has_end_of_text(content: Mapping[str, object], config: Mapping[str, object]) -> bool:
    """Whether <|endoftext|> is a special token without any file that says so."""
    return (content.get("tokenizer_class") or config.get("tokenizer_class")) in _GPT2_CLASSES
