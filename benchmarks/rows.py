"""The cost and the savings of one formula per row compared_ranges with one per matrix.

    python -m benchmarks.rows [--shape wide]

The same model is built twice: from the shipped templates, and from these with one array formula
for all rows of an activation. Both workbooks are open at once and compute the same token ids in
turn. A time counts only if both give the same numbers and the next token is the reference's.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import numpy as np

from benchmarks.figures import output_option, show_and_save
from benchmarks.random_checkpoint import GROWTH, write_checkpoint
from benchmarks.whole_templates import in_whole_matrices
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.checkpoint.checkpoint import Checkpoint, load_checkpoint, shipped_model
from xlgpt2.commands.build import build
from xlgpt2.constants.sizes import sizes_of
from xlgpt2.designs.design import Design, design_of
from xlgpt2.designs.inputs import token_id_inputs
from xlgpt2.engines import get_engine
from xlgpt2.engines.libreoffice.engine import Session
from xlgpt2.reference.forward.gpt2 import forward
from xlgpt2.reference.forward.layers import Zones
from xlgpt2.stages.template_files import load_templates, shipped_templates
from xlgpt2.xlsx.reading.workbook import open_workbook

#: The two workbooks: a formula for every row of an activation, and one for all rows.
ROWS, WHOLE = "rows", "whole"

#: The relative tolerance of differences; numbers below 0.001 are compared_ranges relative to 0.001.
TOLERANCE, SMALL = 1e-9, 1e-3

CAPACITY = 16


@dataclass(frozen=True)
class Step:
    """The token ids, and whether only cells that depend on changed ones are computed."""

    name: str
    ids: tuple[int, ...]
    only_changed: bool = False
    timed: bool = True

    @property
    def inputs(self) -> Inputs:
        """The ids as inputs."""
        return token_id_inputs(self.ids, CAPACITY)


@dataclass(frozen=True)
class Figure:
    """Median seconds of a step with a formula per row and with one per matrix.

    `ratio` is the time with matrices by that with rows; `apart` is the worst difference.
    """

    model: str
    n_layer: int
    n_embd: int
    capacity: int
    engine: str
    step: str
    tokens: int
    rows_seconds: float
    whole_seconds: float
    ratio: float
    apart: float


#: Steps with the readings of both workbooks.
StepReadings = Iterator[tuple[Step, dict[str, Readings]]]


@dataclass
class _Timing:
    """The seconds of a step's rounds, and the worst difference of their numbers."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {ROWS: [], WHOLE: []})
    apart: float = 0.0


def designs(checkpoint: Checkpoint) -> dict[str, Design]:
    """The same workbook with a formula per row and with one per matrix; every step has cells.

    Tabs of the laboratory, which large workbooks don't have, are left out of both.
    """
    shipped = load_templates(shipped_templates())
    tabs = tuple(template for template in shipped.tabs if not template.tab.costly)
    shipped = replace(shipped, tabs=tabs)
    sizes = sizes_of(checkpoint, CAPACITY, new_tokens=1)
    return {
        name: design_of(checkpoint, sizes, templates)
        for name, templates in ((ROWS, shipped), (WHOLE, in_whole_matrices(shipped)))
    }


def steps(vocab_size: int) -> list[Step]:
    """Full computations for more and more tokens; the last id appended, changed or removed."""
    ids = tuple(np.random.default_rng(0).integers(0, vocab_size, CAPACITY).tolist())
    other = (ids[-1] + 1) % vocab_size
    return [
        Step("all", ids[:1]),
        Step("all", ids[:6]),
        Step("one id appended", ids[:7], only_changed=True),
        Step("all", ids),
        Step("last id changed", (*ids[:-1], other), only_changed=True),
        Step("one id less", ids[:-1], only_changed=True, timed=False),
        Step("one id appended", ids, only_changed=True),
    ]


def compared_ranges(design: Design) -> list[str]:
    """The ranges that are compared_ranges: the outputs of heads and blocks, and the prediction."""
    blocks, heads = design.checkpoint.blocks, range(design.sizes.n_head)
    attention = [f"h_{block}_attn_softmax_{head}" for block in blocks for head in heads]
    streams = [f"residual_{block + 1}" for block in blocks]
    return [*attention, *streams, "logits", "next_token_id"]


