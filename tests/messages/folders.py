"""Messages about folders that lack files of a model, and about texts and files that are no folder."""

from __future__ import annotations

import os
from pathlib import Path

from tests.broken_checkpoints import Change, gone
from tests.messages.case import Case, Cause, Scene
from tests.messages.checkpoints import LAYOUT, broken
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError, MissingFileError

SAVE_AGAIN = "where there is only a pytorch_model.bin, load the model with transformers and save it again: model.save_pretrained(folder)"
ADAPTER = "an adapter is not a model: load it with peft on its base model, then model.merge_and_unload().save_pretrained(folder)"
WEIGHTS = "model.safetensors, model.safetensors.index.json with its shards, or model_wte.csv and the other CSV files"
FROM_HUB = "take the model in the Hugging Face layout (safetensors), which such files are made from"
FOR_CELLS = "which the workbook has no formulas for: take a model with the tokenizer of GPT-2"
RENAME = "rename OpenAI's files: encoder.json to vocab.json, and vocab.bpe to merges.txt"
SMALL = "config.json, merges.txt, vocab.json"


def only(name: str) -> Change:
    """Puts a file of another kind in the place of the weights."""

    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(bytes(64))

    return change


#: A file in the place of weights, what it is, and how the hint begins.
WEIGHT_FILES = {
    "ckpt.pt": ("a checkpoint of nanoGPT", "nanoGPT's weights are transposed and pickled: <...>"),
    "gpt2_124M.bin": ("weights of llm.c", "convert the weights of llm.c with its dev/eval/export_hf.py, <...>"),
    "model.onnx": ("a model of ONNX", FROM_HUB),
    "gpt2.Q4_K_M.gguf": ("a GGUF file (llama.cpp)", FROM_HUB),
    "openvino_model.bin": ("a model of OpenVINO", FROM_HUB),
    "64.tflite": ("a model for a device", FROM_HUB),
    "tf_model.h5": ("weights of TensorFlow", "load the .h5 file with transformers 4 <...>from_tf=True<...>"),
    "flax_model.msgpack": ("weights of Flax", "load the .msgpack file with transformers 4 <...>from_flax=True<...>"),
    "rust_model.ot": ("weights of rust-bert", f"{FROM_HUB}: .ot files cannot be converted back"),
    "model.ckpt.data-00000-of-00001": ("a checkpoint of TensorFlow 1", "convert the checkpoint of TensorFlow with transformers 4: <...>"),
    "pytorch_model.bin": ("weights of PyTorch", SAVE_AGAIN),
    "pytorch_model-00001-of-00002.bin": ("weights of PyTorch", SAVE_AGAIN),
    "training_args.bin": ("the state of a training run", LAYOUT),
    "model.fp16.safetensors": ("safetensors under another name", "rename model.fp16.safetensors to model.safetensors, if it has all weights of the model"),
    "model-00001-of-00003.safetensors": ("a shard without its index", "copy model.safetensors.index.json, too: it says which shard has which tensor"),
    "model.fp16.safetensors.index.json": ("an index of shards of another name", "rename it to model.safetensors.index.json"),
    "consolidated.00.pth": ("weights in the layout of Meta or Mistral", "take another model: only GPT-2 can be written as a workbook"),
    "MODEL.safetensors": ("safetensors under another name", "rename MODEL.safetensors to model.safetensors, if it has all weights of the model"),
    "gpt2-pytorch_model.bin": ("weights of PyTorch", SAVE_AGAIN),
    "weights.bin": ("arrays of a program", "load it in its own program, <...>"),
    "weights.npz": ("arrays of a program", "load it in its own program, <...>"),
    "model.safetensors.incomplete": ("a download that has not ended", "download the model again: model.safetensors.incomplete is not complete"),
    "gpt2.tar.gz": ("an archive", "unpack gpt2.tar.gz and name that folder"),
    "gpt2.xlsx": ("a workbook", "a workbook is no model: xlgpt2 run computes what is in it"),
    "adapter_model.safetensors": ("a LoRA adapter", ADAPTER),
}  # fmt: skip

#: A file in the place of the vocabulary, what it is, and the hint.
VOCABULARY_FILES = {
    "vocab.txt": ("a wordpiece vocabulary (BERT)", f"vocab.txt is a wordpiece vocabulary such as BERT's, {FOR_CELLS}"),
    "spiece.model": ("a sentencepiece vocabulary", f"spiece.model is a sentencepiece vocabulary, {FOR_CELLS}"),
    "tokenizer.model": ("a sentencepiece vocabulary", f"tokenizer.model is a sentencepiece vocabulary, {FOR_CELLS}"),
    "encoder.json": ("OpenAI's name for a vocabulary file", RENAME),
    "vocab.bpe": ("OpenAI's name for a vocabulary file", RENAME),
    "gpt2.tiktoken": ("a vocabulary of tiktoken", f"gpt2.tiktoken is a vocabulary of tiktoken, {FOR_CELLS}"),
}  # fmt: skip


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


def a_folder(what: str, text: str, files: tuple[str, ...], got: str, hint: str) -> Case:
    message = f"{text}: expected config.json, got {got}"
    return Case(what, named(text, *files), MissingFileError, message, hint)


def no_folder(text: str, got: str, hint: str, *files: str) -> Case:
    message = f"{text}: expected a folder, got {got}"
    return Case(f"--model {text}", named(text, *files), MissingFileError, message, hint)


def on_the_hub(model: str) -> str:
    return f"name a model of the hub as owner/name, without https: --model {model}"


