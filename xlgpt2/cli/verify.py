"""The command verify: compares a workbook with the reference; its exit code is the verdict."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xlgpt2.checkpoint.checkpoint import locate
from xlgpt2.cli.console import progress
from xlgpt2.cli.control_options import control_options
from xlgpt2.cli.destinations import FORCE, check_report, write_report
from xlgpt2.cli.options import FILE, FILE_OR_FOLDER, MODEL, REVISION, TEMPLATES
from xlgpt2.cli.printing import as_json as as_json_text
from xlgpt2.commands.verify import verify as verify_workbook
from xlgpt2.engines import ENGINES
from xlgpt2.verification import report


@click.command()
@click.argument("file", type=FILE_OR_FOLDER)
@MODEL
@REVISION
@TEMPLATES
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    metavar="TEXT",
    help="Prompt to verify with; repeatable. [default: the file's]",
)
@click.option(
    "--engine",
    type=click.Choice([*ENGINES, "all", "installed"]),
    default="installed",
    show_default=True,
    help="Engine that recalculates the file; installed: formulas, libreoffice and ironcalc "
    "where installed; all: also cellrune and gnumeric, and a missing engine is a failure.",
)
@click.option(
    "--probe/--no-probe",
    default=None,
    help="Whether to add inputs that reach what one prompt does not. [default: for small "
    "models, if no prompt and no control is given]",
)
@control_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--report", "report_file", type=FILE, metavar="FILE.md", help="Also write a Markdown report."
)
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
    located = locate(model, revision)  # before the progress line, as in build
    with progress("verifying") as on_step:
        result = verify_workbook(
            file, located, prompts, engine, on_step, None, controls, probe, templates
        )
    if report_file is not None:
        write_report(report_file, report.markdown(result))
    if as_json:
        click.echo(as_json_text(report.as_json(result)))
    else:
        click.echo(report.lines(result))
    sys.exit(report.exit_code(result))
