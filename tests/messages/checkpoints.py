"""Messages about a model's folder: config.json, vocab.json, merges.txt and model.safetensors."""

from __future__ import annotations

import os

import numpy as np

from tests.broken_checkpoints import (
    ENDOFTEXT,
    Change,
    a_folder_for,
    config,
    content,
    gone,
    infinite,
    tensor,
    vocabulary,
    weights_bytes,
    zeros,
)
from tests.messages.case import Case, Cause, Scene, command
from xlgpt2 import build, design
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import (
    BadFileError,
    DownloadError,
    MissingFileError,
    MissingTensorError,
    UnsupportedModelError,
    WrongShapeError,
)


def broken(change: Change) -> Cause:
    """A good folder is changed and then read."""

    def cause(scene: Scene) -> None:
        folder = scene.model()
        change(folder)
        load_checkpoint(folder)

    return cause


def cut_short_while_building(scene: Scene) -> None:
    """The weights were looked at; half of the file is gone when they are written."""
    decided = design(scene.model())
    file = scene.folder / "model" / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)
    build(decided, "a.xlsx")


CASES = [
    Case("no such model", command("build", "--model", "./nowhere"), MissingFileError),
    Case(
        "a file for a model",
        lambda scene: load_checkpoint(scene.model() / "config.json"),
        MissingFileError,
    ),
    Case(
        "a folder with a revision",
        command("build", "--model", "MODEL", "--revision", "v1"),
        DownloadError,
    ),
    Case("no config.json", broken(gone("config.json")), MissingFileError),
    Case("config.json is a folder", broken(a_folder_for("config.json")), BadFileError),
    Case("config.json is no JSON", broken(content("config.json", "{")), BadFileError),
    Case("config.json is a number", broken(content("config.json", "7")), BadFileError),
    Case("another model", broken(config(model_type="llama")), UnsupportedModelError),
    Case("no model type", broken(config(model_type=..., architectures=...)), UnsupportedModelError),
    Case(
        "a classifier",
        broken(config(architectures=["GPT2ForSequenceClassification"])),
        UnsupportedModelError,
    ),
    Case("another activation", broken(config(activation_function="relu")), UnsupportedModelError),
    Case(
        "attention scaled by block",
        broken(config(scale_attn_by_inverse_layer_idx=True)),
        UnsupportedModelError,
    ),
    Case("attention unscaled", broken(config(scale_attn_weights=False)), UnsupportedModelError),
    Case("cross attention", broken(config(add_cross_attention=True)), UnsupportedModelError),
    Case(
        "an output matrix that is not saved",
        broken(config(tie_word_embeddings=False)),
        UnsupportedModelError,
    ),
    Case("a size under two names that differ", broken(config(num_attention_heads=5)), BadFileError),
    Case(
        "a size under its second name that is a text",
        broken(config(n_layer=..., num_hidden_layers="2")),
        BadFileError,
    ),
    Case(
        "an output matrix that is tied by a text",
        broken(config(tie_word_embeddings="false")),
        BadFileError,
    ),
    Case(
        "quantized weights by config.json",
        broken(config(quantization_config={"quant_method": "gptq", "bits": 4})),
        UnsupportedModelError,
    ),
    Case("no n_embd", broken(config(n_embd=...)), BadFileError),
    Case("n_layer a text", broken(config(n_layer="2")), BadFileError),
    Case("no layers", broken(config(n_layer=0)), BadFileError),
    Case("heads that don't fit", broken(config(n_head=4)), BadFileError),
    Case("an epsilon of zero", broken(config(layer_norm_epsilon=0)), BadFileError),
    Case("no vocab.json", broken(gone("vocab.json")), MissingFileError),
    Case("vocab.json is a list", broken(content("vocab.json", "[1]")), BadFileError),
    Case("a token too many", broken(vocabulary(lambda ids: ids.update(new=301))), BadFileError),
    Case(
        "an id that is a text",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: "300"}))),
        BadFileError,
    ),
    Case(
        "an id that is true",
        broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: True}))),
        BadFileError,
    ),
    Case(
        "an id too high", broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: 301}))), BadFileError
    ),
    Case("an id twice", broken(vocabulary(lambda ids: ids.update({ENDOFTEXT: 7}))), BadFileError),
    Case(
        "a byte without a token",
        broken(vocabulary(lambda ids: ids.update(new=ids.pop("!")))),
        BadFileError,
    ),
    Case("no merges.txt", broken(gone("merges.txt")), MissingFileError),
    Case("no merges in it", broken(content("merges.txt", "#version: 0.2\n\n")), BadFileError),
    Case("a merge of three", broken(content("merges.txt", "#version: 0.2\na b c\n")), BadFileError),
    Case(
        "a merge with an unknown part", broken(content("merges.txt", "Ġt\u20ac h\n")), BadFileError
    ),
    Case(
        "a merge with an unknown result", broken(content("merges.txt", "Ġ t\nq z\n")), BadFileError
    ),
    Case("merges.txt is not UTF-8", broken(content("merges.txt", b"a \xff\n")), BadFileError),
    Case("no weights", broken(gone("model.safetensors")), MissingFileError),
    Case("weights are a folder", broken(a_folder_for("model.safetensors")), BadFileError),
    Case("weights cut short", broken(weights_bytes(lambda data: data[:-1000])), BadFileError),
    Case("weights cut short during the build", cut_short_while_building, BadFileError),
    Case(
        "a Git LFS pointer",
        broken(content("model.safetensors", "version https://example.org/spec\n")),
        BadFileError,
    ),
    Case("a tensor is missing", broken(tensor("h.1.mlp.c_fc.bias", None)), MissingTensorError),
    Case(
        "a tensor is turned",
        broken(tensor("h.0.attn.c_attn.weight", zeros(45, 15))),
        WrongShapeError,
    ),
    Case(
        "a matrix of other sizes",
        broken(tensor("h.0.mlp.c_fc.weight", zeros(15, 45))),
        WrongShapeError,
    ),
    Case(
        "wte of another vocabulary", broken(tensor("wte.weight", zeros(300, 15))), WrongShapeError
    ),
    Case(
        "whole numbers",
        broken(weights_bytes(lambda data: data.replace(b'"dtype": "F32"', b'"dtype": "I32"', 1))),
        BadFileError,
    ),
    Case("an infinite weight", broken(infinite("wpe.weight")), BadFileError),
    Case(
        "a weight that is no number",
        broken(tensor("ln_f.bias", np.full(15, np.nan, dtype=np.float32))),
        BadFileError,
    ),
    Case(
        "another output matrix",
        broken(tensor("lm_head.weight", zeros(301, 15))),
        UnsupportedModelError,
    ),
    Case("more layers than config.json says", broken(config(n_layer=1)), UnsupportedModelError),
    Case(
        "a name with and without prefix",
        broken(tensor("transformer.ln_f.bias", zeros(15))),
        BadFileError,
    ),
]
