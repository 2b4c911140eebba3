"""Time, memory and size of a model that is split into a workbook for each block.

    python -m benchmarks.split --vocabulary DIR [--shape gpt2-xl] [--dtype bfloat16]

Builds all workbooks one after the other, and predicts one token through the chain of them in the
engine `formulas`, which is compared with the reference.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from benchmarks.memory import peak_memory
from benchmarks.random_checkpoint import SHAPES, write_checkpoint
from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.checkpoint.precision import DTYPES, Dtype
from xlgpt2.commands.build_split import build_split
from xlgpt2.commands.run import run
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design
from xlgpt2.reference.trace import trace

#: Five tokens in the published vocabulary.
PROMPT = "The quick brown fox jumps"

GIGABYTE = 1e9

Result = TypeVar("Result")


@dataclass(frozen=True)
class Figure:
    """One step: its seconds, the memory of all its processes, and the size of all files."""

    model: str
    dtype: str
    step: str
    workbooks: int
    weights: int
    seconds: float
    peak_gigabytes: float
    gigabytes: float


def measure(model: Path, name: str, dtype: Dtype, folder: Path) -> list[Figure]:
    """The figures of building and of running; raises ValueError if the token is wrong."""
    decided = design(model, precision=Precision(dtype), split=True)
    summaries, *built = _measured(lambda: build_split(decided, folder, PROMPT))
    prediction, *computed = _measured(lambda: run(folder, PROMPT))
    _check(prediction.next_token_id, decided)
    size = sum(summary.bytes for summary in summaries) / GIGABYTE
    weights = sum(summary.weights for summary in summaries)
    return [
        Figure(name, dtype, step, len(summaries), weights, seconds, peak, size)
        for step, (seconds, peak) in (("build", built), ("one token, in formulas", computed))
    ]


def _measured(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """The result of some work, its seconds and its peak memory in gigabytes."""
    with peak_memory() as memory:
        started = time.perf_counter()
        result = work()
        return result, time.perf_counter() - started, memory() / GIGABYTE


def _check(token: int, decided: Design) -> None:
    """Raise ValueError if a token is not the one that the reference predicts."""
    expected = trace(decided.checkpoint, decided.sizes, PROMPT)["next_token_id"][0, 0]
    if token != expected:
        raise ValueError(f"expected the next token {expected}, got {token}")


@click.command(help=__doc__)
@vocabulary_option()
@click.option("--shape", type=click.Choice(list(SHAPES)), default="gpt2-xl", show_default=True)
@click.option("--dtype", type=click.Choice(DTYPES), default="bfloat16", show_default=True)
@output_option("split")
def main(vocabulary: Path, shape: str, dtype: Dtype, output: Path) -> None:
    """Measure, print the figures and write them as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        model = write_checkpoint(Path(folder) / "model", vocabulary, *SHAPES[shape])
        figures = measure(model, shape, dtype, Path(folder) / "workbooks")
    show_and_save(figures, output)


if __name__ == "__main__":
    main()
