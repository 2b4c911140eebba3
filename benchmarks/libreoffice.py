"""The time that LibreOffice takes to open and compute workbooks of real sizes.

    python -m benchmarks.libreoffice --vocabulary DIR [--shape gpt2] [--capacity 64]

Every workbook has random weights and the published vocabulary, predicts one token, and is opened
with an empty prompt. A time counts only if the next token is that of the reference.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import psutil

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from benchmarks.random_checkpoint import GROWTH, write_checkpoint
from xlgpt2.cells.readings import Inputs
from xlgpt2.commands.build import build
from xlgpt2.designs.design import Design
from xlgpt2.designs.inputs import prompt_inputs, token_id_inputs
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.libreoffice.engine import Session
from xlgpt2.reference.forward.gpt2 import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.reference.tokenization import encode
from xlgpt2.xlsx.reading.workbook import open_workbook

GIB = 1 << 30


@dataclass(frozen=True)
class Figure:
    """Seconds of one step with one workbook, and LibreOffice's memory after it in GiB."""

    model: str
    n_layer: int
    n_embd: int
    capacity: int
    step: str
    tokens: int
    seconds: float
    resident: float
    peak: float


class _Stopwatch:
    """The timing of steps with an open workbook."""

    def __init__(self, name: str, decided: Design, office: Session) -> None:
        self.name, self.decided, self.office = name, decided, office

    def figure(self, step: str, tokens: int, seconds: float) -> Figure:
        """The figure of a step, with LibreOffice's present memory."""
        resident, peak = _memory(self.office.office.process_group)
        sizes = self.decided.sizes
        return Figure(
            self.name,
            sizes.n_layer,
            sizes.n_embd,
            sizes.capacity,
            step,
            tokens,
            seconds,
            resident,
            peak,
        )

    def with_ids(self, step: str, ids: Sequence[int], only_changed: bool = False) -> Figure:
        """The figure of computing with token ids; raises ValueError for a wrong next token."""
        inputs = token_id_inputs(tuple(ids), self.decided.sizes.capacity)
        return self._compute(step, inputs, ids, only_changed)

    def with_prompt(self, prompt: str) -> Figure:
        """The figure of computing everything; raises ValueError for a wrong next token."""
        ids = encode(self.decided.checkpoint.vocabulary, prompt)
        return self._compute("a prompt", prompt_inputs(prompt), ids)

    def _compute(
        self, step: str, inputs: Inputs, ids: Sequence[int], only_changed: bool = False
    ) -> Figure:
        """The figure of computing with inputs that mean these ids."""
        readings = self.office.compute(inputs, only_changed)
        config, weights = self.decided.checkpoint.config, self.decided.checkpoint.weights
        expected = forward(weights, config, ids, Zones.of(len(ids)), 1)["next_token_id"][0, 0]
        if readings.number("next_token_id") != expected:
            raise ValueError(f"{step}: expected {expected}, got {readings.text('next_token_id')}")
        return self.figure(step, len(ids), readings.seconds)


def measure(name: str, decided: Design, file: Path, full: bool) -> Iterator[Figure]:
    """Opening, full computations for more and more tokens, and changes of the last token."""
    started = time.perf_counter()
    ids = np.random.default_rng(0).integers(0, decided.sizes.vocab_size, 64).tolist()
    with Session(open_workbook(file), ("next_token_id",)) as office:
        stopwatch = _Stopwatch(name, decided, office)
        yield stopwatch.figure("open", 0, time.perf_counter() - started)
        yield stopwatch.with_prompt("The quick brown fox jumps over")
        for count in (1, 6, 11, 16):
            yield stopwatch.with_ids("all, with ids", ids[:count])
        yield stopwatch.with_ids("last id changed", [*ids[:15], ids[20]], only_changed=True)
        yield stopwatch.with_ids("one id less", ids[:15], only_changed=True)
        yield stopwatch.with_ids("one id appended", ids[:16], only_changed=True)
        if full:
            yield stopwatch.with_ids("all, with ids", ids[: decided.sizes.capacity])


def _memory(group: int) -> tuple[float, float]:
    """Resident and peak memory of the LibreOffice in a process group, in GiB."""
    offices = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "soffice.bin"]
    (office,) = [process for process in offices if os.getpgid(process.pid) == group]
    status = Path(f"/proc/{office.pid}/status").read_text("utf-8")
    sizes = {line.split()[0]: line.split()[1] for line in status.splitlines() if "kB" in line}
    return int(sizes["VmRSS:"]) * 1024 / GIB, int(sizes["VmHWM:"]) * 1024 / GIB


@click.command()
@vocabulary_option()
@click.option("--shape", "shapes", type=click.Choice(list(GROWTH)), multiple=True,
              help="Models to measure. [default: all]")  # fmt: skip
@click.option("--capacity", type=int, help="Token rows; all of them are filled, too.")
@output_option("libreoffice")
def main(vocabulary: Path, shapes: Sequence[str], capacity: int | None, output: Path) -> None:
    """Open workbooks in LibreOffice, compute them and print seconds and memory."""
    figures: list[Figure] = []
    for name in shapes or GROWTH:
        with tempfile.TemporaryDirectory() as temporary:
            folder = write_checkpoint(Path(temporary) / name, vocabulary, *GROWTH[name])
            decided = design(folder, capacity, new_tokens=0)
            file = build(decided, folder / "model.xlsx", prompt="").path
            for figure in measure(name, decided, file, full=capacity is not None):
                click.echo(
                    f"{name}: {figure.step}, {figure.tokens}: {figure.seconds:.1f} s", err=True
                )
                figures.append(figure)
    show_and_save(figures, output, measured_by=("model", "capacity"))


if __name__ == "__main__":
    main()
