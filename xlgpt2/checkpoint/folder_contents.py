"""Other files in place of a model's: what each of them is, and a hint."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xlgpt2.checkpoint.files import LAYOUT_HINT
from xlgpt2.errors import BadFileError, MissingFileError

#: What a folder should have; shards are expected if the index is there.
_OWN, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD = r"model-\d+-of-\d+\.safetensors"

_MOST_SHOWN = 8
_MOST_READ = 10_000

_FOR_CELLS = "which xlgpt2 does not support: use a model with GPT-2's tokenizer"
_VOCABULARY_HINT = (
    "copy the vocabulary of the model into the folder: "
    "AutoTokenizer.from_pretrained(name).save_pretrained(folder) in transformers writes it"
)
_OTHER_FILE_HINT = (
    "the vocabulary is in tokenizer.json, or in vocab.json and merges.txt; "
    "AutoTokenizer.from_pretrained(name).save_pretrained(folder) in transformers writes it"
)
_SENTENCEPIECE = (
    "a sentencepiece vocabulary",
    f"{{name}} is a sentencepiece vocabulary, {_FOR_CELLS}",
)
_OPENAI = (
    "a vocabulary file named as OpenAI does",
    "rename OpenAI's files: encoder.json to vocab.json, and vocab.bpe to merges.txt",
)
_CONVERT = (
    "load it in the program that wrote it, load the weights into a GPT2LMHeadModel of transformers"
)
_FROM_HUB = (
    "use the model in the Hugging Face layout (safetensors), from which such files are converted"
)

#: A pattern of file names (in lower case), what such a file is, and a hint.
_Kind = tuple[str, str, str]

#: Files in place of weights; the first pattern that matches counts.
_WEIGHTS: tuple[_Kind, ...] = (
    (
        r"adapter_(config\.json|model\..+)",
        "a LoRA adapter",
        "an adapter is not a model: load it with peft on its base model, then "
        "model.merge_and_unload().save_pretrained(folder)",
    ),
    (
        r".*pytorch_model.*\.bin(\.index\.json)?",
        "PyTorch weights",
        "if there is only a pytorch_model.bin, load the model with transformers and save it "
        "again: model.save_pretrained(folder)",
    ),
    (
        r"(optimizer|scheduler|scaler|rng_state.*|training_args)\.(pt|pth|bin)",
        "the state of a training run",
        LAYOUT_HINT,
    ),
    (
        r"gpt2_.*\.bin|.*_state\.bin",
        "llm.c weights",
        "convert the llm.c weights with its dev/eval/export_hf.py, then save the model as "
        "safetensors with transformers",
    ),
    (
        r"consolidated\..*",
        "weights in Meta's or Mistral's layout",
        "use another model: xlgpt2 supports only GPT-2",
    ),
    (
        r".*\.safetensors\.index\.json",
        "an index of shards under another name",
        "rename it to model.safetensors.index.json",
    ),
    (
        _SHARD,
        "a shard without its index",
        "copy model.safetensors.index.json, too: it maps tensors to shards",
    ),
    (
        r".*\.safetensors",
        "safetensors under another name",
        "rename {name} to model.safetensors, if it has all the weights of the model",
    ),
    (
        r".*\.(data-\d+-of-\d+|meta)|.*\.ckpt(\.index)?|hparams\.json",
        "a TensorFlow 1 checkpoint",
        "convert the TensorFlow checkpoint with transformers 4: python -m "
        "transformers.models.gpt2.convert_gpt2_original_tf_checkpoint_to_pytorch",
    ),
    (
        r".*\.(h5|keras)",
        "TensorFlow weights",
        "load the .h5 file with transformers 4 and save it again: "
        "GPT2LMHeadModel.from_pretrained(folder, from_tf=True).save_pretrained(folder)",
    ),
    (
        r".*\.msgpack",
        "Flax weights",
        "load the .msgpack file with transformers 4 and save it again: "
        "GPT2LMHeadModel.from_pretrained(folder, from_flax=True).save_pretrained(folder)",
    ),
    (r".*\.ot", "rust-bert weights", f"{_FROM_HUB}: .ot files cannot be converted back"),
    (r".*\.gguf|ggml.*\.bin", "a GGUF file (llama.cpp)", _FROM_HUB),
    (r".*\.onnx(_data)?", "an ONNX model", _FROM_HUB),
    (r"openvino_model\..*", "an OpenVINO model", _FROM_HUB),
    (r".*\.(tflite|mlmodel|mlpackage|engine|pte)", "a model compiled for a device", _FROM_HUB),
    (
        r"ckpt.*\.pt",
        "a nanoGPT checkpoint",
        "nanoGPT's weights are transposed and pickled: load them into a GPT2LMHeadModel of "
        "transformers (the reverse of nanoGPT's from_pretrained) and "
        "model.save_pretrained(folder)",
    ),
    (
        r".*\.(pt|pth|pkl|npz|npy|mat|bin)",
        "arrays",
        f"{_CONVERT} and save it: model.save_pretrained(folder)",
    ),
    (
        r".*\.(incomplete|part|crdownload|download)",
        "an incomplete download",
        "download the model again: {name} is incomplete",
    ),
    (r".*\.(zip|tar|tgz|gz|bz2|xz|7z|rar|zst)", "an archive", "extract {name} and use that folder"),
    (
        r".*\.(xlsx|xlsm|ods)",
        "a workbook",
        "a workbook is not a checkpoint: use xlgpt2 run to recalculate it",
    ),
)

#: Files in place of a vocabulary.
_VOCABULARIES: tuple[_Kind, ...] = (
    (r"encoder\.json", *_OPENAI),
    (r"vocab\.bpe", *_OPENAI),
    (
        r"vocab\.txt",
        "a wordpiece vocabulary (BERT)",
        f"vocab.txt is a wordpiece vocabulary such as BERT's, {_FOR_CELLS}",
    ),
    (r"(spiece|tokenizer|sentencepiece.*|.*spm.*|.*unigram.*)\.(model|vocab)", *_SENTENCEPIECE),
    (
        r".*\.tiktoken|tekken\.json",
        "a tiktoken vocabulary",
        f"{{name}} is a tiktoken vocabulary, {_FOR_CELLS}",
    ),
)

#: Patterns of folder names, what such a folder is, and a hint.
_FOLDERS: tuple[_Kind, ...] = (
    (r"checkpoint-\d+", "a checkpoint of a training run", "use the folder inside: {path}"),
    (r"snapshots", "snapshots of the Hub's cache", "use the folder of a commit inside: {path}"),
    (r"models--.+", "a model of the Hub's cache", "use a model of the cache: --model {hub_id}"),
)


@dataclass(frozen=True)
class _Entry:
    """A file or folder, what it is, and a hint; a lower rank tells more."""

    name: str
    meaning: str
    hint: str
    rank: int


def no_config(folder: Path) -> MissingFileError:
    """The error for a folder without config.json."""
    return _missing_files(folder, "config.json", (*_WEIGHTS, *_VOCABULARIES), LAYOUT_HINT)


def no_weights(folder: Path, expected: str) -> MissingFileError:
    """The error for a folder without weights, which names the files that are expected."""
    return _missing_files(folder, expected, _WEIGHTS, LAYOUT_HINT)


def no_vocabulary(folder: Path) -> MissingFileError:
    """The error for a folder without the files of a vocabulary."""
    expected = "vocab.json and merges.txt, or tokenizer.json"
    return _missing_files(folder, expected, _VOCABULARIES, _VOCABULARY_HINT)


def vocabulary_hint(folder: Path) -> str:
    """The hint if only one of the two files of a vocabulary is there."""
    names = _names(folder, "a vocabulary")
    entry = min(_recognized(folder, names, _VOCABULARIES), key=_rank, default=None)
    return _OTHER_FILE_HINT if entry is None else entry.hint


def meaning_of(name: str) -> tuple[str, str] | None:
    """What a file is by its name, and a hint; None for others."""
    entry = _kind(name, (*_WEIGHTS, *_VOCABULARIES))
    return None if entry is None else (entry.meaning, entry.hint)


def hub_id(cache_name: str) -> str:
    """The id of a model by its folder's name in the hub's cache."""
    return cache_name.removeprefix("models--").replace("--", "/")


def _missing_files(
    folder: Path, expected: str, kinds: Sequence[_Kind], otherwise: str
) -> MissingFileError:
    """The error for a folder without some files, which lists what it has instead."""
    names = _names(folder, expected)
    entries = sorted(_recognized(folder, names, kinds), key=_rank)
    shown = [f"{entry.name} ({entry.meaning})" for entry in entries]
    shown += sorted(set(names) - {entry.name for entry in entries})
    if len(shown) > _MOST_SHOWN:
        shown = [*shown[:_MOST_SHOWN], "..."]
    return MissingFileError(
        f"{folder}: expected {expected}, got {', '.join(shown) or 'an empty folder'}",
        entries[0].hint if entries else otherwise,
    )


def _rank(entry: _Entry) -> int:
    return entry.rank


def _names(folder: Path, expected: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, _MOST_READ))
    except OSError as error:
        raise BadFileError(
            f"{folder}: expected a readable folder with {expected}, got {error.strerror or error}",
            "check that you have permission to read the folder and the files in it, "
            "or copy it again",
        ) from error


def _recognized(folder: Path, names: Sequence[str], kinds: Sequence[_Kind]) -> Iterator[_Entry]:
    """The files and folders that are recognized by name."""
    indexed = _INDEX in names
    for name in names:
        if name in (_OWN, _INDEX) or (indexed and re.fullmatch(_SHARD, name)):
            continue
        is_folder = (folder / name).is_dir()
        entry = _inner(folder / name) if is_folder else _kind(name, kinds)
        if entry is not None:
            yield entry


def _kind(name: str, kinds: Sequence[_Kind]) -> _Entry | None:
    """What a file is by its name; None if it is not recognized."""
    for rank, (pattern, meaning, hint) in enumerate(kinds):
        if re.fullmatch(pattern, name.lower()):
            return _Entry(name, meaning, hint.format(name=name), rank)
    return None


def _inner(path: Path) -> _Entry | None:
    """A subfolder that is or contains the model; the last of several checkpoints ranks first."""
    name = path.name
    for pattern, meaning, hint in _FOLDERS:
        if re.fullmatch(pattern, name):
            inside = min(path.glob("*/"), default=path) if name == "snapshots" else path
            rank = -int("".join(re.findall(r"^checkpoint-(\d+)$", name)) or 0) - 1
            return _Entry(name, meaning, hint.format(path=inside, hub_id=hub_id(name)), rank)
    if (path / "config.json").is_file():
        return _Entry(name, "a folder with a config.json", f"use the folder inside: {path}", -1)
    return None
