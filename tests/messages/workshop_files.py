"""Messages about the workshop's own folder: CSV files of the vocabulary, and sizes without config.json."""

from __future__ import annotations

from pathlib import Path

from tests.broken_checkpoints import Change, content, gone
from tests.messages.case import Case, Cause, Scene
from tests.messages.weight_files import line
from tests.random_models import write_random_model
from tests.weight_files import as_workshop
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError, MissingFileError, MissingTensorError

TOKENS, MERGES = "bpe_token_ids.csv", "vocab_bpe.csv"


def workshop(change: Change, head_size: int = 64) -> Cause:
    """The workshop's folder, of one block and one head, is changed and then read."""

    def cause(scene: Scene) -> None:
        folder = write_random_model(
            scene.folder / "model", n_layer=1, n_head=1, head_size=head_size
        )
        change(as_workshop(folder))
        load_checkpoint(folder)

    return cause


def twice(folder: Path) -> None:
    """The bias of the last norm under both of its names."""
    (folder / "model_ln_f_bias.csv").write_bytes((folder / "model_ln_f_b.csv").read_bytes())


def many_blocks(folder: Path) -> None:
    """A file of a block that no model has."""
    (folder / "model_h5000_ln_1_b.csv").write_bytes(b"1")


def bad(what: str, name: str, number: int, text) -> Case:
    """A line of a file is changed."""
    return Case(what, workshop(line(name, number, text)), BadFileError)


CASES = [
    Case("a workshop's folder without tokens", workshop(gone(TOKENS)), MissingFileError),
    Case("a workshop's folder without merges", workshop(gone(MERGES)), MissingFileError),
    Case(
        "heads of another size without config.json", workshop(lambda folder: None, 7), BadFileError
    ),
    Case("CSV files without wpe", workshop(gone("model_wpe.csv")), MissingTensorError),
    Case("a tensor in two CSV files", workshop(twice), BadFileError),
    Case("a CSV file of block 5000", workshop(many_blocks), BadFileError),
    Case("a quote without end", workshop(content(TOKENS, '"a,1\n')), BadFileError),
    bad("a token without id", TOKENS, 5, "x"),
    bad("an id in words", TOKENS, 5, "x,four"),
    bad("an id of another token", TOKENS, 5, "x,3"),
    bad("a token fewer", TOKENS, 5, ""),
    bad("two equal tokens", TOKENS, 5, "!,4"),
    bad("a byte without a token in CSV", TOKENS, 5, "xyz,4"),
    bad("a token longer than a cell in CSV", TOKENS, 301, f"{'x' * 40_000},300"),
    Case("labels and no merges", workshop(content(MERGES, "left,right\n")), BadFileError),
    bad("a merge without a score", MERGES, 3, "a,b"),
    Case("merges of three cells", workshop(content(MERGES, "Ġ,t,1\n")), BadFileError),
    bad("a merge of no token", MERGES, 3, "a,€,1,2"),
    bad("a merge into no token", MERGES, 3, "q,z,1,2"),
    bad("a score in words", MERGES, 3, lambda old: old.rpartition(",")[0] + ",high"),
    bad("two equal scores", MERGES, 3, lambda old: old.rpartition(",")[0] + ",4957"),
]
