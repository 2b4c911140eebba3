"""Malicious and damaged model folders, each with the expected answer."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

from hardening.makers import Hostile, Make
from tests.broken_checkpoints import Change, config, content
from tests.random_models import save_safetensors
from tests.weight_files import INDEX, as_csv, as_shards, take_weights

WEIGHTS = "model.safetensors"
WPE = "model_wpe.csv"


def folder(*changes: Change) -> Make:
    """A copy of the good folder with these changes."""

    def make(place: Path, good: Path) -> Path:
        copy = Path(shutil.copytree(good, place / "model"))
        for change in changes:
            change(copy)
        return copy

    return make


def called(name: str) -> Make:
    """The good folder under another name."""
    return lambda place, good: Path(shutil.copytree(good, place / name))


def other_than_file(name: str, create: Callable[[Path], object]) -> Change:
    """Replace a file by something else."""

    def change(place: Path) -> None:
        (place / name).unlink(missing_ok=True)
        create(place / name)

    return change


def header(change: Callable[[dict[str, dict[str, object]]], object]) -> Change:
    """Change the header of the weights' file, but not the numbers."""

    def changed(place: Path) -> None:
        data = (place / WEIGHTS).read_bytes()
        length = int.from_bytes(data[:8], "little")
        tensors = json.loads(data[8 : 8 + length])
        text = change(tensors) or json.dumps(tensors)
        raw = text if isinstance(text, bytes) else str(text).encode()
        (place / WEIGHTS).write_bytes(struct.pack("<Q", len(raw)) + raw + data[8 + length :])

    return changed


def entry(name: str = "wpe.weight", **fields: object) -> Change:
    """Change the header's entry of one tensor."""
    return header(lambda tensors: tensors[name].update(fields))


def length(number: int) -> Change:
    """Change the header length in the weights' file."""

    def changed(place: Path) -> None:
        data = (place / WEIGHTS).read_bytes()
        (place / WEIGHTS).write_bytes(struct.pack("<Q", number) + data[8:])

    return changed


def one_number(name: str, value: float, dtype: str = "float32") -> Change:
    """Change the last number of a tensor, and the file's dtype."""

    def changed(place: Path) -> None:
        tensors = take_weights(place)
        tensors[name].reshape(-1)[-1] = value
        save_safetensors(place / WEIGHTS, tensors, dtype)

    return changed


def line(name: str, text: str) -> Change:
    """Change the first line of a CSV file."""

    def changed(place: Path) -> None:
        lines = (place / name).read_text("utf-8").split("\n")
        (place / name).write_text("\n".join([text, *lines[1:]]), "utf-8")

    return changed


def longer(name: str, data: bytes, times: int) -> Change:
    """Append data to a file many times."""

    def changed(place: Path) -> None:
        with (place / name).open("ab") as file:
            file.write(data * times)

    return changed


def ids(change: Callable[[dict[str, object]], object]) -> Change:
    """Change vocab.json."""

    def changed(place: Path) -> None:
        path = place / "vocab.json"
        token_ids = json.loads(path.read_text("utf-8"))
        change(token_ids)
        path.write_text(json.dumps(token_ids), "utf-8")

    return changed


def sparse(name: str, size: int) -> Change:
    """Make a sparse file of a size, which takes no space on the disk."""

    def changed(place: Path) -> None:
        (place / name).touch()
        os.truncate(place / name, size)

    return changed


def deep(depth: int, start: str = "[", end: str = "]") -> str:
    """JSON nested to a depth."""
    return start * depth + end * depth


def raw_config(key: str, value: str) -> Change:
    """Set a value of config.json to raw JSON."""

    def changed(place: Path) -> None:
        path = place / "config.json"
        fields = json.loads(path.read_text("utf-8"))
        fields[key] = "HERE"
        path.write_text(json.dumps(fields).replace('"HERE"', value), "utf-8")

    return changed


HEADER = "safetensors file"
JSON = "expected JSON"
SIZES = ("n_layer", "n_head", "n_embd", "n_positions", "vocab_size", "n_inner")
FILES = ("config.json", "vocab.json", "merges.txt", WEIGHTS)

