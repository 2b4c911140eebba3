"""Messages about models whose files would cost too much to read, or hold what no cell can."""

from __future__ import annotations

import safetensors

from hardening.hostile_models import WEIGHTS, deep, other_than_file, raw_config, sparse
from tests.broken_checkpoints import ENDOFTEXT, content, vocabulary
from tests.messages.case import Case, Scene
from tests.messages.checkpoints import broken
from tests.messages.weight_files import WPE, csv
from tests.weight_files import INDEX, as_shards
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError


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
    ),
    Case(
        "config.json is a link to itself",
        broken(other_than_file("config.json", lambda path: path.symlink_to(path))),
        BadFileError,
    ),
    Case(
        "brackets without end in config.json",
        broken(content("config.json", deep(100_000))),
        BadFileError,
    ),
    Case(
        "digits without end in config.json",
        broken(raw_config("n_layer", "9" * 10_000)),
        BadFileError,
    ),
    Case("a terabyte of config.json", broken(sparse("config.json", 1 << 40)), BadFileError),
    Case("a terabyte of an index", a_large_index, BadFileError),
    Case("weights that there are no addresses for", without_addresses, BadFileError),
    Case(
        "a token with half a character",
        broken(vocabulary(lambda ids: ids.update({"a\ud800": ids.pop(ENDOFTEXT)}))),
        BadFileError,
    ),
    Case(
        "a token that no cell holds",
        broken(vocabulary(lambda ids: ids.update({"x" * 40_000: ids.pop(ENDOFTEXT)}))),
        BadFileError,
    ),
    Case(
        "a long token with another id",
        broken(vocabulary(lambda ids: ids.update({"x" * 40_000: 301, ENDOFTEXT: ids.pop("a")}))),
        BadFileError,
    ),
    Case("a line without end", csv(content(WPE, "1" * 2_000_001)), BadFileError),
    Case(
        "more numbers than a sheet has columns",
        csv(content(WPE, "1," * 16_384 + "1\n")),
        BadFileError,
    ),
    Case("more lines than a sheet has rows", csv(content(WPE, "1\n" * 1_048_577)), BadFileError),
]
