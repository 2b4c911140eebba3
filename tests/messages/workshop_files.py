"""Messages about the workshop's own folder: CSV files of the vocabulary, and sizes without config.json."""

from __future__ import annotations

from pathlib import Path

from tests.broken_checkpoints import Change, content, gone
from tests.messages.case import Case, Cause, Scene
from tests.messages.checkpoints import COMPARE
from tests.messages.weight_files import line
from tests.random_models import write_random_model
from tests.weight_files import as_workshop
from xlgpt2.checkpoint.checkpoint import load_checkpoint
from xlgpt2.errors import BadFileError, MissingFileError, MissingTensorError

TOKENS, MERGES = "bpe_token_ids.csv", "vocab_bpe.csv"

BOTH = "copy bpe_token_ids.csv and vocab_bpe.csv of the workshop into the folder, or vocab.json and merges.txt"
TOKEN_LINES = "write a token and its id a line, a token with commas or quotes in quotes"
MERGE_LINES = "write the two parts of a merge a line, in the order of ranks; or with a score in column 4, the highest first"
CHANGED = "a spreadsheet program may have changed tokens: take the file as it was published"
QUOTES = "write it as CSV, with quotes around cells that have commas or quotes in them"
CONFIG = 'write a config.json: {"model_type": "gpt2", "n_layer": ..., "n_head": ..., "n_embd": ..., "n_positions": ..., "vocab_size": ...}'
ALL_FILES = "copy all CSV files of the model into the folder, or its config.json"


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


def bad(what: str, name: str, number: int, text, said: str, hint: str) -> Case:
    """A line of a file is changed."""
    return Case(
        what, workshop(line(name, number, text)), BadFileError, f"model/{name}: {said}", hint
    )


CASES = [
    Case("a workshop's folder without tokens", workshop(gone(TOKENS)), MissingFileError, f"model/{TOKENS}: expected a file, got none", BOTH),
    Case("a workshop's folder without merges", workshop(gone(MERGES)), MissingFileError, f"model/{MERGES}: expected a file, got none", BOTH),
    Case("heads of another size without config.json", workshop(lambda folder: None, 7), BadFileError, "model: expected config.json, or heads of 64 columns, got none and wte with 7 columns", CONFIG),
    Case("CSV files without wpe", workshop(gone("model_wpe.csv")), MissingTensorError, "model: wpe.weight: expected its CSV file, which sizes are taken from, got none", ALL_FILES),
    Case("a tensor in two CSV files", workshop(twice), BadFileError, "model: ln_f.bias: expected one CSV file, got model_ln_f_b.csv and model_ln_f_bias.csv", "remove the one that is not the model's"),
    Case("a CSV file of block 5000", workshop(many_blocks), BadFileError, "model: n_layer: expected to be less than or equal to 1000, got 5001", COMPARE),
    Case("a quote without end", workshop(content(TOKENS, '"a,1\n')), BadFileError, f"model/{TOKENS}: line 1: expected cells with commas between, got: unexpected end of data", QUOTES),
    bad("a token without id", TOKENS, 5, "x", "line 5: expected a token and its id, got ('x',)", TOKEN_LINES),
    bad("an id in words", TOKENS, 5, "x,four", "line 5: column 2: expected an id of its own from 0 to 300, got 'four'", TOKEN_LINES),
    bad("an id of another token", TOKENS, 5, "x,3", "line 5: column 2: expected an id of its own from 0 to 300, got '3'", TOKEN_LINES),
    bad("a token fewer", TOKENS, 5, "", "expected 301 tokens, as many as wte has rows, got 300", f"take {TOKENS} and the weights from one and the same model"),
    bad("two equal tokens", TOKENS, 5, "!,4", "token '!': expected one id, got 0 and 4", CHANGED),
    bad("a byte without a token in CSV", TOKENS, 5, "xyz,4", "expected a token for byte 0x25 ('%'), got none", CHANGED),
    bad("a token longer than a cell in CSV", TOKENS, 301, f"{'x' * 40_000},300", "token 300: expected at most 32,767 characters, which is what a cell holds, got 40,000", TOKEN_LINES),
    Case("labels and no merges", workshop(content(MERGES, "left,right\n")), BadFileError, f"model/{MERGES}: expected at least one merge, got none", MERGE_LINES),
    bad("a merge without a score", MERGES, 3, "a,b", "line 3: expected 4 cells, got 2", MERGE_LINES),
    Case("merges of three cells", workshop(content(MERGES, "Ġ,t,1\n")), BadFileError, f"model/{MERGES}: line 1: expected 2 cells, got 3", MERGE_LINES),
    bad("a merge of no token", MERGES, 3, "a,€,1,2", f"line 3: column 2: expected a token of {TOKENS}, got '€'", f"take {TOKENS} and {MERGES} from one and the same model"),
    bad("a merge into no token", MERGES, 3, "q,z,1,2", f"line 3: both columns: expected a token of {TOKENS}, got 'qz'", f"take {TOKENS} and {MERGES} from one and the same model"),
    bad("a score in words", MERGES, 3, lambda old: old.rpartition(",")[0] + ",high", "line 3: column 4: expected a score, got 'high'", MERGE_LINES),
    bad("two equal scores", MERGES, 3, lambda old: old.rpartition(",")[0] + ",4957", "line 3: column 4: expected a score of its own, got '4957' again", MERGE_LINES),
]  # fmt: skip
