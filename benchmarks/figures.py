"""Figures: how they are printed for people and kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = Callable[[Callable[..., None]], Callable[..., None]]


def table(figures: Sequence[DataclassInstance], form: str = ".2f") -> str:
    """The figures as lines for people; `form` is that of numbers with a fraction."""
    return str(
        pd.DataFrame([asdict(figure) for figure in figures]).to_markdown(
            index=False, floatfmt=form, intfmt=","
        )
    )


def show_and_keep(
    figures: Sequence[DataclassInstance],
    output: Path,
    form: str = ".2f",
    measured_by: Sequence[str] = (),
) -> None:
    """Prints the figures as a table and writes them as JSON.

    With `measured_by` the file keeps those of its figures that have other values in these fields
    than all of the new ones: they were measured before, and not now.
    """
    click.echo(table(figures, form))
    found = [asdict(figure) for figure in figures]
    kept: list[dict[str, Any]] = []
    if measured_by and output.exists():
        now = {_values(figure, measured_by) for figure in found}
        before = json.loads(output.read_text("utf-8"))
        kept = [figure for figure in before if _values(figure, measured_by) not in now]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps([*kept, *found], indent=1) + "\n", "utf-8")


def _values(figure: dict[str, Any], fields: Sequence[str]) -> tuple[Any, ...]:
    return tuple(figure[field] for field in fields)


def vocabulary_option(or_else: str = "") -> Options:
    """The option --vocabulary; it must be given unless `or_else` says what is taken without it."""
    return click.option(
        "--vocabulary",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        required=not or_else,
        help="Folder with vocab.json and merges.txt" + (f"; {or_else}." if or_else else "."),
    )


def output_option(name: str) -> Options:
    """The option --output, by default the file of this benchmark in output/."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        default=Path(f"output/benchmark-{name}.json"),
        show_default=True,
    )
