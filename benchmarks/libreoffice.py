"""How long LibreOffice takes to open workbooks of real sizes and to compute them.

    python -m benchmarks.libreoffice --vocabulary DIR [--shape gpt2] [--capacity 64]

Every workbook has random weights and the published vocabulary; it is opened with an empty prompt.
A time counts only if the next token is that of the reference.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import pandas as pd
import psutil

from benchmarks.random_checkpoint import SHAPES, write_checkpoint
from xlgpt2.build import Design, build, design
from xlgpt2.engines.libreoffice import Session
from xlgpt2.prediction import typed_ids
from xlgpt2.reference.forward import forward
from xlgpt2.reference.tokenization import encode

#: n_layer, n_head and n_embd of models that show how cost grows: with C, and with L.
GROWTH = {"small": (4, 4, 256), "wide": (4, 12, 768), "gpt2": SHAPES["gpt2"]}

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


class _Measured:
    """One open workbook: what is done with it, timed."""

    def __init__(self, name: str, decided: Design, office: Session) -> None:
        self.name, self.decided, self.office = name, decided, office

    def figure(self, step: str, tokens: int, seconds: float) -> Figure:
        """A figure with LibreOffice's memory now."""
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

    def computed(self, step: str, ids: Sequence[int], only_changed: bool = False) -> Figure:
        """Types token ids and computes; raises ValueError for a wrong next token."""
        capacity = self.decided.sizes.capacity
        seen = self.office.compute(typed_ids(tuple(ids), capacity), only_changed)
        config, weights = self.decided.checkpoint.config, self.decided.checkpoint.weights
        expected = forward(weights, config, ids, len(ids), 1)["next_token_id"][0, 0]
        if seen.number("next_token_id") != expected:
            raise ValueError(f"{step}: expected {expected}, got {seen.text('next_token_id')}")
        return self.figure(step, len(ids), seen.seconds)

    def prompted(self, prompt: str) -> Figure:
        """Types a prompt and computes everything."""
        seen = self.office.compute({"prompt": [[prompt]]})
        checkpoint = self.decided.checkpoint
        ids = encode(checkpoint.vocabulary, prompt)
        expected = forward(checkpoint.weights, checkpoint.config, ids, len(ids), 1)
        if seen.number("next_token_id") != expected["next_token_id"][0, 0]:
            raise ValueError(f"{prompt!r}: got {seen.text('next_token_id')}")
        return self.figure("a prompt", len(ids), seen.seconds)


def measure(name: str, decided: Design, file: Path, full: bool) -> Iterator[Figure]:
    """Opening, whole computations for more and more tokens, and changes of the last one."""
    started = time.perf_counter()
    ids = np.random.default_rng(0).integers(0, decided.sizes.vocab_size, 64).tolist()
    with Session(file, ("next_token_id",)) as office:
        measured = _Measured(name, decided, office)
        yield measured.figure("open", 0, time.perf_counter() - started)
        yield measured.prompted("The quick brown fox jumps over")
        for count in (1, 6, 11, 16):
            yield measured.computed("all, with ids", ids[:count])
        yield measured.computed("last id changed", [*ids[:15], ids[20]], only_changed=True)
        yield measured.computed("one id less", ids[:15], only_changed=True)
        yield measured.computed("one id appended", ids[:16], only_changed=True)
        if full:
            yield measured.computed("all, with ids", ids[: decided.sizes.capacity])


def _memory(group: int) -> tuple[float, float]:
    """Resident and peak memory of the LibreOffice in a process group, in GiB."""
    offices = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "soffice.bin"]
    (ours,) = [process for process in offices if os.getpgid(process.pid) == group]
    status = Path(f"/proc/{ours.pid}/status").read_text("utf-8")
    sizes = {line.split()[0]: line.split()[1] for line in status.splitlines() if "kB" in line}
    return int(sizes["VmRSS:"]) * 1024 / GIB, int(sizes["VmHWM:"]) * 1024 / GIB


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines for people."""
    return str(
        pd.DataFrame([asdict(figure) for figure in figures]).to_markdown(
            index=False, floatfmt=".2f", intfmt=","
        )
    )


@click.command()
@click.option("--vocabulary", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="Folder with vocab.json and merges.txt.")  # fmt: skip
@click.option("--shape", "shapes", type=click.Choice(list(GROWTH)), multiple=True,
              help="Models to measure. [default: all]")  # fmt: skip
@click.option("--capacity", type=int, help="Rows for tokens; all of them are filled, too.")
@click.option("--output", "-o", type=click.Path(path_type=Path),
              default=Path("output/benchmark-libreoffice.json"), show_default=True)  # fmt: skip
def main(vocabulary: Path, shapes: Sequence[str], capacity: int | None, output: Path) -> None:
    """Open workbooks in LibreOffice, compute them and print seconds and memory."""
    figures: list[Figure] = []
    for name in shapes or GROWTH:
        with tempfile.TemporaryDirectory() as temporary:
            folder = write_checkpoint(Path(temporary) / name, vocabulary, *GROWTH[name])
            decided = design(folder, capacity)
            file = build(decided, folder / "model.xlsx", prompt="").path
            for figure in measure(name, decided, file, full=capacity is not None):
                click.echo(
                    f"{name}: {figure.step}, {figure.tokens}: {figure.seconds:.1f} s", err=True
                )
                figures.append(figure)
    click.echo(table(figures))
    output.parent.mkdir(parents=True, exist_ok=True)
    kept = _others(output, {(figure.model, figure.capacity) for figure in figures})
    found = [asdict(figure) for figure in figures]
    output.write_text(json.dumps([*kept, *found], indent=1) + "\n", "utf-8")


def _others(output: Path, measured: set[tuple[str, int]]) -> list[dict[str, object]]:
    """The figures of models and capacities that were measured before, and not now."""
    if not output.exists():
        return []
    before = json.loads(output.read_text("utf-8"))
    return [f for f in before if (f["model"], f["capacity"]) not in measured]


if __name__ == "__main__":
    main()
