"""Messages about a workbook that can't be built: its sizes, its prompt, and where it should go."""

from __future__ import annotations

import sys

import numpy as np
from click import UsageError

from tests.broken_checkpoints import tensor
from tests.messages.case import Case, Cause, Scene, command
from tests.random_models import write_random_model
from xlgpt2 import Precision, Writing, build, build_split, design
from xlgpt2.errors import LimitError, PromptError, WorkbookError
from xlgpt2.writer import writer


def designed(**options: object) -> Cause:
    """A workbook of the model that cases share: 12 positions, 2 blocks."""
    return lambda scene: design(scene.workbook_model, **options)


def built_with(prompt: str) -> Cause:
    """A small workbook with a prompt."""
    return lambda scene: build(design(scene.workbook_model, 4), prompt=prompt)


def many_columns(scene: Scene) -> None:
    """12 heads of 1024 tokens each, side by side."""
    model = write_random_model(scene.folder / "model", n_head=12, head_size=2, n_positions=1024)
    design(model, capacity=1024, max_bytes=1024)


def large_weight(dtype: str, weight: float) -> Cause:
    """A weight that is too large for the dtype that it shall be rounded to."""

    def cause(scene: Scene) -> None:
        model = scene.model()
        tensor("ln_f.bias", np.full(15, weight, dtype=np.float32))(model)
        build(design(model, 1, new_tokens=0, precision=Precision(dtype)))  # type: ignore[arg-type]

    return cause


def below_a_file(*options: str) -> Cause:
    """A file stands where a folder should be made."""

    def cause(scene: Scene) -> None:
        (scene.folder / "notes").write_text("")
        line = ["build", "--model", "MODEL", "--capacity", "2", "--prompt", "a", *options]
        command(*line)(scene)

    return cause


def among_others(scene: Scene) -> None:
    """A workbook of somebody else is in the folder."""
    folder = scene.folder / "books"
    folder.mkdir()
    (folder / "budget.xlsx").write_text("mine")
    build_split(design(scene.workbook_model, split=True), folder)


def a_process_that_dies(scene: Scene) -> None:
    """Processes are made of a program that ends at once, and used for a small workbook."""
    scene.monkeypatch.setattr(writer, "_WORTH_PROCESSES", 0)
    scene.monkeypatch.setattr(sys, "executable", "/bin/false")
    build(design(scene.workbook_model, 4), writing=Writing(2))