def apart(rows: Readings, whole: Readings) -> float:
    """The worst difference between two readings; raises ValueError if it is over the tolerance.

    In later positions, where rows have empty cells, whole matrices must have zeros.
    """
    worst = 0.0
    for name, cells in rows.values.items():
        expected = np.where(cells == "", 0, cells).astype(np.float64)
        distance = np.abs(whole.values[name].astype(np.float64) - expected)
        largest = float(np.max(distance / np.maximum(SMALL, np.abs(expected))))
        if not largest <= TOLERANCE:
            raise ValueError(
                f"{name}: expected the same numbers twice, got a difference of {largest:.1e}"
            )
        worst = max(worst, largest)
    return worst


def check_token(design: Design, step: Step, readings: Readings) -> None:
    """Raise ValueError if the next token is not that of the reference."""
    config, weights = design.checkpoint.config, design.checkpoint.weights
    expected = forward(weights, config, step.ids, Zones.of(len(step.ids)), 1)["next_token_id"][0, 0]
    if readings.number("next_token_id") != expected:
        got = readings.text("next_token_id")
        raise ValueError(f"{step.name}: expected {expected} as the next token, got {got}")


def in_libreoffice(
    files: Mapping[str, Path], steps: Sequence[Step], names: Sequence[str], rounds: int
) -> StepReadings:
    """Every step in both workbooks, which take turns in being first."""
    with ExitStack() as stack:
        sessions = {
            name: stack.enter_context(Session(open_workbook(file), names))
            for name, file in files.items()
        }
        for number in range(rounds):
            for step in steps:
                turns = (ROWS, WHOLE) if number % 2 == 0 else (WHOLE, ROWS)
                yield (
                    step,
                    {
                        name: sessions[name].compute(step.inputs, step.only_changed)
                        for name in turns
                    },
                )


def in_formulas(
    files: Mapping[str, Path], steps: Sequence[Step], names: Sequence[str], rounds: int
) -> StepReadings:
    """The full computations in both workbooks; this engine has no others."""
    whole = [step for step in steps if not step.only_changed] * rounds
    inputs = [step.inputs for step in whole]
    engine = get_engine("formulas")
    readings = {
        name: engine.recalculate(open_workbook(file), inputs, names) for name, file in files.items()
    }
    for step in whole:
        yield step, {name: next(readings[name]) for name in files}


IN_ENGINES: Mapping[str, Callable[..., StepReadings]] = {
    "libreoffice": in_libreoffice,
    "formulas": in_formulas,
}


def measure(model: str, folder: Path, engine: str, rounds: int) -> Iterator[Figure]:
    """The figures of a checkpoint in an engine; raises ValueError for wrong numbers."""
    both = designs(load_checkpoint(folder))
    files = {name: build(d, folder / f"{name}.xlsx", prompt="").path for name, d in both.items()}
    sizes, names = both[ROWS].sizes, compared_ranges(both[ROWS])
    timings: dict[tuple[str, int], _Timing] = {}
    for step, readings in IN_ENGINES[engine](files, steps(sizes.vocab_size), names, rounds):
        difference = apart(readings[ROWS], readings[WHOLE])
        check_token(both[ROWS], step, readings[ROWS])
        if step.timed:
            timing = timings.setdefault((step.name, len(step.ids)), _Timing())
            timing.apart = max(timing.apart, difference)
            for name, reading in readings.items():
                timing.seconds[name].append(reading.seconds)
    for (step_name, tokens), timing in timings.items():
        rows, whole = (statistics.median(timing.seconds[name]) for name in (ROWS, WHOLE))
        yield Figure(
            model,
            sizes.n_layer,
            sizes.n_embd,
            CAPACITY,
            engine,
            step_name,
            tokens,
            rows,
            whole,
            whole / rows,
            timing.apart,
        )


@click.command()
@click.option("--shape", type=click.Choice(list(GROWTH)), default="small", show_default=True)
@click.option("--rounds", default=5, show_default=True, help="Number of runs per step.")
@output_option("rows")
def main(shape: str, rounds: int, output: Path) -> None:
    """Compute a model with one formula per row and with one per matrix; print times and ratios."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_checkpoint(Path(temporary) / shape, shipped_model(), *GROWTH[shape])
        for engine in IN_ENGINES:
            figures += measure(shape, folder, engine, rounds)
    show_and_save(figures, output, ".3g", measured_by=("model", "capacity"))


if __name__ == "__main__":
    main()