CASES = [
    *(
        Case(
            f"{name} in the place of weights",
            broken(only(name)),
            MissingFileError,
            f"model: expected {WEIGHTS}, got {name} ({what}), {SMALL}",
            hint,
        )
        for name, (what, hint) in WEIGHT_FILES.items()
    ),
    *(
        Case(
            f"{name} in the place of a vocabulary",
            broken(vocabulary_as(name)),
            MissingFileError,
            f"model: expected vocab.json and merges.txt, or tokenizer.json, got {name} ({what}), config.json, model.safetensors",
            hint,
        )
        for name, (what, hint) in VOCABULARY_FILES.items()
    ),
    Case(
        "no vocabulary at all",
        broken(lambda folder: [gone(name)(folder) for name in ("vocab.json", "merges.txt")]),
        MissingFileError,
        "model: expected vocab.json and merges.txt, or tokenizer.json, got config.json, model.safetensors",
        "copy the vocabulary of the model into the folder: AutoTokenizer.from_pretrained(name).save_pretrained(folder) in transformers writes it",
    ),
    Case(
        "a folder that may not be read",
        closed_folder,
        BadFileError,
        "model: expected a folder that can be read, with config.json, got Permission denied",
        "see that you may read the folder and open what is in it, or copy it again",
    ),
    a_folder("an empty folder", "m", ("m/",), "an empty folder", LAYOUT),
    a_folder("an adapter alone", "m", ("m/adapter_config.json", "m/adapter_model.safetensors"), "adapter_config.json (a LoRA adapter), adapter_model.safetensors (a LoRA adapter)", ADAPTER),
    a_folder("checkpoints of a training run", "m", ("m/checkpoint-500/config.json", "m/checkpoint-1000/config.json", "m/runs/"), "checkpoint-1000 (a checkpoint of a training run), checkpoint-500 (a checkpoint of a training run), runs", "name the folder inside: m/checkpoint-1000"),
    a_folder("a model in the hub's cache", "m", ("m/snapshots/abc/config.json", "m/refs/main"), "snapshots (commits of the hub's cache), refs", "name the folder of a commit inside: m/snapshots/abc"),
    a_folder("the hub's cache", "hub", ("hub/models--me--gpt2/refs/main",), "models--me--gpt2 (a model of the hub's cache)", "name a model of the cache: --model me/gpt2"),
    a_folder("a folder around the model", "m", ("m/gpt2/config.json",), "gpt2 (a folder with a config.json)", "name the folder inside: m/gpt2"),
    a_folder("shards and no config.json", "m", ("m/model-00001-of-00002.safetensors", "m/model.safetensors.index.json"), "model-00001-of-00002.safetensors, model.safetensors.index.json", LAYOUT),
    a_folder("many files of another kind", "m", tuple(f"m/{i}.jpg" for i in range(10, 21)), "10.jpg, 11.jpg, 12.jpg, 13.jpg, 14.jpg, 15.jpg, 16.jpg, 17.jpg, ...", LAYOUT),
    no_folder("https://huggingface.co/gpt2", "a web address", on_the_hub("gpt2")),
    no_folder("https://huggingface.co/me/gpt2/tree/v1", "a web address", on_the_hub("me/gpt2 --revision v1")),
    no_folder("huggingface.co/me/gpt2/blob/main/config.json", "a web address", on_the_hub("me/gpt2")),
    no_folder("https://huggingface.co/gpt2/tree/main", "a web address", on_the_hub("gpt2")),
    no_folder("HTTPS://HuggingFace.co/gpt2", "a web address", on_the_hub("gpt2")),
    no_folder("me/gpt2/", "none", "a model of the hub has no / at its end: --model me/gpt2"),
    no_folder("hf://me/gpt2", "a web address", on_the_hub("me/gpt2")),
    no_folder("git@hf.co:me/gpt2.git", "a web address", on_the_hub("me/gpt2")),
    no_folder("https://huggingface.co/datasets/me/words", "a web address", "name a model of the hub as owner/name, and not a data set or a space"),
    no_folder("https://example.org/gpt2.zip", "a web address", f"download the model, then {LAYOUT}"),
    no_folder("file:///models/gpt2", "an address of a file", "write the path: --model /models/gpt2"),
    no_folder("~/gpt2", "none", "~ is your home folder only where the shell reads it: leave out the quotes, or write --model /home/me/gpt2"),
    no_folder("$HOME/gpt2", "none", "a variable is replaced by the shell only: leave out the quotes around it"),
    no_folder("models--me--gpt2", "none", "that is a name in the hub's cache: name the model, --model me/gpt2"),
    no_folder(" gpt2 ", "quotes or spaces around it", "write it without them: --model gpt2"),
    no_folder("a/b/c", "none", LAYOUT),
    no_folder("x" * 300, "none", LAYOUT),
    no_folder("m/model.safetensors", "a file", "name the folder that holds it: --model m", "m/model.safetensors"),
    no_folder("gpt2.zip", "a file, an archive", "unpack gpt2.zip and name that folder", "gpt2.zip"),
    no_folder("tiny.xlsx", "a file, a workbook", "a workbook is no model: xlgpt2 run computes what is in it", "tiny.xlsx"),
    no_folder("gpt2.gguf", "a file, a GGUF file (llama.cpp)", FROM_HUB, "gpt2.gguf"),
    no_folder("notes", "a file", LAYOUT, "notes"),
]  # fmt: skip

if os.name != "nt":
    CASES.append(no_folder("C:/models/gpt2", "a path of Windows", "write the path as this system has it, with /; in WSL C:\\ is the folder /mnt/c"))  # fmt: skip
