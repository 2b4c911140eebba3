"""Speed, size and memory of writing weights to a workbook, with this writer and other_figures.

    python -m benchmarks.writing --vocabulary DIR [--shape gpt2]

Everything is measured in one run on the same tensors. Other writers get some rows of wte, since
all would take half an hour. The floor is a lower bound: converting numbers to text, and deflating
the sheets' text, in as many processes and with no overhead. "Rows of XML" includes the conversion
of numbers and the text of cells around them.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import openpyxl
import orjson
import pyexcelerate
import xlsxwriter
from isal import isal_zlib

from benchmarks.figures import output_option, show_and_save, vocabulary_option
from benchmarks.memory import peak_memory
from benchmarks.random_checkpoint import SHAPES, write_checkpoint
from xlgpt2.checkpoint.cell_tensors import CellTensor
from xlgpt2.checkpoint.checkpoint import Precision
from xlgpt2.checkpoint.precision import Dtype
from xlgpt2.checkpoint.tensors import Tensor, Weights
from xlgpt2.commands.build import build
from xlgpt2.designs.model_workbook import design
from xlgpt2.writer.blocks import WeightBlock
from xlgpt2.writer.sheet_rows import RowsPart, SheetRows

#: Cells for the slower writers.
SAMPLE = 1_000_000

#: Rows of wte for measuring the floor.
FLOOR_ROWS = 25_000

ROUNDS = 3
MEGABYTE = 1e6


@dataclass(frozen=True)
class Figure:
    """A writer's fastest round in seconds, its sizes, and the memory of all its processes."""

    writer: str
    cells: int
    seconds: float
    million_cells_per_second: float
    bytes_per_weight: float | None
    peak_megabytes: float | None


def xlgpt2_figure(model: Path, folder: Path, dtype: Dtype) -> Figure:
    """The whole workbook, from the checkpoint to the finished file."""
    best, peak, summary = float("inf"), 0.0, None
    for _ in range(ROUNDS):
        with peak_memory() as memory:
            started = time.perf_counter()
            decided = design(model, precision=Precision(dtype))
            summary = build(decided, folder / "ours.xlsx")
            best = min(best, time.perf_counter() - started)
        peak = max(peak, memory())
    assert summary is not None
    return _figure(f"xlgpt2, {dtype}", summary.weights, best, summary.bytes, peak)


def _figure(
    writer: str, cells: int, seconds: float, size: int | None, peak: float | None
) -> Figure:
    return Figure(
        writer,
        cells,
        seconds,
        cells / seconds / 1e6,
        None if size is None else size / cells,
        None if peak is None else peak / MEGABYTE,
    )


def other_figures(sample: Weights, folder: Path) -> Iterator[Figure]:
    """Well-known writers in the modes that they recommend for large sheets.

    Each writes in a process of its own, in which openpyxl finds lxml or does not look for it.
    """
    for writer, lxml, write in (
        ("openpyxl, write-only, without lxml", False, _openpyxl),
        ("openpyxl, write-only, with lxml", True, _openpyxl_lxml),
        ("XlsxWriter, constant memory", False, _xlsxwriter),
        ("pyexcelerate", False, _pyexcelerate),
    ):
        path = folder / "other.xlsx"
        own_process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        with _environment("OPENPYXL_LXML", str(lxml)), peak_memory() as memory, own_process:
            seconds = own_process.submit(_seconds, write, sample, path).result()
        yield _figure(writer, sample.size, seconds, path.stat().st_size, memory())


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A context in which a variable of the environment has a value, for processes started in it."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def _seconds(write: Callable[[Weights, Path], None], sample: Weights, path: Path) -> float:
    started = time.perf_counter()
    write(sample, path)
    return time.perf_counter() - started


def _openpyxl_lxml(sample: Weights, path: Path) -> None:
    assert openpyxl.LXML, "expected lxml, which the extra benchmarks installs"
    _openpyxl(sample, path)


def _openpyxl(sample: Weights, path: Path) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("wte")
    for row in sample.tolist():
        sheet.append(row)
    workbook.save(path)


def _xlsxwriter(sample: Weights, path: Path) -> None:
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = workbook.add_worksheet("wte")
    for i, row in enumerate(sample.tolist()):
        for j, number in enumerate(row):
            sheet.write_number(i, j, number)
    workbook.close()


def _pyexcelerate(sample: Weights, path: Path) -> None:
    workbook = pyexcelerate.Workbook()
    workbook.new_sheet("wte", data=sample.tolist())
    workbook.save(str(path))


def floor(wte: Tensor, processes: int) -> Iterator[Figure]:
    """Number to text, rows of XML, deflate, and their sums."""
    step = FLOOR_ROWS // (8 * processes)
    numbers = [wte.rows(i, i + step) for i in range(0, FLOOR_ROWS, step)]
    block = WeightBlock(1, 1, 1, CellTensor(wte.part(0, FLOOR_ROWS), Precision()), compact=True)
    rows = list(SheetRows(blocks=[block]).parts())
    texts = [part.xml() for part in rows]
    cells = FLOOR_ROWS * wte.shape[1]
    times: dict[str, float] = {}
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_wait, range(processes)))  # so that all have started
        tasks = (("number to text", _text, numbers), ("rows of XML", _rows, rows))
        for name, work, items in (*tasks, ("deflate", _deflate, texts)):
            times[name] = min(_total_seconds(pool, work, items) for _ in range(ROUNDS)) / processes
    for first in ("number to text", "rows of XML"):
        times[f"{first} + deflate"] = times[first] + times["deflate"]
    for name, seconds in times.items():
        yield _figure(f"floor: {name}", cells, seconds, None, None)


def _total_seconds(
    pool: ProcessPoolExecutor, work: Callable[..., float], items: Sequence[object]
) -> float:
    """The seconds that all processes spent, without passing data between them."""
    return sum(pool.map(work, items))


def _wait(_number: int) -> None:
    time.sleep(0.2)


def _text(numbers: Weights) -> float:
    started = time.perf_counter()
    for row in numbers:
        orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY)
    return time.perf_counter() - started


def _rows(part: RowsPart) -> float:
    started = time.perf_counter()
    part.xml()
    return time.perf_counter() - started


def _deflate(text: bytes) -> float:
    started = time.perf_counter()
    compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    compressor.compress(text)
    compressor.flush()
    return time.perf_counter() - started


@click.command()
@vocabulary_option()
@click.option("--shape", type=click.Choice(list(SHAPES)), default="gpt2", show_default=True)
@output_option("writing")
def main(vocabulary: Path, shape: str, output: Path) -> None:
    """Write workbooks of random weights in the shape of a published model, and print figures."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = write_checkpoint(folder / shape, vocabulary, *SHAPES[shape])
        wte = design(model).checkpoint.tensors["wte.weight"]
        figures += floor(wte, os.cpu_count() or 1)
        figures += other_figures(wte.rows(0, SAMPLE // wte.shape[1]), folder)
        for dtype in ("float32", "bfloat16", "int8"):
            figures.append(xlgpt2_figure(model, folder, dtype))
    show_and_save(figures, output, ",.2f")


if __name__ == "__main__":
    main()
