"""Command-line options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from xlgpt2.checkpoint.checkpoint import locate
from xlgpt2.checkpoint.precision import DTYPES
from xlgpt2.constants.controls import CONTROLS, Control
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design_with
from xlgpt2.designs.options import Flag, Options, flags, option_name
from xlgpt2.engines import ENGINES

Command = Callable[..., None]

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
FILE_OR_FOLDER = click.Path(path_type=Path)

MODEL = click.option(
    "--model",
    metavar="MODEL",
    help="Checkpoint folder in the Hugging Face layout, or a model on the Hugging Face Hub: "
    "gpt2, distilgpt2, owner/name. [default: the shipped model]",
)
REVISION = click.option(
    "--revision",
    metavar="REV",
    help="Branch, tag or commit of a model on the Hub. [default: main]",
)

ENGINE = click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default="formulas",
    show_default=True,
    help="Engine that recalculates the file.",
)
TEMPLATES = click.option(
    "--templates",
    type=FOLDER,
    metavar="DIR",
    help="Templates to use instead of the shipped ones.",
)


def _control(control: Control) -> Callable[[Command], Command]:
    """The option of a control."""
    if control.takes == "yes or no":
        flag = f"{option_name(control.name)}/--no-{control.name}"
        return click.option(flag, default=None, help=control.help)
    whole = control.takes == "whole number"
    return click.option(
        option_name(control.name),
        type=int if whole else float,
        metavar="N" if whole else "X",
        help=control.help,
    )


def _build_option(name: str, flag: Flag) -> Callable[[Command], Command]:
    """The option of a build option."""
    option = option_name(name)
    if flag.takes == "choice":
        choices, default = click.Choice(DTYPES), getattr(Options, name)
        return click.option(
            option, type=choices, default=default, show_default=True, help=flag.help
        )
    if flag.takes == "yes or no":
        if flag.otherwise:
            return click.option(f"{option}/--{flag.otherwise}", default=None, help=flag.help)
        return click.option(option, is_flag=True, help=flag.help)
    if flag.takes == "blocks":
        return click.option(option, metavar="A-B", callback=_numbers, help=flag.help)
    return click.option(option, type=int, metavar="N", help=flag.help)


@dataclass(frozen=True)
class DesignRequest:
    """The options that describe a workbook."""

    model: str | None
    revision: str | None
    templates: Path | None
    options: Options

    def design(self) -> Design:
        """The design, after printing notes about its model on stderr; raises XlGpt2Error."""
        decided = design_with(locate(self.model, self.revision), self.options, self.templates)
        for note in decided.checkpoint.notes:
            click.echo(f"note: {note}", err=True)
        return decided


def control_options(command: Command) -> Command:
    """Add the controls of the tab Prompt to a command, which gets them by name as `controls`."""

    @functools.wraps(command)
    def with_controls(**values: Any) -> None:  # noqa: ANN401 - click's value of each option
        controls = {control.name: values.pop(control.name) for control in CONTROLS}
        command(controls={n: v for n, v in controls.items() if v is not None}, **values)

    wrapped: Command = with_controls
    for control in reversed(CONTROLS):
        wrapped = _control(control)(wrapped)
    return wrapped


def design_options(*leave_out: str) -> Callable[[Command], Command]:
    """Add the build options, except some, to a command, which gets them as `request`."""
    names = [(name, flag) for name, flag in flags() if name not in leave_out]

    def with_options(command: Command) -> Command:
        @functools.wraps(command)
        def with_request(**values: Any) -> None:  # noqa: ANN401 - click's value of each option
            options = Options(**{name: values.pop(name) for name, _ in names})
            places = {name: values.pop(name) for name in ("model", "revision", "templates")}
            command(request=DesignRequest(options=options, **places), **values)

        wrapped: Command = with_request
        build_options = [_build_option(name, flag) for name, flag in names]
        decorators: list[Callable[[Command], Command]] = [
            MODEL,
            REVISION,
            *build_options,
            TEMPLATES,
        ]
        for option in reversed(decorators):
            wrapped = option(wrapped)
        return wrapped

    return with_options


def _numbers(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """The numbers in a text such as 0, 0-3 or 0-2,5; raises click.UsageError."""
    if text is None:
        return None
    numbers: list[int] = []
    try:
        for part in text.split(","):
            first, _dash, last = part.partition("-")
            numbers += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise click.UsageError(
            f"--blocks: expected numbers such as 0, 0-3 or 0-2,5, got {text!r}"
        ) from error
    return tuple(numbers)
