"""The command diff: the differences of two workbooks, as lines or JSON, and as exit code."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xlgpt2 import diff as diffing
from xlgpt2.cli.console import progress
from xlgpt2.cli.options import FILE_OR_FOLDER
from xlgpt2.cli.printing import as_json as as_json_text


@click.command()
@click.argument("old", metavar="A.xlsx", type=FILE_OR_FOLDER)
@click.argument("new", metavar="B.xlsx", type=FILE_OR_FOLDER)
@click.option("--all", "everything", is_flag=True, help="List all differences, unabridged.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    """List the tabs, named ranges, formulas and weights that differ between two workbooks.

    The contents of cells and the addresses of named ranges are compared. Formats, widths, charts,
    links, data validation and cached values are ignored. Where ranges have moved or grown, formulas
    are equal if they refer to the same cells of the same ranges. Two folders of split models are
    compared workbook by workbook.

    Exits with 0 if nothing differs, 1 if something differs, 2 if a file can't be read.

    \b
    Example:
      xlgpt2 diff output/tiny.xlsx edited.xlsx
    """
    with progress("comparing") as on_step:
        differences = diffing.diff(old, new, on_step)
    if as_json:
        click.echo(as_json_text(diffing.as_json(differences)))
    else:
        click.echo(diffing.lines(differences, everything))
    sys.exit(0 if differences.same else 1)
