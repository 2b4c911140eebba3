"""Fuzzing: good inputs with random changes, given to their readers; inputs with faults are saved.

    python -m hardening.fuzz --inputs 5000 --seed 1 [--kind KIND] [--keep DIR]

Inputs are divided equally among the kinds, or are all of `--kind`. Readers run in processes with
limited memory and a watchdog. Any answer but a result or one of our errors is a fault, whose input
is saved. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from hardening.fuzz_inputs import (
    GoodInputs,
    model_folder,
    package_bytes,
    package_formulas,
    package_parts,
)
from hardening.fuzz_templates import build_and_compute, template_folder
from xlgpt2.cells.address import Area
from xlgpt2.checkpoint.checkpoint import Precision, load_checkpoint
from xlgpt2.engines import get_engine
from xlgpt2.errors import XlGpt2Error
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.workbook import open_workbook
from xlgpt2.xlsx.reading.workbook_file import read_single_cells, read_workbook

Make = Callable[[Random, GoodInputs, Path], Path]
Read = Callable[[Path], object]

MEMORY = 3 << 30
TIMEOUT_S = 60  # for one input
PER_PROCESS = 250  # inputs


def weights(folder: Path) -> None:
    """Read everything in a model folder, in two precisions."""
    checkpoint = load_checkpoint(folder)
    for precision in (Precision(), Precision("int8")):
        assert checkpoint.written_as(precision).weights
    assert checkpoint.vocabulary.labels
    assert checkpoint.vocabulary.merge_key_ranks.size


def single_cells(path: Path) -> None:
    """Read two cells, as `inspect` and `bake` do."""
    read_single_cells(open_workbook(path), [Area("s", 1, 1, 1, 1), Area("a tab", 3, 3, 1, 1)])


def compute(path: Path) -> None:
    """Compute all ranges with the engine in this process."""
    for _ in get_engine("formulas").recalculate(open_workbook(path), [{}, {"named": [[2.0]]}]):
        pass


WORKBOOK_READERS: dict[str, Read] = {
    "read_contents": read_contents,
    "check_sheets": lambda path: open_workbook(path).check(),
    "read_workbook": lambda path: read_workbook(open_workbook(path)),
    "read_single_cells": single_cells,
    "formulas engine": compute,
}

KINDS: dict[str, tuple[Make, dict[str, Read]]] = {
    "model": (model_folder, {"load_checkpoint": weights}),
    "zip bytes": (package_bytes, WORKBOOK_READERS),
    "XML parts": (package_parts, WORKBOOK_READERS),
    "formulas": (package_formulas, {"formulas engine": compute}),
    "templates": (template_folder, {"build": build_and_compute}),
}


def numbered(count: int, kinds: Sequence[str]) -> list[tuple[str, int]]:
    """The kind and the number of each input, the kinds in turn."""
    return [(kinds[number % len(kinds)], number) for number in range(count)]


def make_input(kind: str, seed: int, number: int, goods: GoodInputs, folder: Path) -> Path:
    """Make an input, which depends on seed and number alone."""
    return KINDS[kind][0](Random(f"{seed} {number}"), goods, folder)


def answer(read: Read, path: Path) -> str:
    """A reader's answer to an input: "result", an error's name, or a fault and its line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except XlGpt2Error as error:
        text = error.rendered()  # which must not fail
        return type(error).__name__ if "hint: " in text and error.hint else "fault: no hint"
    except BaseException as error:  # noqa: BLE001 - any exception is a fault
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "xlgpt2" in f.filename]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        return f"fault: {type(error).__name__} at {where}: {str(error)[:80]!r}"
    return "result"


def read_inputs(batch: list[tuple[str, int]], seed: int, goods: GoodInputs, out: int) -> None:
    """Read some inputs, write a line of JSON for each answer, and exit."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        for kind, number in batch:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                path = make_input(kind, seed, number, goods, Path(folder))
                for name, read in KINDS[kind][1].items():
                    os.write(out, json.dumps([number, kind, name, "..."]).encode() + b"\n")
                    line = json.dumps([number, kind, name, answer(read, path)])
                    os.write(out, line.encode() + b"\n")
    finally:
        os._exit(0)


def answers(
    inputs: Sequence[tuple[str, int]], seed: int, goods: GoodInputs
) -> Iterator[tuple[int, str, str, str]]:
    """The number, kind, reader and answer of every input."""
    waiting = list(inputs)
    while waiting:
        read_end, write_end = os.pipe()
        process = os.fork()
        if not process:
            os.close(read_end)
            read_inputs(waiting[:PER_PROCESS], seed, goods, write_end)
        os.close(write_end)
        last: tuple[int, str, str, str] | None = None
        unread = b""
        while select.select([read_end], [], [], TIMEOUT_S)[0] and (
            data := os.read(read_end, 1 << 16)
        ):
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                number, kind, name, text = json.loads(line)
                last = (number, kind, name, text)
                if text != "...":
                    yield last
        os.close(read_end)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        if last is not None and last[3] == "...":
            code = os.waitstatus_to_exitcode(status)
            end = f"exited with {code}" if code != -signal.SIGKILL else "exceeded the time limit"
            yield (*last[:3], f"fault: {end}")
        done = PER_PROCESS if last is None or last[3] != "..." else waiting.index(last[1::-1]) + 1
        waiting = waiting[done:]


def main() -> None:
    """Print the number of answers of each kind from every reader, and the faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("output/fuzz"))
    options = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    faults: dict[str, tuple[int, str]] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        goods = GoodInputs(Path(folder))
        compute(goods.workbook)  # lazy imports happen here, once for all
        requests = numbered(options.inputs, options.kind or list(KINDS))
        for number, kind, reader, text in answers(requests, options.seed, goods):
            counts[kind, reader, text.partition(":")[0]] += 1
            if text.startswith("fault") and text not in faults:
                faults[text] = number, kind
                saved = options.keep / f"{options.seed}-{number}"
                shutil.rmtree(saved, ignore_errors=True)
                saved.mkdir(parents=True)
                make_input(kind, options.seed, number, goods, saved)
                print(f"{saved}: {reader}: {text}", flush=True)
    print(f"seed {options.seed}: {options.inputs:,} inputs, {len(faults)} kinds of faults")
    for (kind, reader, text), count in sorted(counts.items()):
        print(f"{kind:<10} {reader:<18} {text:<22} {count:>7,}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
