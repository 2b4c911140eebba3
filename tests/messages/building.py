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
    build(design(scene.workbook_model, 4, 7, new_tokens=1), writing=Writing(2))


def resumed_otherwise(scene: Scene) -> None:
    """A folder has a part of a model of another capacity."""
    build_split(design(scene.workbook_model, 4, split=True), scene.folder / "b", "a", parts=[2])
    line = ["build", "--model", "MODEL", "--split", "--capacity", "5", "--resume"]
    command(*line, "--prompt", "a", "-o", "b")(scene)


def a_job_that_dies(scene: Scene) -> None:
    """A workbook is built by a program that ends at once."""
    scene.monkeypatch.setattr(sys, "executable", "/bin/false")
    line = ["build", "--model", "MODEL", "--split", "--jobs", "2", "--parts", "3"]
    command(*line, "--prompt", "a", "-o", "b")(scene)


CASES = [
    Case(
        "a capacity that the model has no positions for",
        command("build", "--model", "MODEL", "--capacity", "13"),
        LimitError,
    ),
    Case("no capacity", designed(capacity=0), LimitError),
    Case("no room for bytes", designed(max_bytes=0), LimitError),
    Case("less than no new tokens", designed(new_tokens=-1), LimitError),
    Case("new tokens in a split model", designed(new_tokens=2, split=True), LimitError),
    Case("more columns than a sheet has: heads times tokens", many_columns, LimitError),
    Case(
        "more rows than a sheet has: bytes of a prompt", designed(max_bytes=1_100_000), LimitError
    ),
    Case(
        "a block that the model lacks",
        command("build", "--model", "MODEL", "--blocks", "1-2"),
        LimitError,
    ),
    Case("no blocks", designed(blocks=()), LimitError),
    Case("blocks in another order", designed(blocks=(1, 0)), LimitError),
    Case("blocks that are no numbers", command("build", "--blocks", "first"), UsageError),
    Case("no digits", command("build", "--digits", "0"), LimitError),
    Case("more digits than a float32 has", lambda scene: Precision("float32", 10), LimitError),
    Case("a weight that no float16 is", large_weight("float16", 100_000), LimitError),
    Case("a weight that no bfloat16 is", large_weight("bfloat16", 3.4e38), LimitError),
    Case("a prompt that no cell holds", built_with("x" * 32_768), LimitError),
    Case(
        "emoji, which count twice, that no cell holds",
        built_with("\U0001f600" * 16_384),
        LimitError,
    ),
    Case("half a character in the prompt of a workbook", built_with("a\udcff"), PromptError),
    Case("a file in the way of a workbook", below_a_file("-o", "notes/a.xlsx"), WorkbookError),
    Case(
        "a file in the way of a split model",
        below_a_file("--split", "-o", "notes/a"),
        WorkbookError,
    ),
    Case("another workbook in the folder of a split model", among_others, WorkbookError),
    Case("jobs for a single workbook", command("build", "--jobs", "2"), UsageError),
    Case(
        "a part that a split model lacks",
        command(
            "build", "--model", "MODEL", "--prompt", "a", "--split", "--parts", "4-5", "-o", "b"
        ),
        LimitError,
    ),
    Case(
        "a part that a resumed build lacks",
        command(
            "build", "--model", "MODEL", "--split", "--resume", "--parts", "0", "--prompt", "a"
        ),
        LimitError,
    ),
    Case("a part that was built with other options", resumed_otherwise, WorkbookError),
    Case("a program for a part that ends without a message", a_job_that_dies, WorkbookError),
    Case(
        "a program for a part that can't write it",
        below_a_file("--split", "--jobs", "2", "--parts", "3", "-o", "notes/a"),
        WorkbookError,
    ),
    Case("a process that dies while it packs", a_process_that_dies, WorkbookError),
]
