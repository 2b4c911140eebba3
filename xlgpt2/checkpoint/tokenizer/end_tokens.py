"""The tokens after which a model stops: eos_token_id, as `generate` reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from xlgpt2.checkpoint.files import read_json_object
from xlgpt2.errors import BadFileError

NAME = "eos_token_id"


def read_end_ids(folder: Path, config: Mapping[str, object], vocab_size: int) -> tuple[int, ...]:
    """The ids in generation_config.json, or in config.json if there is no such file.

    An id without a row of wte is never chosen, and is ignored. Raises BadFileError.
    """
    path = folder / "generation_config.json"
    if path.exists():
        value = read_json_object(path).get(NAME)
    else:
        path, value = folder / "config.json", config.get(NAME)
    values = value if isinstance(value, list) else [] if value is None else [value]
    ids: list[int] = []
    for token_id in values:
        if type(token_id) is not int:
            raise BadFileError(
                f"{path}: {NAME}: expected an id, a list of ids or null, got {json.dumps(value)}",
                "write the id of the token after which generation stops, or null for none",
            )
        ids.append(token_id)
    return tuple(dict.fromkeys(i for i in ids if 0 <= i < vocab_size))
