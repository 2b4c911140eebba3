"""The recalculation time of the tokenizer's tabs alone, for texts of several lengths.

    python -m benchmarks.tokenizer [--vocabulary DIR]

The workbook has only the shipped tabs from Characters to Tokens and their tables. A time counts
only if the token ids are those of `tokenizers`.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.checkpoint.checkpoint import Checkpoint, load_checkpoint, shipped_model
from xlgpt2.checkpoint.tokenizer.vocabulary_files import read_vocabulary
from xlgpt2.commands.build import build
from xlgpt2.constants.sizes import sizes_of
from xlgpt2.designs.design import Design, design_of
from xlgpt2.engines import ENGINES, get_engine
from xlgpt2.reference.tokenization import encode
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.xlsx.reading.workbook import open_workbook

#: The shipped tabs that the tokenizer needs, by file name.
TABS = ("palette", "03-", "04-", "05-", "06-", "07-", "18-vocabulary", "19-", "20-character")

#: The units of texts, repeated and cut to a number of bytes.
TEXTS = {
    "English": "It was a bright cold day in April, and the clocks weren't striking 13 yet. ",
    "many scripts": "Ærø, naïve Ωμέγα; привет мир! 日本語の文 مرحبا हिन्दी 👩\u200d👧 ½ ",
    "one word": "antidisestablishmentarianism",
}

LARGEST = 256  # bytes; the target is 2 s in LibreOffice
LENGTHS = (16, 64, LARGEST)

#: IronCalc goes through all 50,000 merges for every pair: 256 bytes take minutes.
TOO_SLOW = "ironcalc"


@dataclass(frozen=True)
class Figure:
    """Seconds of recalculating all cells, for one text in one engine."""

    engine: str
    vocabulary: int
    text: str
    bytes: int
    tokens: int
    median: float
    least: float
    most: float


def checkpoint_with(vocabulary: Path | None) -> Checkpoint:
    """The shipped model with another vocabulary and enough positions; no tab has its weights."""
    shipped = load_checkpoint(shipped_model())
    tokens = shipped.vocabulary
    if vocabulary is not None:
        count = len(json.loads((vocabulary / "vocab.json").read_text("utf-8")))
        tokens = read_vocabulary(vocabulary, count)
    config = replace(shipped.config, vocab_size=len(tokens.tokens), n_positions=LARGEST)
    return replace(shipped, config=config, vocabulary=tokens)


def tokenizer_design(checkpoint: Checkpoint, folder: Path) -> Design:
    """A workbook of the tokenizer's tabs alone, with room for the largest text."""
    for file in load_templates(shipped_templates()).files:
        if file.name.startswith(TABS):
            shutil.copy(file, folder)
    shutil.copy(Path(__file__).parent / "tokenizer_templates" / "01-prompt.toml", folder)
    sizes, templates = sizes_of(checkpoint, LARGEST, LARGEST, new_tokens=1), load_templates(folder)
    return design_of(checkpoint, sizes, templates)


def texts() -> list[tuple[str, str]]:
    """Every text with its name, short ones first."""
    result = []
    for length in LENGTHS:
        for name, unit in TEXTS.items():
            data = (unit * length).encode("utf-8")[:length]
            result.append((name, data.decode("utf-8", "ignore")))
    return result


def measure(design: Design, file: Path, engine: str, rounds: int) -> Iterator[Figure]:
    """The figures of an engine, text by text; raises ValueError for wrong ids."""
    vocabulary = design.checkpoint.vocabulary
    prompts = texts()
    sets: list[Inputs] = [{"prompt": [[text]]} for _, text in prompts for _ in range(rounds)]
    readings = get_engine(engine).recalculate(open_workbook(file), sets)
    for name, text in prompts:
        ids = encode(vocabulary, text)
        seconds = [_seconds(next(readings), ids) for _ in range(rounds)]
        yield Figure(
            engine,
            len(vocabulary.tokens),
            name,
            len(text.encode("utf-8")),
            len(ids),
            statistics.median(seconds),
            min(seconds),
            max(seconds),
        )


def _seconds(readings: Readings, ids: Sequence[int]) -> float:
    """The seconds of a recalculation; raises ValueError if it is wrong."""
    got = [int(i) for i in readings.values["token_ids"][:, 0] if i != ""]
    if got != list(ids):
        raise ValueError(f"{readings.engine}: expected token ids {ids}, got {got}")
    return readings.seconds


@click.command()
@vocabulary_option(or_else="without it the shipped")
@click.option("--rounds", default=5, show_default=True, help="Number of recalculations per text.")
@output_option("tokenizer")
def main(vocabulary: Path | None, rounds: int, output: Path) -> None:
    """Recalculate the tokenizer's tabs in all installed engines but IronCalc; print the seconds."""
    checkpoint = checkpoint_with(vocabulary)
    engines = [name for name in ENGINES if name != TOO_SLOW and get_engine(name).version()]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        design = tokenizer_design(checkpoint, folder)
        file = build(design, folder / "tokenizer.xlsx").path
        figures: list[Figure] = []
        for engine in track(engines, console=Console(stderr=True)):
            figures += measure(design, file, engine, rounds)
    show_and_save(figures, output, ".3f")


if __name__ == "__main__":
    main()
