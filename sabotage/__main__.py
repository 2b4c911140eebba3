"""The sabotage suite: `python -m sabotage --mutants 500 --seed 7` prints its score.

Builds a small workbook of the shipped model, makes mutants of it with one fault each, and asks
`verify` of every one. Ends with 1 where a mutant that means something else was not caught.
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
from sabotage.score import Result, as_json, missed, result, rules, table
from xlgpt2.commands.build import build
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, get_engine

#: Small, so that a workbook is verified in seconds; all templates and tensors are in it.
CAPACITY, MAX_BYTES, NEW_TOKENS = 8, 24, 4

OUTPUT = Path(__file__).parent.parent / "output" / "sabotage.json"


def workbook(folder: Path) -> tuple[Design, Path]:
    """The workbook that mutants are made from."""
    decided = design(capacity=CAPACITY, max_bytes=MAX_BYTES, new_tokens=NEW_TOKENS)
    return decided, build(decided, folder / "honest.xlsx").path


def saboteur(decided: Design, file: Path, seed: int) -> Saboteur:
    """What makes mutants of a workbook."""
    values = next(iter(get_engine("formulas").recalculate(file, [{}]))).values
    return Saboteur(decided, Book.read(file), values, seed)


@cache
def _book(file: Path) -> Book:
    return Book.read(file)


def tried(mutant: Mutant, honest: Path, engine: str) -> Result:
    """What becomes of one mutant of a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.xlsx"
        _book(honest).write(file, mutant.change)
        return result(mutant, file, engine, rules())


def results(mutants: Sequence[Mutant], honest: Path, engine: str, jobs: int) -> list[Result]:
    """What becomes of all of them; those that are missed are told at once, on stderr."""
    found: list[Result] = []
    started = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        count = len(mutants)
        for one in pool.map(tried, mutants, [honest] * count, [engine] * count):
            found.append(one)
            word = "caught" if one.caught else "equivalent" if one.reason else "MISSED"
            seconds = time.perf_counter() - started
            click.echo(f"{len(found)}/{count} {seconds:.0f} s {word}: {one.mutant}", err=True)
            if not one.caught:
                click.echo(f"    {one.said}", err=True)
    return found


@click.command()
@click.option("--mutants", "number", default=500, show_default=True, help="How many, at least.")
@click.option("--seed", default=7, show_default=True, help="Another one takes other samples.")
@click.option("--engine", type=click.Choice(list(ENGINES)), default="formulas", show_default=True)
@click.option("--only", type=int, metavar="N", help="Try only every n-th, so that N are tried.")
@click.option("--jobs", default=2, show_default=True, help="How many processes share the work.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where the score is kept.")
def main(
    number: int, seed: int, engine: str, only: int | None, jobs: int, output: Path | None
) -> None:
    """Change a workbook in hundreds of ways, one at a time, and see whether verify finds it."""
    with tempfile.TemporaryDirectory() as folder:
        decided, honest = workbook(Path(folder))
        mutants = saboteur(decided, honest, seed).mutants(number)
        if only is not None:
            mutants = mutants[:: max(1, len(mutants) // only)][:only]
        found = results(mutants, honest, engine, jobs)
    click.echo(pd.DataFrame(table(found)).to_markdown(index=False))
    click.echo(f"\nseed {seed}, engine {engine}")
    for one in missed(found):
        click.echo(f"missed: {one.mutant}\n    {one.said}")
    for reason, count in Counter(one.reason for one in found if one.reason).items():
        click.echo(f"equivalent: {count}: {reason}")
    if output is not None:
        command = f"python -m sabotage --mutants {number} --seed {seed}"
        about = {"command": command, "seed": seed, "engine": engine}
        output.write_text(json.dumps(as_json(found, about), indent=1, ensure_ascii=False), "utf-8")
    sys.exit(1 if missed(found) else 0)


if __name__ == "__main__":
    main()
