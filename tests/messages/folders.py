"""Messages about folders that lack files of a model, and about texts and files that are no folder."""

from __future__ import annotations

import os
from pathlib import Path

from tests.broken_checkpoints import Change, gone
from tests.messages.case import Case, Cause, Scene
from tests.messages.checkpoints import broken
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError, MissingFileError


def only(name: str) -> Change:
    """Puts a file of another kind in the place of the weights."""

    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(bytes(64))

    return change


#: Files in the place of weights.
WEIGHT_FILES = (
    "ckpt.pt",
    "gpt2_124M.bin",
    "model.onnx",
    "gpt2.Q4_K_M.gguf",
    "openvino_model.bin",
    "64.tflite",
    "tf_model.h5",
    "flax_model.msgpack",
    "rust_model.ot",
    "model.ckpt.data-00000-of-00001",
    "pytorch_model.bin",
    "pytorch_model-00001-of-00002.bin",
    "training_args.bin",
    "model.fp16.safetensors",
    "model-00001-of-00003.safetensors",
    "model.fp16.safetensors.index.json",
    "consolidated.00.pth",
    "MODEL.safetensors",
    "gpt2-pytorch_model.bin",
    "weights.bin",
    "weights.npz",
    "model.safetensors.incomplete",
    "gpt2.tar.gz",
    "gpt2.xlsx",
    "adapter_model.safetensors",
)

#: Files in the place of the vocabulary.
VOCABULARY_FILES = (
    "vocab.txt",
    "spiece.model",
    "tokenizer.model",
    "encoder.json",
    "vocab.bpe",
    "gpt2.tiktoken",
)


def vocabulary_as(name: str) -> Change:
    def change(folder: Path) -> None:
        (folder / "vocab.json").unlink()
        (folder / "merges.txt").rename(folder / name)

    return change


def named(text: str, *files: str) -> Cause:
    """A text is given for a model, where only these files and folders (with / at the end) are."""

    def cause(scene: Scene) -> None:
        for file in files:
            path = scene.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir() if file.endswith("/") else path.write_bytes(b"")
        scene.monkeypatch.setenv("HOME", "/home/me")
        load_checkpoint(text)

    return cause


def closed_folder(scene: Scene) -> None:
    """The folder may be named and not looked into."""

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (scene.folder / "model").mkdir()
    scene.monkeypatch.setattr(os, "scandir", refuse)
    load_checkpoint(scene.folder / "model")


def a_folder(what: str, text: str, *files: str) -> Case:
    return Case(what, named(text, *files), MissingFileError)


def no_folder(text: str, *files: str) -> Case:
    return Case(f"--model {text}", named(text, *files), MissingFileError)


CASES = [
    *(
        Case(f"{name} in the place of weights", broken(only(name)), MissingFileError)
        for name in WEIGHT_FILES
    ),
    *(
        Case(f"{name} in the place of a vocabulary", broken(vocabulary_as(name)), MissingFileError)
        for name in VOCABULARY_FILES
    ),
    Case(
        "no vocabulary at all",
        broken(lambda folder: [gone(name)(folder) for name in ("vocab.json", "merges.txt")]),
        MissingFileError,
    ),
    Case("a folder that may not be read", closed_folder, BadFileError),
    a_folder("an empty folder", "m", "m/"),
    a_folder("an adapter alone", "m", "m/adapter_config.json", "m/adapter_model.safetensors"),
    a_folder(
        "checkpoints of a training run",
        "m",
        "m/checkpoint-500/config.json",
        "m/checkpoint-1000/config.json",
        "m/runs/",
    ),
    a_folder("a model in the hub's cache", "m", "m/snapshots/abc/config.json", "m/refs/main"),
    a_folder("the hub's cache", "hub", "hub/models--me--gpt2/refs/main"),
    a_folder("a folder around the model", "m", "m/gpt2/config.json"),
    a_folder(
        "shards and no config.json",
        "m",
        "m/model-00001-of-00002.safetensors",
        "m/model.safetensors.index.json",
    ),
    a_folder("many files of another kind", "m", *(f"m/{i}.jpg" for i in range(10, 21))),
    no_folder("https://huggingface.co/gpt2"),
    no_folder("https://huggingface.co/me/gpt2/tree/v1"),
    no_folder("huggingface.co/me/gpt2/blob/main/config.json"),
    no_folder("https://huggingface.co/gpt2/tree/main"),
    no_folder("HTTPS://HuggingFace.co/gpt2"),
    no_folder("me/gpt2/"),
    no_folder("hf://me/gpt2"),
    no_folder("git@hf.co:me/gpt2.git"),
    no_folder("https://huggingface.co/datasets/me/words"),
    no_folder("https://example.org/gpt2.zip"),
    no_folder("file:///models/gpt2"),
    no_folder("~/gpt2"),
    no_folder("$HOME/gpt2"),
    no_folder("models--me--gpt2"),
    no_folder(" gpt2 "),
    no_folder("a/b/c"),
    no_folder("x" * 300),
    no_folder("m/model.safetensors", "m/model.safetensors"),
    no_folder("gpt2.zip", "gpt2.zip"),
    no_folder("tiny.xlsx", "tiny.xlsx"),
    no_folder("gpt2.gguf", "gpt2.gguf"),
    no_folder("notes", "notes"),
]

if os.name != "nt":
    CASES.append(no_folder("C:/models/gpt2"))
