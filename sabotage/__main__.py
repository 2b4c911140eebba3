"""The sabotage suite: `python -m sabotage --mutants 500 --seed 7` prints its score.

Builds a small workbook of the shipped model, makes mutants with one fault each, and runs `verify`
on each. Exits with 1 if a mutant that is not equivalent was missed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import click
import pandas as pd

from sabotage.book import Book
from sabotage.mutants import Mutant, Saboteur
from sabotage.score import Result, as_json, missed, rules, score_mutant, table
from xlgpt2.commands.build import build
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, get_engine
from xlgpt2.xlsx.reading.workbook import open_workbook

#: Small, so that a workbook is verified in seconds; all templates and tensors are in it.
CAPACITY, MAX_BYTES, NEW_TOKENS = 8, 24, 4

OUTPUT = Path(__file__).parent.parent / "output" / "sabotage.json"


def workbook(folder: Path) -> tuple[Design, Path]:
    """The workbook that mutants are made from, and its design."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES, new_tokens=NEW_TOKENS)
    return decided, build(decided, folder / "original.xlsx").path


def saboteur(decided: Design, file: Path, seed: int) -> Saboteur:
    """The maker of a workbook's mutants."""
    values = next(iter(get_engine("formulas").recalculate(open_workbook(file), [{}]))).values
    return Saboteur(decided, Book.read(file), values, seed)


@cache
def _book(file: Path) -> Book:
    return Book.read(file)


def try_mutant(mutant: Mutant, original: Path, engine: str, probe: bool | None = None) -> Result:
    """The result of one mutant of a workbook; `probe` is `verify`'s."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.xlsx"
        _book(original).write(file, mutant.change)
        return score_mutant(mutant, file, engine, rules(), probe)


def try_mutants(mutants: Sequence[Mutant], original: Path, engine: str, jobs: int) -> list[Result]:
    """The results of all mutants, with progress and misses on stderr."""
    results: list[Result] = []
    started = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        count = len(mutants)
        for result in pool.map(try_mutant, mutants, [original] * count, [engine] * count):
            results.append(result)
            word = "caught" if result.caught else "equivalent" if result.reason else "MISSED"
            seconds = time.perf_counter() - started
            click.echo(f"{len(results)}/{count} {seconds:.0f} s {word}: {result.mutant}", err=True)
            if not result.caught:
                click.echo(f"    {result.line}", err=True)
    return results


@click.command()
@click.option(
    "--mutants", "number", default=500, show_default=True, help="Number of mutants, at least."
)
@click.option("--seed", default=7, show_default=True, help="Seed of the sampling.")
@click.option("--engine", type=click.Choice(list(ENGINES)), default="formulas", show_default=True)
@click.option("--only", type=int, metavar="N", help="Try only N of the mutants, evenly spaced.")
@click.option("--jobs", default=2, show_default=True, help="Number of worker processes.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File for the score.")
def main(
    number: int, seed: int, engine: str, only: int | None, jobs: int, output: Path | None
) -> None:
    """Change a workbook in hundreds of ways, one at a time, and see whether verify finds it."""
    with tempfile.TemporaryDirectory() as folder:
        decided, original = workbook(Path(folder))
        mutants = saboteur(decided, original, seed).mutants(number)
        if only is not None:
            mutants = mutants[:: max(1, len(mutants) // only)][:only]
        results = try_mutants(mutants, original, engine, jobs)
    click.echo(pd.DataFrame(table(results)).to_markdown(index=False))
    click.echo(f"\nseed {seed}, engine {engine}")
    for result in missed(results):
        click.echo(f"missed: {result.mutant}\n    {result.line}")
    for reason, count in Counter(r.reason for r in results if r.reason).items():
        click.echo(f"equivalent: {count}: {reason}")
    if output is not None:
        command = f"python -m sabotage --mutants {number} --seed {seed}"
        about = {"command": command, "seed": seed, "engine": engine}
        output.write_text(
            json.dumps(as_json(results, about), indent=1, ensure_ascii=False), "utf-8"
        )
    sys.exit(1 if missed(results) else 0)


if __name__ == "__main__":
    main()
