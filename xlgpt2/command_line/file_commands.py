"""Commands on workbooks that are there: an engine's results stored in one, two compared."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xlgpt2 import diff as diffing
from xlgpt2.bake import bake as bake_workbook
from xlgpt2.command_line import listing
from xlgpt2.command_line.console import progress
from xlgpt2.command_line.options import ENGINE, FILE, FILE_OR_FOLDER
from xlgpt2.command_line.output import as_json as as_json_text
from xlgpt2.command_line.outputs import FORCE, check_workbook


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
    """Store what an engine computes from the formulas in their cells.

    Programs that compute nothing then show numbers: previewers, pandas, phones. Results that were
    stored before are replaced and count for nothing; so do those stored here, for verify and run.
    Exits with 0 if they are stored, 2 if not; then the old file is still there.

    \b
    Example:
      xlgpt2 bake output/tiny.xlsx --engine libreoffice -o output/tiny-baked.xlsx
    """
    if output is not None:
        check_workbook(output, force, (".xlsx", file.suffix.lower()))
    with progress("baking") as tell:
        baked = bake_workbook(file, engine, output, tell)
    click.echo(listing.baked(baked))


@click.command()
@click.argument("old", metavar="A.xlsx", type=FILE_OR_FOLDER)
@click.argument("new", metavar="B.xlsx", type=FILE_OR_FOLDER)
@click.option("--all", "everything", is_flag=True, help="List all differences, in full.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(old: Path, new: Path, everything: bool, as_json: bool) -> None:
    """Say which tabs, named ranges, formulas and weights differ between two workbooks.

    What cells hold counts, and where named ranges are. Formats, widths, charts, links and rules for
    typing don't count, nor do the results that a file has for its formulas. Where ranges have moved
    or grown, formulas are the same if they mean the same cells of the same ranges. Two folders of
    split models are compared workbook by workbook.

    Exits with 0 if both say the same, 1 if something differs, 2 if a file can't be read.

    \b
    Example:
      xlgpt2 diff output/tiny.xlsx edited.xlsx
    """
    with progress("comparing") as tell:
        found = diffing.diff(old, new, tell)
    if as_json:
        click.echo(as_json_text(diffing.as_json(found)))
    else:
        click.echo(diffing.lines(found, everything))
    sys.exit(0 if found.same else 1)
