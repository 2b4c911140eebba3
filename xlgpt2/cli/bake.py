"""The command bake: cached values, computed by an engine and written into a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from xlgpt2.cli.console import progress
from xlgpt2.cli.destinations import FORCE, check_workbook
from xlgpt2.cli.options import ENGINE, FILE, FILE_OR_FOLDER
from xlgpt2.commands.bake import BakeSummary
from xlgpt2.commands.bake import bake as bake_workbook


@click.command()
@click.argument("file", type=FILE_OR_FOLDER)
@ENGINE
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="OUT.xlsx",
    help="Write another file. [default: FILE itself is replaced]",
)
@FORCE
def bake(file: Path, engine: str, output: Path | None, force: bool) -> None:
    """Recalculate a workbook in an engine and store the results as cached values.

    Programs without formula support then show numbers: previewers, pandas, phones. Earlier cached
    values are ignored and replaced; verify and run ignore cached values, too.
    Exits with 0 if they are stored, 2 if not; then the file is unchanged.

    \b
    Example:
      xlgpt2 bake output/tiny.xlsx --engine libreoffice -o output/tiny-baked.xlsx
    """
    if output is not None:
        check_workbook(output, force, (".xlsx", file.suffix.lower()))
    with progress("baking") as on_step:
        result = bake_workbook(file, engine, output, on_step)
    click.echo(summary(result))


def summary(result: BakeSummary) -> str:
    """The result, one figure per line."""
    return "\n".join(
        [
            f"baked    {result.path}",
            f"engine   {result.engine}",
            f"formulas {result.formulas:,}",
            f"cells    {result.values:,}",
            f"bytes    {result.bytes:,}",
            f"seconds  {result.seconds:.1f}",
        ]
    )
