"""Tokenizer files for a small model, as transformers writes them and otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.broken_checkpoints import Change

Json = dict[str, Any]


def tokenizer_json(folder: Path) -> Json:
    """The tokenizer.json that is equivalent to vocab.json and merges.txt."""
    ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:-1]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added("<|endoftext|>", len(ids) - 1)],
        "normalizer": None,
        "pre_tokenizer": {**byte_level, "use_regex": True},
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": ids, "merges": [line.split(" ") for line in lines]},
    }


def added(text: str, token_id: object, **flags: bool) -> Json:
    """A special token as listed in tokenizer.json."""
    names = ("single_word", "lstrip", "rstrip", "normalized")
    return {
        "id": token_id,
        "content": text,
        **dict.fromkeys(names, False),
        "special": True,
        **flags,
    }


def in_json(change: Callable[[Json], object] = lambda _: None, keep: bool = False) -> Change:
    """Write a changed tokenizer.json; remove vocab.json and merges.txt unless `keep`."""

    def write(folder: Path) -> None:
        content = tokenizer_json(folder)
        change(content)
        text = json.dumps(content, ensure_ascii=False)
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")
        if not keep:
            (folder / "vocab.json").unlink()
            (folder / "merges.txt").unlink()

    return write


def json_file(name: str, **content: object) -> Change:
    """Add a JSON file."""
    return lambda folder: (folder / name).write_text(json.dumps(content), encoding="utf-8")


def each(*changes: Change) -> Change:
    """Several changes in sequence."""

    def change_all(folder: Path) -> None:
        for change in changes:
            change(folder)

    return change_all