CASES = [
    Case(
        "a capacity that the model has no positions for",
        command("build", "--model", "MODEL", "--capacity", "13"),
        LimitError,
        "capacity: expected 1 to 12 tokens (n_positions of model), got 13",
        "choose another --capacity; the model has an embedding for that many positions",
    ),
    Case(
        "no capacity",
        designed(capacity=0),
        LimitError,
        "capacity: expected 1 to 12 tokens (n_positions of model), got 0",
        "choose another --capacity; the model has an embedding for that many positions",
    ),
    Case(
        "no room for bytes",
        designed(max_bytes=0),
        LimitError,
        "max_bytes: expected at least 1, got 0",
        "choose another --max-bytes; every character of a prompt takes 1 to 4 bytes",
    ),
    Case(
        "less than no new tokens",
        designed(new_tokens=-1),
        LimitError,
        "new_tokens: expected 0 or more, got -1",
        "choose another --new-tokens",
    ),
    Case(
        "new tokens in a split model",
        designed(new_tokens=2, split=True),
        LimitError,
        "new_tokens: expected at most 1 in a split model, got 2",
        "leave out --new-tokens: each token would have to go through all workbooks again",
    ),
    Case(
        "more columns than a sheet has: heads times tokens",
        many_columns,
        LimitError,
        "range h_0_attn_softmax_7 on tab 'h0 attention': expected at most 1,048,576 rows and 16,384 columns, got row 1,048 and column 16,642",
        "build with a smaller --capacity or --max-bytes",
    ),
    Case(
        "more rows than a sheet has: bytes of a prompt",
        designed(max_bytes=1_100_000),
        LimitError,
        "range character_start on tab 'Characters': expected at most 1,048,576 rows and 16,384 columns, got row 1,100,009 and column 3",
        "build with a smaller --capacity or --max-bytes",
    ),
    Case(
        "a block that the model lacks",
        command("build", "--model", "MODEL", "--blocks", "1-2"),
        LimitError,
        "blocks: expected some of 0 to 1 in ascending order, got 1, 2",
        "choose other --blocks, such as 0-3 or 0,2",
    ),
    Case(
        "no blocks",
        designed(blocks=()),
        LimitError,
        "blocks: expected some of 0 to 1 in ascending order, got none",
        "choose other --blocks, such as 0-3 or 0,2",
    ),
    Case(
        "blocks in another order",
        designed(blocks=(1, 0)),
        LimitError,
        "blocks: expected some of 0 to 1 in ascending order, got 1, 0",
        "choose other --blocks, such as 0-3 or 0,2",
    ),
    Case(
        "blocks that are no numbers",
        command("build", "--blocks", "first"),
        UsageError,
        "--blocks: expected numbers such as 0, 0-3 or 0-2,5, got 'first'",
        "run xlgpt2 build --help",
    ),
    Case(
        "no digits",
        command("build", "--digits", "0"),
        LimitError,
        "digits: expected 1 to 9, got 0",
        "choose --digits 1 to 9, or leave it out for as few as name each float32",
    ),
    Case(
        "more digits than a float32 has",
        lambda scene: Precision("float32", 10),
        LimitError,
        "digits: expected 1 to 9, got 10",
        "choose --digits 1 to 9, or leave it out for as few as name each float32",
    ),
    Case(
        "a weight that no float16 is",
        large_weight("float16", 100_000),
        LimitError,
        "dtype: expected weights that float16 can hold, got 100000",
        "choose --dtype float32, which holds them all",
    ),
    Case(
        "a weight that no bfloat16 is",
        large_weight("bfloat16", 3.4e38),
        LimitError,
        "dtype: expected weights that bfloat16 can hold, got 3.4e+38",
        "choose --dtype float32, which holds them all",
    ),
    Case(
        "a prompt that no cell holds",
        built_with("x" * 32_768),
        LimitError,
        "prompt: expected at most 32,767 characters, which is what a cell holds, got 32,768",
        "shorten the prompt",
    ),
    Case(
        "emoji, which count twice, that no cell holds",
        built_with("\U0001f600" * 16_384),
        LimitError,
        "prompt: expected at most 32,767 characters, which is what a cell holds, got 32,768",
        "shorten the prompt",
    ),
    Case(
        "half a character in the prompt of a workbook",
        built_with("a\udcff"),
        PromptError,
        "prompt: expected whole characters, got half of one, '\\udcff'",
        "give a text in the encoding of the terminal, such as UTF-8",
    ),
    Case(
        "a file in the way of a workbook",
        below_a_file("-o", "notes/a.xlsx"),
        WorkbookError,
        "workbook notes/a.xlsx: expected a file that can be written, got File exists",
        "choose another place with -o, or free some space",
    ),
    Case(
        "a file in the way of a split model",
        below_a_file("--split", "-o", "notes/a"),
        WorkbookError,
        "folder notes/a: expected one that can be written, got Not a directory",
        "choose another place with -o",
    ),
    Case(
        "another workbook in the folder of a split model",
        among_others,
        WorkbookError,
        "folder books: expected no other workbooks, got budget.xlsx",
        "choose another folder with -o",
    ),
    Case(
        "a process that dies while it packs",
        a_process_that_dies,
        WorkbookError,
        "workbook: expected an answer of the process that packs it, got none (it ended with status 1)",
        "free some memory, or build with --processes 1",
    ),
]
