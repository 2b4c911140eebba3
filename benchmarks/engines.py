"""Time and memory of `verify` in each engine, for models of growing size.

    python -m benchmarks.engines --vocabulary DIR [--shape small] [--engine formulas]

One prompt of six tokens. Every figure is measured in a new process, which opens the workbook,
computes it and compares every named range with the reference; programs that it starts count too.
There is no figure for a workbook that was not verified.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from benchmarks.memory import peak_memory
from benchmarks.random_checkpoint import GROWTH, write_checkpoint
from xlgpt2.checkpoint.checkpoint import shipped_model
from xlgpt2.commands.build import DEFAULT_PROMPT, build
from xlgpt2.commands.verify import verify
from xlgpt2.designs.design import Design
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines import ENGINES, WITNESSES, get_engine
from xlgpt2.reference.tokenization import encode
from xlgpt2.verification.result import Verification
from xlgpt2.writer.writer import Summary, Writing

#: The shipped model, which is not random.
TINY = "tiny"

#: n_layer, n_head and n_embd of the random models, small ones first.
MODELS = {"2 x 64": (2, 2, 64), "4 x 128": (4, 4, 128), **GROWTH}

#: The models measured by default: engines take up to a minute or two for them.
USUAL = (TINY, "2 x 64", "4 x 128", "small")

#: The prompt of random models: six tokens in the published vocabulary, as many as the shipped
#: prompt has in the shipped one.
PROMPT = "The quick brown fox jumps over"

GIGABYTE = 1e9


@dataclass(frozen=True)
class Figure:
    """One verification: its seconds, the computing included in them, its memory and its result.

    `worst` is the largest relative error of all values.
    """

    model: str
    n_layer: int
    n_embd: int
    weights: int
    engine: str
    tokens: int
    values: int
    seconds: float
    computing: float
    peak_gigabytes: float
    worst: float


def measure(name: str, decided: Design, summary: Summary, engine: str, prompt: str) -> Figure:
    """The figure of a model in an engine; raises ValueError if it is not verified."""
    arguments = (summary.path, decided.checkpoint.folder, engine, prompt)
    # Spawned, so that it shares no memory with this process.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        seconds, peak, verification = process.submit(_verify, *arguments).result()
    _require_verified(name, engine, verification)
    (check,) = verification.checks
    sizes = decided.sizes
    return Figure(
        name,
        sizes.n_layer,
        sizes.n_embd,
        summary.weights,
        engine,
        len(encode(decided.checkpoint.vocabulary, prompt)),
        sum(entry.values for entry in check.ranges),
        seconds,
        check.seconds,
        peak / GIGABYTE,
        max(entry.worst.relative for entry in check.ranges),
    )


def _verify(file: Path, model: Path, engine: str, prompt: str) -> tuple[float, float, Verification]:
    """Seconds, bytes and result of a verification in this process."""
    with peak_memory() as memory:
        started = time.perf_counter()
        verification = verify(file, model, [prompt], engine)
        seconds = time.perf_counter() - started
    return seconds, memory(), verification


def _require_verified(name: str, engine: str, verification: Verification) -> None:
    """Raise ValueError with the differences if a workbook is not verified."""
    if verification.verified:
        return
    wrong = [failure.message for failure in verification.failures]
    for stage in verification.stages():
        if not stage.outcome.good:
            worst = stage.worst
            wrong.append(
                f"{stage.name} {worst.address}: expected {worst.expected}, got {worst.got}"
            )
    raise ValueError(f"{name} in {engine}: not verified: {'; '.join(wrong) or 'no values'}")


@click.command()
@vocabulary_option()
@click.option("--shape", "shapes", type=click.Choice([TINY, *MODELS]), multiple=True,
              help=f"Models to measure. [default: {', '.join(USUAL)}]")  # fmt: skip
@click.option("--engine", "engines", type=click.Choice(list(ENGINES)), multiple=True,
              help="Engines to measure. [default: those that are installed]")  # fmt: skip
@output_option("engines")
def main(vocabulary: Path, shapes: Sequence[str], engines: Sequence[str], output: Path) -> None:
    """Verify models of growing size in each engine; print seconds, memory and the worst error."""
    usual = [name for name in ENGINES if name not in WITNESSES]
    engines = engines or [name for name in usual if get_engine(name).version()]
    figures: list[Figure] = []
    for name in shapes or USUAL:
        with tempfile.TemporaryDirectory() as temporary:
            folder, prompt = shipped_model(), DEFAULT_PROMPT
            if name != TINY:
                folder = write_checkpoint(Path(temporary) / "model", vocabulary, *MODELS[name])
                prompt = PROMPT
            decided = design(folder)
            # IronCalc needs cell addresses, and all engines should read the same file.
            file = Path(temporary) / "model.xlsx"
            summary = build(decided, file, prompt, writing=Writing(cell_addresses=True))
            for engine in engines:
                figures.append(measure(name, decided, summary, engine, prompt))
                click.echo(f"{name}: {engine}: {figures[-1].seconds:.1f} s", err=True)
    show_and_save(figures, output, ".3g", measured_by=("model", "engine"))


if __name__ == "__main__":
    main()
