"""The command build: writes a workbook, or a folder of workbooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xlgpt2.cli.console import progress
from xlgpt2.cli.design_options import DesignRequest, design_options
from xlgpt2.cli.destinations import FORCE, check_folder, check_workbook
from xlgpt2.cli.options import FILE_OR_FOLDER
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
    help="Text of the prompt cell.",
)
@click.option(
    "--cell-addresses/--no-cell-addresses",
    default=None,
    help="Whether to write the address of every cell of the weights, which a few programs "
    "need; the file grows by half. [default: for up to two million weights]",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of worker processes. [default: one per core]",
)
@click.option(
    "-o",
    "--output",
    type=FILE_OR_FOLDER,
    metavar="FILE",
    help="File to write; with --split, a folder. [default: output/<model>.xlsx]",
)
@FORCE
def build(
    request: DesignRequest,
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
    split = request.options.split
    check = check_folder if split else check_workbook
    if output is not None:
        check(output, force)  # before a download
    # Before the progress line: a download shows its own progress bars.
    decided = request.design()
    name = decided.checkpoint.name
    output = output or Path("output") / (name if split else f"{name}.xlsx")
    check(output, force)
    writing = Writing(processes, cell_addresses)
    for note in room_notes(decided, prompt):
        click.echo(f"note: {note}", err=True)
    with progress("building") as on_step:
        if split:
            text = summaries(build_split(decided, output, prompt, on_step, writing))
        else:
            text = summary(build_workbook(decided, output, prompt, on_step, writing))
    click.echo(text)


def summary(built: Summary) -> str:
    """The result, one figure per line."""
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
    """The workbooks of a split model, one per line."""
    return "\n".join(
        [
            f"wrote    {built[0].path.parent}",
            *(f"         {book.path.name:<18}{book.bytes:>14,} bytes" for book in built),
            f"formulas {sum(book.formulas for book in built):,}",
            f"weights  {sum(book.weights for book in built):,}",
            f"bytes    {sum(book.bytes for book in built):,}",
            f"seconds  {sum(book.seconds for book in built):.1f}",
        ]
    )
