"""The command build: writes a workbook, or a folder of workbooks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from xlgpt2.cli.console import progress
from xlgpt2.cli.design_options import DesignRequest, design_options, numbers
from xlgpt2.cli.destinations import FORCE, check_folder, check_workbook
from xlgpt2.cli.options import FILE_OR_FOLDER
from xlgpt2.commands.build import DEFAULT_PROMPT
from xlgpt2.commands.build import build as build_workbook
from xlgpt2.commands.build_jobs import build_in_jobs
from xlgpt2.commands.build_split import build_split, part_names, parts_to_build
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
    "--parts",
    metavar="A-B",
    callback=numbers,
    help="With --split, write only these workbooks of the folder, such as 1 or 2-13,50; other "
    "programs or machines can write the others.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    show_default=True,
    help="With --split, number of workbooks written at a time, each by a program of its own.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="With --split, keep the workbooks that the folder has already.",
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
    parts: tuple[int, ...] | None,
    jobs: int,
    resume: bool,
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
    if not split and (parts is not None or jobs > 1 or resume):
        raise click.UsageError("--parts, --jobs and --resume: expected --split, got none")
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
        if not split:
            text = summary(build_workbook(decided, output, prompt, on_step, writing))
        elif jobs > 1 or resume:
            todo = parts_to_build(decided, output, parts, resume)
            arguments = [*request.arguments(), *_arguments(prompt, writing, output, jobs)]
            build_in_jobs(arguments, todo, jobs, on_step)
            text = folder_summary(output, part_names(decided))
        else:
            text = summaries(build_split(decided, output, prompt, on_step, writing, parts))
    click.echo(text)


def _arguments(prompt: str, writing: Writing, output: Path, jobs: int) -> list[str]:
    """The options of a program that writes one workbook, besides those of its design."""
    processes = writing.processes or max(1, (os.cpu_count() or 1) // jobs)
    addresses = {None: [], True: ["--cell-addresses"], False: ["--no-cell-addresses"]}
    return [
        *("--prompt", prompt, "--processes", str(processes), "-o", str(output), "--force"),
        *addresses[writing.cell_addresses],
    ]


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


def _file_line(name: str, size: int) -> str:
    return f"         {name:<18}{size:>14,} bytes"


def folder_summary(folder: Path, names: Sequence[str]) -> str:
    """The workbooks in a split model's folder, one per line; some may be missing."""
    sizes = {name: (folder / name).stat().st_size for name in names if (folder / name).exists()}
    return "\n".join(
        [
            f"wrote    {folder}",
            *(_file_line(name, size) for name, size in sizes.items()),
            f"bytes    {sum(sizes.values()):,}",
        ]
    )


def summaries(built: Sequence[Summary]) -> str:
    """The workbooks of a split model, one per line."""
    return "\n".join(
        [
            f"wrote    {built[0].path.parent}",
            *(_file_line(book.path.name, book.bytes) for book in built),
            f"formulas {sum(book.formulas for book in built):,}",
            f"weights  {sum(book.weights for book in built):,}",
            f"bytes    {sum(book.bytes for book in built):,}",
            f"seconds  {sum(book.seconds for book in built):.1f}",
        ]
    )
