"""Figures: printing them for people and saving them as JSON."""

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
    """The figures as lines for people; `form` is the format of floats."""
    return str(
        pd.DataFrame([asdict(figure) for figure in figures]).to_markdown(
            index=False, floatfmt=form, intfmt=","
        )
    )


def show_and_save(
    figures: Sequence[DataclassInstance],
    output: Path,
    form: str = ".2f",
    measured_by: Sequence[str] = (),
) -> None:
    """Print the figures as a table and write them as JSON.

    With `measured_by` the file keeps its earlier figures whose values in these fields differ from
    those of all new ones.
    """
    click.echo(table(figures, form))
    new = [asdict(figure) for figure in figures]
    old: list[dict[str, Any]] = []
    if measured_by and output.exists():
        measured = {_values(figure, measured_by) for figure in new}
        old = json.loads(output.read_text("utf-8"))
        old = [figure for figure in old if _values(figure, measured_by) not in measured]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps([*old, *new], indent=1) + "\n", "utf-8")


def _values(figure: dict[str, Any], fields: Sequence[str]) -> tuple[Any, ...]:
    return tuple(figure[field] for field in fields)


def vocabulary_option(or_else: str = "") -> Options:
    """The option --vocabulary; required unless `or_else` describes the default."""
    return click.option(
        "--vocabulary",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        required=not or_else,
        help="Folder with vocab.json and merges.txt" + (f"; {or_else}." if or_else else "."),
    )


def output_option(name: str) -> Options:
    """The option --output, by default this benchmark's file in output/."""
    return click.option(
        "--output",
        "-o",
        type=click.Path(path_type=Path),
        default=Path(f"output/benchmark-{name}.json"),
        show_default=True,
    )
