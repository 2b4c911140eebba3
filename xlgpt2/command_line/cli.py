"""The command line: options in, exit code out; data on stdout, progress on stderr.

Exit codes: 0 done or verified, 1 differences found, 2 could not run.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xlgpt2 import __version__, report
from xlgpt2 import check as checking
from xlgpt2.building import DEFAULT_PROMPT
from xlgpt2.building import build as build_workbook
from xlgpt2.checkpoint.checkpoint import locate
from xlgpt2.command_line import listing
from xlgpt2.command_line.console import progress
from xlgpt2.command_line.ending import exit_codes
from xlgpt2.command_line.file_commands import bake, diff
from xlgpt2.command_line.options import (
    ENGINE,
    FILE,
    FILE_OR_FOLDER,
    MODEL,
    REVISION,
    TEMPLATES,
    Wanted,
    control_options,
    design_options,
)
from xlgpt2.command_line.output import as_json as as_json_text
from xlgpt2.command_line.outputs import (
    FORCE,
    check_folder,
    check_report,
    check_workbook,
    write_report,
)
from xlgpt2.engines import ENGINES
from xlgpt2.errors import on_one_line
from xlgpt2.room import room_notes
from xlgpt2.split import build_split
from xlgpt2.workbook.writer import Writing


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="xlgpt2")
@click.pass_context
def cli(context: click.Context) -> None:
    """GPT-2 as a spreadsheet: build the workbook, run it, verify it.

    \b
    Example:
      xlgpt2 build -o gpt2.xlsx
      xlgpt2 run gpt2.xlsx --prompt "Mike is quick. He moves"
      xlgpt2 verify gpt2.xlsx
      xlgpt2 bake gpt2.xlsx

    Exit codes: 0 done or verified, 1 differences found, 2 could not run; 128 and the number of a
    signal that ended it.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@design_options
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
    "--split",
    is_flag=True,
    help="Write a folder of workbooks, one for each block, where one is too large for a program.",
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
    split: bool,
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
    check = check_folder if split else check_workbook
    if output is not None:
        check(output, force)  # before a download, too
    # Before the line on stderr: a download draws progress bars of its own.
    decided = wanted.design(split)
    name = decided.checkpoint.name
    output = output or Path("output") / (name if split else f"{name}.xlsx")
    check(output, force)
    writing = Writing(processes, cell_addresses)
    for note in room_notes(decided, prompt):
        click.echo(f"note: {note}", err=True)
    with progress("building") as tell:
        if split:
            written = listing.summaries(build_split(decided, output, prompt, tell, writing))
        else:
            written = listing.summary(build_workbook(decided, output, prompt, tell, writing))
    click.echo(written)


@cli.command()
@click.argument("file", type=FILE_OR_FOLDER)
@click.option("--prompt", metavar="TEXT", help="Typed into the prompt cell. [default: the file's]")
@click.option("--token-ids", metavar="I,J,...", help="Typed over the token column instead.")
@ENGINE
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    metavar="K",
    show_default=True,
    help="How many of the likeliest tokens to print.",
)
@control_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    file: Path,
    prompt: str | None,
    token_ids: str | None,
    engine: str,
    top: int,
    controls: dict[str, float],
    as_json: bool,
) -> None:
    """Recalculate a workbook in an engine and print what it predicts.

    \b
    Example:
      xlgpt2 run output/tiny.xlsx --prompt "The capital of France is" --engine libreoffice --top 3
    """
    if prompt is not None and token_ids is not None:
        raise click.UsageError("--prompt and --token-ids: expected one of them, got both")
    with progress(f"recalculating in {engine}") as tell:
        prediction = checking.run(file, prompt, _ids(token_ids), engine, top, tell, controls)
    for note in prediction.notes:
        click.echo(f"note: {on_one_line(note)}", err=True)
    if as_json:
        click.echo(as_json_text(prediction.as_json()))
    else:
        click.echo(listing.prediction(prediction))


@cli.command()
@click.argument("file", type=FILE_OR_FOLDER)
@MODEL
@REVISION
@TEMPLATES
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    metavar="TEXT",
    help="May be given more than once. [default: the file's]",
)
@click.option(
    "--engine",
    type=click.Choice([*ENGINES, "all", "installed"]),
    default="installed",
    show_default=True,
    help="What recalculates the file: those that are installed (but for gnumeric, which is slow), "
    "or all, where a missing one is a failure.",
)
@click.option(
    "--probe/--no-probe",
    default=None,
    help="Whether inputs are typed that reach what one prompt does not. [default: for small "
    "models, where no prompt and no control is given]",
)
@control_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--report", "report_file", type=FILE, metavar="FILE.md", help="Also write a report.")
@FORCE
def verify(
    file: Path,
    model: str | None,
    revision: str | None,
    templates: Path | None,
    prompts: tuple[str, ...],
    engine: str,
    probe: bool | None,
    controls: dict[str, float],
    as_json: bool,
    report_file: Path | None,
    force: bool,
) -> None:
    """Recalculate a workbook and compare every named range with the numpy reference.

    Exits with 0 if all agree, 1 if something differs, 2 if an engine could not run.

    \b
    Example:
      xlgpt2 verify output/tiny.xlsx --prompt "Anna is slow. She walks" --engine all
    """
    if report_file is not None:
        check_report(report_file, force)
    found = locate(model, revision)  # before the spinner, as in build
    with progress("verifying") as tell:
        result = checking.verify(
            file, found, prompts, engine, tell, None, controls, probe, templates
        )
    if report_file is not None:
        write_report(report_file, report.markdown(result))
    if as_json:
        click.echo(as_json_text(report.as_json(result)))
    else:
        click.echo(report.lines(result))
    sys.exit(report.exit_code(result))


@cli.command()
@click.argument("stage", required=False)
@design_options
def show(wanted: Wanted, stage: str | None) -> None:
    """Print the plan of a workbook without building it: all tabs, or the ranges of one.

    \b
    Example:
      xlgpt2 show "h0 attention"
    """
    click.echo(listing.plan(wanted.design(), stage))


@cli.command()
def doctor() -> None:
    """Say which engines are here, their versions, and how to get what is missing.

    \b
    Example:
      xlgpt2 doctor
    """
    click.echo(listing.engines())


cli.add_command(bake)
cli.add_command(diff)


def _ids(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.UsageError(
            f"--token-ids: expected whole numbers with commas, got {text!r}"
        ) from error


def main() -> None:
    """The entry point: runs a command and turns errors into one line, a hint and exit code 2."""
    with exit_codes():
        cli.main(prog_name="xlgpt2", standalone_mode=False)
