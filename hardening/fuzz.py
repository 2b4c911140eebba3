"""Random changes to good inputs, given to everything that reads them; what is no answer is kept.

    python -m hardening.fuzz --inputs 5000 --seed 1 [--kind KIND] [--keep DIR]

Each of the kinds of inputs gets the same share of them, or `--kind` all. Readers run in processes
with a limit to their memory, and a watchdog. An answer is a result or one of our errors; anything
else is a fault, whose input is kept. The same seed makes the same inputs.
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
    Goods,
    model_folder,
    package_bytes,
    package_formulas,
    package_parts,
)
from hardening.fuzz_templates import built, template_folder
from xlgpt2.cells.address import Area
from xlgpt2.checkpoint.checkpoint import Precision, load_checkpoint
from xlgpt2.engines import get_engine
from xlgpt2.errors import XlGpt2Error
from xlgpt2.xlsx.package import read_contents
from xlgpt2.xlsx.reading.formulas import check_sheets
from xlgpt2.xlsx.reading.workbook_file import read_single_cells, read_workbook

Make = Callable[[Random, Goods, Path], Path]
Read = Callable[[Path], object]

MEMORY = 3 << 30
PATIENCE_S = 60  # for one input
A_PROCESS = 250  # inputs that one process reads


def weights(folder: Path) -> None:
    """Everything that is read of a model folder, in two precisions."""
    checkpoint = load_checkpoint(folder)
    for precision in (Precision(), Precision("int8")):
        assert checkpoint.written_as(precision).weights
    assert checkpoint.vocabulary.labels
    assert checkpoint.vocabulary.merge_key_ranks.size


def single_cells(path: Path) -> None:
    """Two cells, as `inspect` and `bake` read them."""
    read_single_cells(path, [Area("s", 1, 1, 1, 1), Area("a tab", 3, 3, 1, 1)])


def computed(path: Path) -> None:
    """All ranges, as the engine in this process computes them."""
    for _ in get_engine("formulas").recalculate(path, [{}, {"named": [[2.0]]}]):
        pass


WORKBOOK_READERS: dict[str, Read] = {
    "read_contents": read_contents,
    "check_sheets": lambda path: check_sheets(path, read_contents(path)),
    "read_workbook": read_workbook,
    "read_single_cells": single_cells,
    "formulas engine": computed,
}

KINDS: dict[str, tuple[Make, dict[str, Read]]] = {
    "model": (model_folder, {"load_checkpoint": weights}),
    "zip bytes": (package_bytes, WORKBOOK_READERS),
    "XML parts": (package_parts, WORKBOOK_READERS),
    "formulas": (package_formulas, {"formulas engine": computed}),
    "templates": (template_folder, {"build": built}),
}


def inputs(count: int, kinds: Sequence[str]) -> list[tuple[str, int]]:
    """The kind and the number of each input."""
    return [(kinds[number % len(kinds)], number) for number in range(count)]


def made(kind: str, seed: int, number: int, goods: Goods, folder: Path) -> Path:
    """An input: the same for the same seed and number."""
    return KINDS[kind][0](Random(f"{seed} {number}"), goods, folder)


def answer(read: Read, path: Path) -> str:
    """What a reader makes of an input: a result, an error's name, or where a fault is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except XlGpt2Error as error:
        said = error.rendered()  # which must be possible
        return type(error).__name__ if "hint: " in said and error.hint else "fault: no hint"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what this looks for
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "xlgpt2" in f.filename]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        return f"fault: {type(error).__name__} at {where}: {str(error)[:80]!r}"
    return "result"


def read_some(some: list[tuple[str, int]], seed: int, goods: Goods, out: int) -> None:
    """Reads some inputs and writes a line of JSON for each answer; the process ends with it."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        for kind, number in some:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                path = made(kind, seed, number, goods, Path(folder))
                for name, read in KINDS[kind][1].items():
                    os.write(out, json.dumps([number, kind, name, "..."]).encode() + b"\n")
                    line = json.dumps([number, kind, name, answer(read, path)])
                    os.write(out, line.encode() + b"\n")
    finally:
        os._exit(0)


def answers(
    some: Sequence[tuple[str, int]], seed: int, goods: Goods
) -> Iterator[tuple[int, str, str, str]]:
    """The number, kind, reader and answer of every input."""
    waiting = list(some)
    while waiting:
        here, there = os.pipe()
        process = os.fork()
        if not process:
            os.close(here)
            read_some(waiting[:A_PROCESS], seed, goods, there)
        os.close(there)
        last: tuple[int, str, str, str] | None = None
        unread = b""
        while select.select([here], [], [], PATIENCE_S)[0] and (data := os.read(here, 1 << 16)):
            *lines, unread = (unread + data).split(b"\n")
            for line in lines:
                number, kind, name, said = json.loads(line)
                last = (number, kind, name, said)
                if said != "...":
                    yield last
        os.close(here)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        if last is not None and last[3] == "...":
            code = os.waitstatus_to_exitcode(status)
            said = f"ended with {code}" if code != -signal.SIGKILL else "took longer than it may"
            yield (*last[:3], f"fault: {said}")
        done = A_PROCESS if last is None or last[3] != "..." else waiting.index(last[1::-1]) + 1
        waiting = waiting[done:]


def main() -> None:
    """Prints how many answers of each kind every reader gave, and the faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--kind", choices=KINDS, action="append", help="by default all of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("output/fuzz"))
    options = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    faults: dict[str, tuple[int, str]] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        goods = Goods(Path(folder))
        computed(goods.workbook)  # what is imported when it is needed is imported here, for all
        some = inputs(options.inputs, options.kind or list(KINDS))
        for number, kind, reader, said in answers(some, options.seed, goods):
            counts[kind, reader, said.partition(":")[0]] += 1
            if said.startswith("fault") and said not in faults:
                faults[said] = number, kind
                kept = options.keep / f"{options.seed}-{number}"
                shutil.rmtree(kept, ignore_errors=True)
                kept.mkdir(parents=True)
                made(kind, options.seed, number, goods, kept)
                print(f"{kept}: {reader}: {said}", flush=True)
    print(f"seed {options.seed}: {options.inputs:,} inputs, {len(faults)} kinds of faults")
    for (kind, reader, said), count in sorted(counts.items()):
        print(f"{kind:<10} {reader:<18} {said:<22} {count:>7,}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
