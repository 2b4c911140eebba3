"""The command build: options in, a workbook or a folder of workbooks out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xlgpt2.cli.console import progress
from xlgpt2.cli.destinations import FORCE, check_folder, check_workbook
from xlgpt2.cli.options import FILE_OR_FOLDER, Wanted, design_options
from xlgpt2.commands.build import DEFAULT_PROMPT
from xlgpt2.commands.build import build as build_workbook
from xlgpt2.commands.build_split import build_split
from xlgpt2.commands.prompt_room import room_notes
from xlgpt2.writer.writer import Summary, Writing


@click.command()
@design_options()
@click.option(
    "--prompt",
    default=DEFAULT_PROMPT,
    metavar="TEXT",
    show_default=True,
    help="The text in the prompt cell.",
)
@click.option(
    "--cell-addresses/--no-cell-addresses",
    default=None,
    help="Whether every cell of weights has its address, which a few programs need and which makes "
    "the file half as large again. [default: for up to two million weights]",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many share the work. [default: one for each core]",
)
@click.option(
    "-o",
    "--output",
    type=FILE_OR_FOLDER,
    metavar="FILE",
    help="With --split a folder. [default: output/<model>.xlsx]",
)
@FORCE
def build(
    wanted: Wanted,
    prompt: str,
    cell_addresses: bool | None,
    processes: int | None,
    output: Path | None,
    force: bool,
) -> None:
    """Write a checkpoint as a workbook.

    \b
    Example:
      xlgpt2 build --model my-gpt2 --prompt "Once upon a time" --capacity 16 -o story.xlsx
      xlgpt2 build --model gpt2 --dtype bfloat16 -o gpt2.xlsx
      xlgpt2 build --model gpt2-xl --split -o gpt2-xl
    """
    split = wanted.options.split
    check = check_folder if split else check_workbook
    if output is not None:
        check(output, force)  # before a download, too
    # Before the line on stderr: a download draws progress bars of its own.
    decided = wanted.design()
    name = decided.checkpoint.name
    output = output or Path("output") / (name if split else f"{name}.xlsx")
    check(output, force)
    writing = Writing(processes, cell_addresses)
    for note in room_notes(decided, prompt):
        click.echo(f"note: {note}", err=True)
    with progress("building") as tell:
        if split:
            written = summaries(build_split(decided, output, prompt, tell, writing))
        else:
            written = summary(build_workbook(decided, output, prompt, tell, writing))
    click.echo(written)


def summary(built: Summary) -> str:
    """What was written, one figure a line."""
    return "\n".join(
        [
            f"wrote    {built.path}",
            f"tabs     {built.tabs:,}",
            f"ranges   {built.ranges:,}",
            f"formulas {built.formulas:,}",
            f"weights  {built.weights:,}",
            f"bytes    {built.bytes:,}",
            f"seconds  {built.seconds:.1f}",
        ]
    )


def summaries(built: Sequence[Summary]) -> str:
    """The workbooks of a split model, one a line."""
    return "\n".join(
        [
            f"wrote    {built[0].path.parent}",
            *(f"         {one.path.name:<18}{one.bytes:>14,} bytes" for one in built),
            f"formulas {sum(one.formulas for one in built):,}",
            f"weights  {sum(one.weights for one in built):,}",
            f"bytes    {sum(one.bytes for one in built):,}",
            f"seconds  {sum(one.seconds for one in built):.1f}",
        ]
    )
