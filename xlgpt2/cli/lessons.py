"""The command lessons: writes the lessons workbook."""

from __future__ import annotations

from pathlib import Path

import click

from xlgpt2.cli.build import summary
from xlgpt2.cli.console import progress
from xlgpt2.cli.destinations import FORCE, check_workbook
from xlgpt2.cli.options import FILE, TEMPLATES
from xlgpt2.commands.lessons import DEFAULT_PATH
from xlgpt2.commands.lessons import lessons as write_lessons


@click.command()
@TEMPLATES
@click.option(
    "-o",
    "--output",
    type=FILE,
    default=DEFAULT_PATH,
    metavar="FILE",
    show_default=True,
    help="File to write.",
)
@FORCE
def lessons(templates: Path | None, output: Path, force: bool) -> None:
    """Write a workbook of lessons: how a language model works, with exercises.

    \b
    Example:
      xlgpt2 lessons -o lessons.xlsx
      xlgpt2 verify lessons.xlsx
    """
    check_workbook(output, force)
    with progress("building") as on_step:
        written = write_lessons(output, templates, on_step)
    click.echo(summary(written))