SAFETENSORS = [
    *(Hostile(f"a header that announces {number} bytes", folder(length(number)), HEADER) for number in (0, 1, 7, 100_000_001, 1 << 31, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)),
    Hostile("a header of 100,000 nested lists", folder(header(lambda tensors: deep(100_000))), HEADER),
    Hostile("a header of 100,000 nested objects", folder(header(lambda tensors: deep(100_000, '{"a":', "}"))), HEADER),
    Hostile("metadata 100,000 lists deep", folder(header(lambda tensors: f'{{"__metadata__":{{"a":{deep(100_000)}}}}}')), HEADER),
    Hostile("a header of ten million spaces", folder(header(lambda tensors: json.dumps(tensors) + " " * 10_000_000)), ""),
    Hostile("a header of a million tensors", folder(header(lambda tensors: json.dumps({**tensors, **{f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(1_000_000)}})))),
    Hostile("a header that is not UTF-8", folder(header(lambda tensors: b"\xff\xfe{}")), HEADER),
    Hostile("a header that is a list", folder(header(lambda tensors: "[]")), HEADER),
    Hostile("a tensor that is there twice", folder(header(lambda tensors: json.dumps(tensors)[:-1] + ', "wpe.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}')), ""),
    Hostile("overlapping tensors", folder(header(lambda tensors: tensors["ln_f.bias"].update(data_offsets=tensors["ln_f.weight"]["data_offsets"]))), HEADER),
    Hostile("a tensor before the first byte", folder(entry(data_offsets=[-4, 40])), HEADER),
    Hostile("a tensor behind the last byte", folder(entry(data_offsets=[1 << 40, (1 << 40) + 80])), HEADER),
    Hostile("a tensor that ends before it starts", folder(entry(data_offsets=[80, 0])), HEADER),
    Hostile("a tensor at no number", folder(entry(data_offsets=["0", "80"])), HEADER),
    Hostile("a tensor of rows below 0", folder(entry(shape=[-5, 4])), HEADER),
    Hostile("a tensor of 2^63 rows", folder(entry(shape=[1 << 63, 2])), HEADER),
    Hostile("a tensor of 2^62 rows and columns", folder(entry(shape=[1 << 62, 1 << 62])), HEADER),
    Hostile("a tensor of a hundred dimensions", folder(entry(shape=[1] * 98 + [5, 4])), "expected shape [5, 4]"),
    Hostile("a tensor of no dimensions", folder(header(lambda tensors: tensors.update(a={"dtype": "F32", "shape": [], "data_offsets": [0, 4]}))), HEADER),
    *(Hostile(f"a tensor of {code}", folder(entry(dtype=code)), "") for code in ("F64", "I64", "BOOL", "F8_E4M3", "C64", "x", "", None, 7)),
    *(Hostile(f"{value} in {name}, {dtype}", folder(one_number(name, value, dtype)), f"got {value} at") for name in ("wte.weight", "h.0.mlp.c_fc.bias") for value in (float("nan"), float("inf"), float("-inf")) for dtype in ("float32", "float16", "bfloat16")),
    Hostile("a sparse file of a terabyte", folder(sparse(WEIGHTS, 1 << 40)), WEIGHTS),
]  # fmt: skip

CONFIGS = [
    *(Hostile(f"{name} is {value}", folder(raw_config(name, value)), "config.json" if value != "9" else "") for name in SIZES for value in ("-1", "0", "9", "1e9", "1000000000", "9" * 30, "9" * 4299, "9" * 10_000, "NaN", "null" if name != "n_inner" else "[]", "true", '"2"')),
    *(Hostile(f"layer_norm_epsilon is {value}", folder(raw_config("layer_norm_epsilon", value)), "") for value in ("-1", "0", "1e-300", "1e300", "1e999", "NaN", "null", '"x"', "9" * 10_000)),
    Hostile("config.json of 100,000 nested lists", folder(content("config.json", deep(100_000))), JSON),
    Hostile("config.json with 100,000 lists in a field", folder(raw_config("activation_function", deep(100_000))), JSON),
    Hostile("control characters in model_type", folder(config(model_type="\x1b[2J\x07llama\n")), "\\x1b[2J\\x07llama\\n"),
    Hostile("an unpaired surrogate in model_type", folder(raw_config("model_type", '"\\ud800"')), "\\ud800"),
    Hostile("a model_type of a million characters", folder(config(model_type="x" * 1_000_000)), "expected gpt2"),
]  # fmt: skip

VOCABULARIES = [
    Hostile("vocab.json of 100,000 nested lists", folder(content("vocab.json", deep(100_000))), JSON),
    Hostile("vocab.json of 100,000 nested objects", folder(content("vocab.json", deep(100_000, '{"a":', "}").replace(":}", ":1}"))), JSON),
    Hostile("an id of ten thousand digits", folder(content("vocab.json", '{"a": ' + "9" * 10_000 + "}")), JSON),
    Hostile("an id that is infinite", folder(content("vocab.json", '{"a": 1e999}')), "vocab.json"),
    Hostile("a token with an unpaired surrogate", folder(ids(lambda token_ids: token_ids.update({"\ud800": token_ids.pop("<|endoftext|>")})))),
    Hostile("a token of 100,000 characters", folder(ids(lambda token_ids: token_ids.update({"x" * 100_000: token_ids.pop("<|endoftext|>")})))),
    Hostile("a token that looks like a formula", folder(ids(lambda token_ids: token_ids.update({'=cmd|"/c calc"!A1': token_ids.pop("<|endoftext|>")})))),
    Hostile("a token of control characters", folder(ids(lambda token_ids: token_ids.update({"\x00\x01\x1b\ufffe": token_ids.pop("<|endoftext|>")})))),
    Hostile("a token that is empty", folder(ids(lambda token_ids: token_ids.update({"": token_ids.pop("<|endoftext|>")})))),
    Hostile("a token in twice", folder(content("vocab.json", '{"a": 0, "a": 1}')), "vocab.json"),
    Hostile("merges with zero bytes", folder(content("merges.txt", "a\0 b\n")), "merges.txt"),
    Hostile("merges with a BOM", folder(content("merges.txt", "\ufeffa b\n")), "merges.txt"),
    Hostile("merges in UTF-16", folder(content("merges.txt", "a b\n".encode("utf-16"))), "expected UTF-8"),
    Hostile("merges with other line ends", folder(content("merges.txt", "a b\u2028c d\x85e f\x0bg h")), "merges.txt"),
    Hostile("a merge of a million characters", folder(content("merges.txt", "a" * 1_000_000 + " b")), "merges.txt"),
    Hostile("a merge, a million times", folder(content("merges.txt", "Ġ t\n" * 1_000_000)), ""),
    *(Hostile(f"{name} of a terabyte", folder(sparse(name, 1 << 40)), "expected at most") for name in FILES[:3]),
]  # fmt: skip

