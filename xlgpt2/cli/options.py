"""Options of the command line that several commands share, and what they say of a workbook."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from xlgpt2.checkpoint.checkpoint import Precision, locate
from xlgpt2.checkpoint.precision import DTYPES, Dtype
from xlgpt2.designs.controls import CONTROLS
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
FILE_OR_FOLDER = click.Path(path_type=Path)

MODEL = click.option(
    "--model",
    metavar="MODEL",
    help="Checkpoint folder in the Hugging Face layout, or a model of its hub: gpt2, distilgpt2, "
    "owner/name. [default: the shipped model]",
)
REVISION = click.option(
    "--revision",
    metavar="REV",
    help="Branch, tag or commit of a model of the hub. [default: main]",
)

ENGINE = click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default="formulas",
    show_default=True,
    help="What recalculates the file.",
)
TEMPLATES = click.option(
    "--templates",
    type=FOLDER,
    metavar="DIR",
    help="Templates to use in place of the shipped ones.",
)

_CONTROLS = (
    click.option("--new-tokens", type=int, metavar="N", help="How many tokens to write."),
    click.option("--temperature", type=float, metavar="X", help="0: always the most likely token."),
    click.option("--top-k", type=int, metavar="N", help="Draw among so many tokens; 0: all."),
    click.option("--top-p", type=float, metavar="X", help="Draw among this share of probability."),
    click.option("--seed", type=int, metavar="N", help="Another seed gives another draw."),
    click.option("--score/--no-score", default=None, help="How likely the prompt's tokens are."),
)

_DESIGN = (
    MODEL,
    REVISION,
    click.option(
        "--capacity",
        type=int,
        metavar="N",
        help="Rows for tokens. [default: 32; 20 for large models]",
    ),
    click.option(
        "--new-tokens",
        type=int,
        metavar="N",
        help="How many tokens the model can write. [default: 16; 8 for large models]",
    ),
    click.option(
        "--max-bytes",
        type=int,
        metavar="N",
        help="Rows for the prompt's bytes. [default: 6 a token]",
    ),
    click.option(
        "--dtype",
        type=click.Choice(DTYPES),
        default="float32",
        show_default=True,
        help="What weights are rounded to; int8 has a scale for each column.",
    ),
    click.option("--digits", type=int, metavar="N", help="Round weights to N digits, 1 to 9."),
    click.option(
        "--blocks", metavar="A-B", help="Only these blocks, such as 0 or 0-3. [default: all]"
    ),
    click.option(
        "--lean/--every-step",
        default=None,
        help="Whether some steps of a block have no cells of their own, which saves a program "
        "half its memory. [default: lean for large models]",
    ),
    TEMPLATES,
)


@dataclass(frozen=True)
class Wanted:
    """The workbook that the options ask for."""

    model: str | None
    revision: str | None
    capacity: int | None
    new_tokens: int | None
    max_bytes: int | None
    dtype: Dtype
    digits: int | None
    blocks: str | None
    lean: bool | None
    templates: Path | None

    def design(self, split: bool = False) -> Design:
        """The workbook on paper, after notes on stderr of its model; raises XlGpt2Error."""
        decided = design(
            locate(self.model, self.revision),
            self.capacity,
            self.max_bytes,
            self.templates,
            precision=Precision(self.dtype, self.digits),
            blocks=None if self.blocks is None else numbers(self.blocks),
            lean=self.lean,
            split=split,
            new_tokens=self.new_tokens,
        )
        for note in decided.checkpoint.notes:
            click.echo(f"note: {note}", err=True)
        return decided


def control_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the controls of the tab Prompt, which it gets as `controls` by name."""

    @functools.wraps(command)
    def with_controls(**values: Any) -> None:  # noqa: ANN401 - what click read of each option
        given = {name: values.pop(name) for name in ("new_tokens", *CONTROLS)}
        command(controls={n: v for n, v in given.items() if v is not None}, **values)

    for option in reversed(_CONTROLS):
        with_controls = option(with_controls)
    return with_controls


def design_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of a design, which it gets as `wanted`."""

    @functools.wraps(command)
    def with_wanted(**values: Any) -> None:  # noqa: ANN401 - what click read of each option
        names = {field.name for field in fields(Wanted)}
        wanted = Wanted(**{name: values.pop(name) for name in names})
        command(wanted=wanted, **values)

    for option in reversed(_DESIGN):
        with_wanted = option(with_wanted)
    return with_wanted


def numbers(text: str) -> tuple[int, ...]:
    """The blocks that a text such as 0, 0-3 or 0-2,5 names; raises click.UsageError."""
    found: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            found += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise click.UsageError(
            f"--blocks: expected numbers such as 0, 0-3 or 0-2,5, got {text!r}"
        ) from error
    return tuple(found)
