"""Command-line options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from xlgpt2.engines import ENGINES

Command = Callable[..., None]

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
FILE_OR_FOLDER = click.Path(path_type=Path)

MODEL = click.option(
    "--model",
    metavar="MODEL",
    help="Checkpoint folder in the Hugging Face layout, or a model on the Hugging Face Hub: "
    "gpt2, distilgpt2, owner/name. [default: the shipped model]",
)
REVISION = click.option(
    "--revision",
    metavar="REV",
    help="Branch, tag or commit of a model on the Hub. [default: main]",
)

ENGINE = click.option(
    "--engine",
    type=click.Choice(list(ENGINES)),
    default="formulas",
    show_default=True,
    help="Engine that recalculates the file.",
)
TEMPLATES = click.option(
    "--templates",
    type=FOLDER,
    metavar="DIR",
    help="Templates to use instead of the shipped ones.",
)