CSVS = [
    Hostile("a CSV file of one line with ten million numbers", folder(as_csv, content(WPE, "1," * 10_000_000 + "1")), "expected at most"),
    Hostile("a CSV file of ten million lines", folder(as_csv, content(WPE, "1\n" * 10_000_000)), WPE),
    Hostile("a CSV file whose second line is long", folder(as_csv, longer(WPE, b"1,", 10_000_000)), WPE),
    Hostile("a CSV number of ten million digits", folder(as_csv, line(WPE, "1" * 10_000_000 + ",1,1,1")), "expected at most"),
    Hostile("a CSV number of 1,000 digits", folder(as_csv, line(WPE, "1" * 1000 + ",1,1,1")), "got inf at [0, 0]"),
    Hostile("a CSV file of ten million quotation marks", folder(as_csv, content(WPE, '"' * 10_000_000)), "expected"),
    Hostile("a sparse CSV file of a terabyte", folder(as_csv, sparse(WPE, 1 << 40)), "expected"),
    *(Hostile(f"{text!r} in a CSV file", folder(as_csv, line(WPE, f"{text},1,1,1")), WPE) for text in ("nan", "inf", "-inf", "1e39", "NA", "", " ", "0x10", "1_0", "１", "=1+1", "1;2", "'1", '"1', "\0", "1e", "TRUE")),
]  # fmt: skip

SHARDS = [
    Hostile("an index of 100,000 nested lists", folder(as_shards, content(INDEX, deep(100_000))), JSON),
    Hostile("an index of a terabyte", folder(as_shards, sparse(INDEX, 1 << 40)), "expected at most"),
    Hostile("an index with an id of ten thousand digits", folder(as_shards, content(INDEX, '{"weight_map": ' + "9" * 10_000 + "}")), JSON),
    Hostile("a shard that is the index", folder(as_shards, content(INDEX, json.dumps({"weight_map": {"wte.weight": INDEX}}))), HEADER),
    Hostile("a shard with a name of 100,000 characters", folder(as_shards, content(INDEX, json.dumps({"weight_map": {"wte.weight": "x" * 100_000}}))), "expected the name of a file"),
    Hostile("a shard that is a pipe", folder(as_shards, other_than_file("model-00001-of-00003.safetensors", os.mkfifo)), "expected a file"),
]  # fmt: skip

PLACES = [
    *(Hostile(f"{name} is a pipe without a writer", folder(other_than_file(name, os.mkfifo)), "expected a file") for name in FILES),
    *(Hostile(f"{name} is an endless device", folder(other_than_file(name, lambda path: path.symlink_to("/dev/zero"))), "expected a file") for name in FILES),
    *(Hostile(f"{name} is a folder", folder(other_than_file(name, Path.mkdir)), "expected a file") for name in FILES),
    *(Hostile(f"{name} is a link to itself", folder(other_than_file(name, lambda path: path.symlink_to(path))), name) for name in FILES),
    *(Hostile(f"{name} may not be read", folder(lambda place, name=name: (place / name).chmod(0)), name, as_nobody=True) for name in FILES),
    Hostile("a folder that may not be read", folder(lambda place: place.chmod(0)), "config.json", as_nobody=True),
    *(Hostile(f"a CSV file is {what}", folder(as_csv, other_than_file(WPE, create)), "expected a file") for what, create in (("a pipe", os.mkfifo), ("a folder", Path.mkdir))),
    Hostile("a folder that is a file", lambda place, good: good / "config.json", "expected a folder"),
    Hostile("no folder", lambda place, good: place / "nowhere", "expected a folder"),
]  # fmt: skip

CALLED = [
    Hostile(f"a folder called {name[:40]!r}", called(name))
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "<b>&amp;", "a'b\"c", "x" * 255, " ", "..x", "tab\there", "line\nbreak", "\x1b[2J", "_x0041_", "\udcff", "#N/A", "{C}", "{wte[i]}", "%s%n", "😀")
]  # fmt: skip

HOSTILE_MODELS = [*SAFETENSORS, *CONFIGS, *VOCABULARIES, *CSVS, *SHARDS, *PLACES, *CALLED]
