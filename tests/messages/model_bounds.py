"""Messages about models whose files would cost too much to read, or hold what no cell can."""

from __future__ import annotations

import safetensors

from hardening.hostile_models import WEIGHTS, deep, other_than_file, raw_config, sparse
from tests.broken_checkpoints import ENDOFTEXT, content, vocabulary
from tests.messages.case import Case, Scene
from tests.messages.checkpoints import UNREADABLE, broken
from tests.messages.weight_files import CSV, WPE, csv
from tests.weight_files import INDEX, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError

OWN_CONFIG = "take the model's own config.json: this is another file"
FOR_CELLS = "take another model: the workbook has each token as the text of a cell"


def without_addresses(scene: Scene) -> None:
    """The library can't map the weights: the process has too few addresses left."""

    def refuse(*arguments: object, **options: object) -> None:
        raise MemoryError

    scene.monkeypatch.setattr(safetensors, "safe_open", refuse)
    load_checkpoint(scene.model())


def a_large_index(scene: Scene) -> None:
    """The index of shards says it has a terabyte."""
    folder = as_shards(scene.model())
    sparse(INDEX, 1 << 40)(folder)
    load_checkpoint(folder)


CASES = [
    Case(
        "a device for weights",
        broken(other_than_file(WEIGHTS, lambda path: path.symlink_to("/dev/zero"))),
        BadFileError,
        "model/model.safetensors: expected a file, got a pipe, socket or device",
        UNREADABLE,
    ),
    Case(
        "config.json is a link to itself",
        broken(other_than_file("config.json", lambda path: path.symlink_to(path))),
        BadFileError,
        "model/config.json: expected a file that can be read, got <...>",
        UNREADABLE,
    ),
    Case(
        "brackets without end in config.json",
        broken(content("config.json", deep(100_000))),
        BadFileError,
        "model/config.json: expected JSON, got too many brackets in each other",
        OWN_CONFIG,
    ),
    Case(
        "digits without end in config.json",
        broken(raw_config("n_layer", "9" * 10_000)),
        BadFileError,
        "model/config.json: expected JSON, got too many digits",
        OWN_CONFIG,
    ),
    Case(
        "a terabyte of config.json",
        broken(sparse("config.json", 1 << 40)),
        BadFileError,
        "model/config.json: expected at most 32,000,000 bytes, got 1,099,511,627,776",
        OWN_CONFIG,
    ),
    Case(
        "a terabyte of an index",
        a_large_index,
        BadFileError,
        "model/model.safetensors.index.json: expected at most 32,000,000 bytes, got 1,099,511,627,776",
        "take the model's own model.safetensors.index.json: this is another file",
    ),
    Case(
        "weights that there are no addresses for",
        without_addresses,
        BadFileError,
        "model/model.safetensors: expected a file that there are addresses for, got <...> bytes",
        "copy the file again, or allow the process more memory (ulimit -v)",
    ),
    Case(
        "a token with half a character",
        broken(vocabulary(lambda ids: ids.update({"a\ud800": ids.pop(ENDOFTEXT)}))),
        BadFileError,
        "model/vocab.json: token 'a\\ud800': expected whole characters, got half of one, '\\ud800'",
        FOR_CELLS,
    ),
    Case(
        "a token that no cell holds",
        broken(vocabulary(lambda ids: ids.update({"x" * 40_000: ids.pop(ENDOFTEXT)}))),
        BadFileError,
        f"model/vocab.json: token '{'x' * 40}': expected at most 32,767 characters, which is what a cell holds, got 40,000",
        FOR_CELLS,
    ),
    Case(
        "a long token with another id",
        broken(vocabulary(lambda ids: ids.update({"x" * 40_000: 301, ENDOFTEXT: ids.pop("a")}))),
        BadFileError,
        f"model/vocab.json: token '{'x' * 40}': expected an id of its own from 0 to 300, got 301",
        "take the model's own vocab.json, which gives each token its row in wte",
    ),
    Case(
        "a line without end",
        csv(content(WPE, "1" * 2_000_001)),
        BadFileError,
        "model/model_wpe.csv: expected at most 1,000,000 bytes a line, got more",
        CSV,
    ),
    Case(
        "more numbers than a sheet has columns",
        csv(content(WPE, "1," * 16_384 + "1\n")),
        BadFileError,
        "model/model_wpe.csv: line 1: expected at most 16,384 numbers, which is what a sheet has, got 16,385",
        CSV,
    ),
    Case(
        "more lines than a sheet has rows",
        csv(content(WPE, "1\n" * 1_048_577)),
        BadFileError,
        "model/model_wpe.csv: expected at most 1,048,576 lines, got 1,048,577 or more",
        CSV,
    ),
]
