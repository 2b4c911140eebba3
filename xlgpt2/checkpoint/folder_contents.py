"""What a folder has where a model's files should be, what each of it is, and the way out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xlgpt2.checkpoint.files import LAYOUT_HINT
from xlgpt2.errors import BadFileError, MissingFileError

#: What a folder should have; its shards are no strange files, where the index is there.
_OWN, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD = r"model-\d+-of-\d+\.safetensors"

_MOST_SHOWN = 8
_MOST_READ = 10_000

_FOR_CELLS = "which the workbook has no formulas for: take a model with the tokenizer of GPT-2"
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
    "OpenAI's name for a vocabulary file",
    "rename OpenAI's files: encoder.json to vocab.json, and vocab.bpe to merges.txt",
)
_CONVERT = "load it in its own program, give the weights to a GPT2LMHeadModel of transformers"
_FROM_HUB = (
    "take the model in the Hugging Face layout (safetensors), which such files are made from"
)

#: What a file's name looks like (in lower case), what the file is, and the way out.
_Kind = tuple[str, str, str]

#: In place of weights; the first that fits a name counts, and tells the way out.
_WEIGHTS: tuple[_Kind, ...] = (
    (
        r"adapter_(config\.json|model\..+)",
        "a LoRA adapter",
        "an adapter is not a model: load it with peft on its base model, then "
        "model.merge_and_unload().save_pretrained(folder)",
    ),
    (
        r".*pytorch_model.*\.bin(\.index\.json)?",
        "weights of PyTorch",
        "where there is only a pytorch_model.bin, load the model with transformers and save it "
        "again: model.save_pretrained(folder)",
    ),
    (
        r"(optimizer|scheduler|scaler|rng_state.*|training_args)\.(pt|pth|bin)",
        "the state of a training run",
        LAYOUT_HINT,
    ),
    (
        r"gpt2_.*\.bin|.*_state\.bin",
        "weights of llm.c",
        "convert the weights of llm.c with its dev/eval/export_hf.py, then save the model as "
        "safetensors with transformers",
    ),
    (
        r"consolidated\..*",
        "weights in the layout of Meta or Mistral",
        "take another model: only GPT-2 can be written as a workbook",
    ),
    (
        r".*\.safetensors\.index\.json",
        "an index of shards of another name",
        "rename it to model.safetensors.index.json",
    ),
    (
        _SHARD,
        "a shard without its index",
        "copy model.safetensors.index.json, too: it says which shard has which tensor",
    ),
    (
        r".*\.safetensors",
        "safetensors under another name",
        "rename {name} to model.safetensors, if it has all weights of the model",
    ),
    (
        r".*\.(data-\d+-of-\d+|meta)|.*\.ckpt(\.index)?|hparams\.json",
        "a checkpoint of TensorFlow 1",
        "convert the checkpoint of TensorFlow with transformers 4: "
        "python -m transformers.models.gpt2.convert_gpt2_original_tf_checkpoint_to_pytorch",
    ),
    (
        r".*\.(h5|keras)",
        "weights of TensorFlow",
        "load the .h5 file with transformers 4 and save it again: "
        "GPT2LMHeadModel.from_pretrained(folder, from_tf=True).save_pretrained(folder)",
    ),
    (
        r".*\.msgpack",
        "weights of Flax",
        "load the .msgpack file with transformers 4 and save it again: "
        "GPT2LMHeadModel.from_pretrained(folder, from_flax=True).save_pretrained(folder)",
    ),
    (r".*\.ot", "weights of rust-bert", f"{_FROM_HUB}: .ot files cannot be converted back"),
    (r".*\.gguf|ggml.*\.bin", "a GGUF file (llama.cpp)", _FROM_HUB),
    (r".*\.onnx(_data)?", "a model of ONNX", _FROM_HUB),
    (r"openvino_model\..*", "a model of OpenVINO", _FROM_HUB),
    (r".*\.(tflite|mlmodel|mlpackage|engine|pte)", "a model for a device", _FROM_HUB),
    (
        r"ckpt.*\.pt",
        "a checkpoint of nanoGPT",
        "nanoGPT's weights are transposed and pickled: give them to a GPT2LMHeadModel of "
        "transformers (the reverse of nanoGPT's from_pretrained) and model.save_pretrained(folder)",
    ),
    (
        r".*\.(pt|pth|pkl|npz|npy|mat|bin)",
        "arrays of a program",
        f"{_CONVERT} and save it: model.save_pretrained(folder)",
    ),
    (
        r".*\.(incomplete|part|crdownload|download)",
        "a download that has not ended",
        "download the model again: {name} is not complete",
    ),
    (r".*\.(zip|tar|tgz|gz|bz2|xz|7z|rar|zst)", "an archive", "unpack {name} and name that folder"),
    (
        r".*\.(xlsx|xlsm|ods)",
        "a workbook",
        "a workbook is no model: xlgpt2 run computes what is in it",
    ),
)

#: In place of a vocabulary.
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
        "a vocabulary of tiktoken",
        f"{{name}} is a vocabulary of tiktoken, {_FOR_CELLS}",
    ),
)

#: Names of folders, what they are, and the way out.
_FOLDERS: tuple[_Kind, ...] = (
    (r"checkpoint-\d+", "a checkpoint of a training run", "name the folder inside: {path}"),
    (r"snapshots", "commits of the hub's cache", "name the folder of a commit inside: {path}"),
    (r"models--.+", "a model of the hub's cache", "name a model of the cache: --model {hub_id}"),
)


@dataclass(frozen=True)
class _Found:
    """A file or folder, what it is, and the way out; those of a lower rank tell more."""

    name: str
    meaning: str
    way_out: str
    rank: int


def no_config(folder: Path) -> MissingFileError:
    """The error for a folder without config.json."""
    return _lacking(folder, "config.json", (*_WEIGHTS, *_VOCABULARIES), LAYOUT_HINT)


def no_weights(folder: Path, expected: str) -> MissingFileError:
    """The error for a folder without weights, which names the files that are expected."""
    return _lacking(folder, expected, _WEIGHTS, LAYOUT_HINT)


def no_vocabulary(folder: Path) -> MissingFileError:
    """The error for a folder without the files of a vocabulary."""
    expected = "vocab.json and merges.txt, or tokenizer.json"
    return _lacking(folder, expected, _VOCABULARIES, _VOCABULARY_HINT)


def vocabulary_hint(folder: Path) -> str:
    """The way out where one of the files of a vocabulary is missing, and the other is there."""
    names = _names(folder, "a vocabulary")
    known = min(_known(folder, names, _VOCABULARIES), key=_rank, default=None)
    return _OTHER_FILE_HINT if known is None else known.way_out


def meaning_of(name: str) -> tuple[str, str] | None:
    """What a file is by its name, and the way out; None for others."""
    found = _kind(name, (*_WEIGHTS, *_VOCABULARIES))
    return None if found is None else (found.meaning, found.way_out)


def hub_id(cache_name: str) -> str:
    """The id of a model by its folder's name in the hub's cache."""
    return cache_name.removeprefix("models--").replace("--", "/")


def _lacking(
    folder: Path, expected: str, kinds: Sequence[_Kind], otherwise: str
) -> MissingFileError:
    """The error for a folder without some files, which says what it has in their place."""
    names = _names(folder, expected)
    known = sorted(_known(folder, names, kinds), key=_rank)
    shown = [f"{one.name} ({one.meaning})" for one in known]
    shown += sorted(set(names) - {one.name for one in known})
    if len(shown) > _MOST_SHOWN:
        shown = [*shown[:_MOST_SHOWN], "..."]
    return MissingFileError(
        f"{folder}: expected {expected}, got {', '.join(shown) or 'an empty folder'}",
        known[0].way_out if known else otherwise,
    )


def _rank(found: _Found) -> int:
    return found.rank


def _names(folder: Path, expected: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in islice(entries, _MOST_READ))
    except OSError as error:
        raise BadFileError(
            f"{folder}: expected a folder that can be read, with {expected}, got "
            f"{error.strerror or error}",
            "see that you may read the folder and open what is in it, or copy it again",
        ) from error


def _known(folder: Path, names: Sequence[str], kinds: Sequence[_Kind]) -> Iterator[_Found]:
    """What is known of the names."""
    indexed = _INDEX in names
    for name in names:
        if name in (_OWN, _INDEX) or (indexed and re.fullmatch(_SHARD, name)):
            continue
        is_folder = (folder / name).is_dir()
        found = _inner(folder / name) if is_folder else _kind(name, kinds)
        if found is not None:
            yield found


def _kind(name: str, kinds: Sequence[_Kind]) -> _Found | None:
    """What a file is by its name."""
    for rank, (pattern, meaning, way_out) in enumerate(kinds):
        if re.fullmatch(pattern, name.lower()):
            return _Found(name, meaning, way_out.format(name=name), rank)
    return None


def _inner(path: Path) -> _Found | None:
    """A folder inside that is, or has, the model; the last of several checkpoints comes first."""
    name = path.name
    for pattern, meaning, way_out in _FOLDERS:
        if re.fullmatch(pattern, name):
            inside = min(path.glob("*/"), default=path) if name == "snapshots" else path
            rank = -int("".join(re.findall(r"^checkpoint-(\d+)$", name)) or 0) - 1
            return _Found(name, meaning, way_out.format(path=inside, hub_id=hub_id(name)), rank)
    if (path / "config.json").is_file():
        return _Found(name, "a folder with a config.json", f"name the folder inside: {path}", -1)
    return None
