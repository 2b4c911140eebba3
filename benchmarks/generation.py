"""The time that LibreOffice takes to write tokens, and to react to a new seed, number or prompt.

    python -m benchmarks.generation [--vocabulary DIR --shape gpt2]

A time counts only if the tokens are those of the reference.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from benchmarks.random_checkpoint import GROWTH, write_checkpoint
from xlgpt2.checkpoint.checkpoint import shipped_model
from xlgpt2.commands.build import build
from xlgpt2.designs.design import Design
from xlgpt2.designs.inputs import control_inputs, prompt_inputs
from xlgpt2.designs.model_workbook import design
from xlgpt2.engines.libreoffice.engine import Session
from xlgpt2.reference.tabs.new_tokens import generate
from xlgpt2.reference.tabs.prompt import Controls
from xlgpt2.reference.tokenization import encode
from xlgpt2.xlsx.reading.workbook import open_workbook

#: Two prompts of six tokens in the published vocabulary.
PROMPTS = ("The quick brown fox jumps over", "The small green cat looks under")

#: How tokens are sampled; a random model writes long texts before it stops.
SAMPLING = {"temperature": 0.8, "top_k": 40, "top_p": 0.9}


@dataclass(frozen=True)
class Figure:
    """Median seconds of a step after which `new_tokens` tokens follow the prompt."""

    model: str
    n_layer: int
    n_embd: int
    step: str
    prompt_tokens: int
    new_tokens: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """The inputs, and whether only cells that depend on changed ones are computed."""

    name: str
    prompt: str
    new_tokens: int
    seed: int
    only_changed: bool = True


def steps() -> list[Step]:
    """From one token to four; then a new seed, one more token, one less, and a new prompt."""
    prompt, other = PROMPTS
    return [
        Step("all", prompt, 1, 1, only_changed=False),
        Step("all", prompt, 4, 1, only_changed=False),
        Step("new seed", prompt, 4, 2),
        Step("one more token", prompt, 5, 2),
        Step("one less", prompt, 4, 2),
        Step("new prompt", other, 4, 2),
    ]


def measure(name: str, decided: Design, file: Path, rounds: int) -> Iterator[Figure]:
    """The figures of a workbook; raises ValueError for tokens that are not the reference's."""
    times: dict[Step, list[float]] = {}
    with Session(open_workbook(file), ("chosen_ids",)) as office:
        for _ in range(rounds):
            for step in steps():
                numbers = {"new_tokens": step.new_tokens, "seed": step.seed, **SAMPLING}
                inputs = {**prompt_inputs(step.prompt), **control_inputs(numbers)}
                readings = office.compute(inputs, step.only_changed)
                got = [int(i) for i in readings.values["chosen_ids"][:, 0] if i != ""]
                if got != _expected(decided, step):
                    raise ValueError(f"{step}: expected {_expected(decided, step)}, got {got}")
                times.setdefault(step, []).append(readings.seconds)
    sizes, vocabulary = decided.sizes, decided.checkpoint.vocabulary
    for step, seconds in times.items():
        yield Figure(
            name,
            sizes.n_layer,
            sizes.n_embd,
            step.name,
            len(encode(vocabulary, step.prompt)),
            step.new_tokens,
            statistics.median(seconds),
        )


def _expected(decided: Design, step: Step) -> list[int]:
    ids = encode(decided.checkpoint.vocabulary, step.prompt)
    controls = Controls(step.new_tokens, **SAMPLING, seed=step.seed)
    return list(generate(decided.checkpoint, decided.sizes, ids, controls).ids)


@click.command()
@vocabulary_option("the shipped model is measured")
@click.option("--shape", type=click.Choice(list(GROWTH)), default="gpt2", show_default=True,
              help="Capacity of the random model, if a vocabulary is given.")  # fmt: skip
@click.option("--rounds", default=3, show_default=True, help="Number of runs per step.")
@output_option("generation")
def main(vocabulary: Path | None, shape: str, rounds: int, output: Path) -> None:
    """Write tokens in LibreOffice and print what each change costs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, name = shipped_model(), "tiny"
        if vocabulary is not None:
            folder, name = Path(temporary) / shape, shape
            write_checkpoint(folder, vocabulary, *GROWTH[shape])
        decided = design(folder)
        file = build(decided, Path(temporary) / "model.xlsx", prompt="").path
        figures = list(measure(name, decided, file, rounds))
    show_and_save(figures, output, ".3g", measured_by=("model",))


if __name__ == "__main__":
    main()
