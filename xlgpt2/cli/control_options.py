"""The options for the controls of the tab Prompt."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from xlgpt2.cli.options import Command
from xlgpt2.constants.controls import CONTROLS, Control
from xlgpt2.designs.options import option_name


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
