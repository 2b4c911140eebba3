"""The options that describe a workbook: its model and how it is built."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import click

from xlgpt2.checkpoint.checkpoint import locate
from xlgpt2.checkpoint.precision import DTYPES
from xlgpt2.cli.options import MODEL, REVISION, TEMPLATES, Command
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design_with
from xlgpt2.designs.options import Flag, Options, flags, option_name


@dataclass(frozen=True)
class DesignRequest:
    """The options that describe a workbook."""

    model: str | None
    revision: str | None
    templates: Path | None
    options: Options

    def arguments(self) -> list[str]:
        """These options as arguments of `xlgpt2 build`."""
        places = {"model": self.model, "revision": self.revision, "templates": self.templates}
        pairs = [[f"--{name}", str(value)] for name, value in places.items() if value is not None]
        return [*chain.from_iterable(pairs), *self.options.arguments()]

    def design(self) -> Design:
        """The design, after printing notes about its model on stderr; raises XlGpt2Error."""
        decided = design_with(locate(self.model, self.revision), self.options, self.templates)
        for note in decided.checkpoint.notes:
            click.echo(f"note: {note}", err=True)
        return decided


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


def numbers(
    _: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[int, ...] | None:
    """The numbers in a text such as 0, 0-3 or 0-2,5; raises click.UsageError."""
    if text is None:
        return None
    result: list[int] = []
    try:
        for part in text.split(","):
            first, _dash, last = part.partition("-")
            result += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise click.UsageError(
            f"{parameter.opts[0]}: expected numbers such as 0, 0-3 or 0-2,5, got {text!r}"
        ) from error
    return tuple(result)


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
        return click.option(option, metavar="A-B", callback=numbers, help=flag.help)
    return click.option(option, type=int, metavar="N", help=flag.help)
