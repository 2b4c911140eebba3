"""Ways to break a good checkpoint folder, with the error and the words that each must give."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.random_models import random_tensors, save_safetensors
from xlgpt2.errors import (
    BadFileError,
    CheckpointError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)

#: The sizes of config.json that `write_random_model` writes unless it is told otherwise.
SIZES = {"n_layer": 2, "n_embd": 15, "n_positions": 11, "vocab_size": 301, "n_inner": 60}

Change = Callable[[Path], None]


def config(**changes: object) -> Change:
    """Breaks config.json: the changed keys; `...` removes one."""

    def change(folder: Path) -> None:
        path = folder / "config.json"
        values = {**json.loads(path.read_text(encoding="utf-8")), **changes}
        kept = {key: value for key, value in values.items() if value is not ...}
        path.write_text(json.dumps(kept), encoding="utf-8")

    return change


def vocabulary(change_ids: Callable[[dict[str, object]], object]) -> Change:
    """Breaks vocab.json by changing its ids."""

    def change(folder: Path) -> None:
        path = folder / "vocab.json"
        ids = json.loads(path.read_text(encoding="utf-8"))
        change_ids(ids)
        path.write_text(json.dumps(ids), encoding="utf-8")

    return change


def content(name: str, data: str | bytes) -> Change:
    """Replaces a file."""

    def change(folder: Path) -> None:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    return change


def gone(name: str) -> Change:
    """Removes a file."""
    return lambda folder: (folder / name).unlink()


def tensor(name: str, value: NDArray[np.float32] | None) -> Change:
    """Replaces a tensor, or removes it where the value is None."""

    def change(folder: Path) -> None:
        tensors = random_tensors(SIZES, 0)
        tensors.pop(name, None)
        if value is not None:
            tensors[name] = value
        save_safetensors(folder / "model.safetensors", tensors)

    return change


def infinite(name: str) -> Change:
    """Puts an infinite number in row 1, column 2 of a tensor."""
    weights = random_tensors(SIZES, 0)[name]
    weights[1, 2] = np.inf
    return tensor(name, weights)


def weights_bytes(change_bytes: Callable[[bytes], bytes]) -> Change:
    """Breaks model.safetensors byte by byte."""

    def change(folder: Path) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(change_bytes(path.read_bytes()))

    return change


def zeros(*shape: int) -> NDArray[np.float32]:
    return np.zeros(shape, dtype=np.float32)


ENDOFTEXT = "<|endoftext|>"

#: what is broken, the error, words that its message has
BROKEN: list[tuple[str, Change, type[CheckpointError], list[str]]] = [
    ("no config", gone("config.json"), MissingFileError, ["config.json", "got none"]),
    (
        "config no JSON",
        content("config.json", "{"),
        BadFileError,
        ["config.json", "JSON", "line 1"],
    ),
    ("llama", config(model_type="llama"), UnsupportedModelError, ["expected gpt2", "got llama"]),
    (
        "no model type",
        config(model_type=..., architectures=...),
        UnsupportedModelError,
        ["model_type", "expected gpt2", "got none"],
    ),
    (
        "classifier",
        config(architectures=["GPT2ForSequenceClassification"]),
        UnsupportedModelError,
        ["architectures", "GPT2LMHeadModel", "GPT2ForSequenceClassification"],
    ),
    (
        "relu",
        config(activation_function="relu"),
        UnsupportedModelError,
        ["activation_function", 'expected "gelu_new"', 'got "relu"'],
    ),
    (
        "scaled by block",
        config(scale_attn_by_inverse_layer_idx=True),
        UnsupportedModelError,
        ["scale_attn_by_inverse_layer_idx", "expected false", "got true"],
    ),
    (
        "unscaled",
        config(scale_attn_weights=False),
        UnsupportedModelError,
        ["scale_attn_weights", "expected true"],
    ),
    (
        "cross attention",
        config(add_cross_attention=True),
        UnsupportedModelError,
        ["add_cross_attention", "expected false"],
    ),
    (
        "untied",
        config(tie_word_embeddings=False),
        UnsupportedModelError,
        ["tie_word_embeddings", "lm_head.weight", "got none"],
    ),
    ("no n_embd", config(n_embd=...), BadFileError, ["config.json", "n_embd", "got none"]),
    ("n_layer a text", config(n_layer="2"), BadFileError, ["n_layer", "integer", "got '2'"]),
    ("no layers", config(n_layer=0), BadFileError, ["n_layer", "greater than 0", "got 0"]),
    ("heads don't fit", config(n_head=4), BadFileError, ["n_embd", "n_head 4", "got 15"]),
    (
        "epsilon zero",
        config(layer_norm_epsilon=0),
        BadFileError,
        ["layer_norm_epsilon", "greater than 0"],
    ),
    ("no vocabulary", gone("vocab.json"), MissingFileError, ["vocab.json", "got none"]),
    ("vocabulary a list", content("vocab.json", "[1]"), BadFileError, ["vocab.json", "got list"]),
    (
        "vocabulary shorter",
        vocabulary(lambda ids: ids.pop(ENDOFTEXT)),
        BadFileError,
        ["vocab.json", "expected 301 tokens", "got 300"],
    ),
    (
        "id a text",
        vocabulary(lambda ids: ids.update({ENDOFTEXT: "300"})),
        BadFileError,
        [ENDOFTEXT, "from 0 to 300", "got '300'"],
    ),
    (
        "id true",
        vocabulary(lambda ids: ids.update({ENDOFTEXT: True})),
        BadFileError,
        [ENDOFTEXT, "got True"],
    ),
    (
        "id too high",
        vocabulary(lambda ids: ids.update({ENDOFTEXT: 301})),
        BadFileError,
        [ENDOFTEXT, "from 0 to 300", "got 301"],
    ),
    (
        "id twice",
        vocabulary(lambda ids: ids.update({ENDOFTEXT: 7})),
        BadFileError,
        [ENDOFTEXT, "an id of its own", "got 7"],
    ),
    (
        "byte without token",
        vocabulary(lambda ids: ids.update(new=ids.pop("!"))),
        BadFileError,
        ["vocab.json", "'!'", "0x21", "got none"],
    ),
    ("no merges file", gone("merges.txt"), MissingFileError, ["merges.txt", "got none"]),
    (
        "no merges",
        content("merges.txt", "#version: 0.2\n\n"),
        BadFileError,
        ["merges.txt", "at least one merge"],
    ),
    (
        "merge of three",
        content("merges.txt", "#version: 0.2\na b c\n"),
        BadFileError,
        ["merges.txt", "line 2", "two tokens", "got 'a b c'"],
    ),
    (
        "unknown part",
        content("merges.txt", "Ġt\u20ac h\n"),
        BadFileError,
        ["merges.txt", "merge 0", "expected token 'Ġt\u20ac'", "vocab.json"],
    ),
    (
        "unknown result",
        content("merges.txt", "Ġ t\nq z\n"),
        BadFileError,
        ["merge 1 (q z)", "expected token 'qz'", "got none"],
    ),
    (
        "merges not UTF-8",
        content("merges.txt", b"a \xff\n"),
        BadFileError,
        ["merges.txt", "UTF-8", "0xff", "offset 2"],
    ),
    ("no weights", gone("model.safetensors"), MissingFileError, ["model.safetensors", "got none"]),
    (
        "weights cut short",
        weights_bytes(lambda data: data[:-1000]),
        BadFileError,
        ["model.safetensors", "complete safetensors file"],
    ),
    (
        "Git LFS pointer",
        content("model.safetensors", "version https://example.org/spec\n"),
        BadFileError,
        ["model.safetensors", "complete safetensors file"],
    ),
    (
        "tensor missing",
        tensor("h.1.mlp.c_fc.bias", None),
        MissingTensorError,
        ["model.safetensors", "h.1.mlp.c_fc.bias", "[60]", "got none"],
    ),
    (
        "tensor turned",
        tensor("h.0.attn.c_attn.weight", zeros(45, 15)),
        WrongShapeError,
        ["h.0.attn.c_attn.weight", "expected shape [15, 45]", "got [45, 15]"],
    ),
    (
        "vocabulary size",
        tensor("wte.weight", zeros(300, 15)),
        WrongShapeError,
        ["wte.weight", "expected shape [301, 15]", "got [300, 15]"],
    ),
    (
        "integers",
        weights_bytes(lambda data: data.replace(b'"dtype": "F32"', b'"dtype": "I32"', 1)),
        BadFileError,
        ["wte.weight", "dtype", "F32, F16, BF16", "got I32"],
    ),
    (
        "infinite weight",
        infinite("wpe.weight"),
        BadFileError,
        ["wpe.weight", "finite", "got inf at [1, 2]"],
    ),
    (
        "not a number",
        tensor("ln_f.bias", np.full(15, np.nan, dtype=np.float32)),
        BadFileError,
        ["ln_f.bias", "finite", "got nan at [0]"],
    ),
    (
        "another output matrix",
        tensor("lm_head.weight", zeros(301, 15)),
        UnsupportedModelError,
        ["lm_head.weight", "wte.weight", "got others"],
    ),
    (
        "more layers than the config says",
        config(n_layer=1),
        UnsupportedModelError,
        ["model.safetensors", "n_layer 1", "h.1.attn.c_attn.bias"],
    ),
    (
        "a name with and without prefix",
        tensor("transformer.ln_f.bias", zeros(15)),
        BadFileError,
        ["ln_f.bias", "with and without"],
    ),
]
