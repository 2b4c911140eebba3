"""Readings of an engine that opens the file anew for each set of inputs."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.engines.engine import Engine
from xlgpt2.engines.range_values import as_cells, chosen
from xlgpt2.xlsx.package import read_contents


def read_one_by_one(
    engine: Engine,
    workbook: Path,
    inputs: Iterable[Inputs],
    names: Collection[str] | None,
    also: Mapping[str, Area],
) -> Iterator[Readings]:
    """What every named range holds by `Engine.computed`, once for each of `inputs`.

    Raises what `Engine.recalculate` says.
    """
    contents = read_contents(workbook)
    wanted = chosen(contents.areas, names, workbook, also)
    for one in inputs:
        start = time.perf_counter()
        with engine.computed(workbook, one) as done:
            seconds = time.perf_counter() - start
            values = {name: as_cells(done.read(area)) for name, area in wanted.items()}
        yield Readings(engine.name, done.version, values, {**contents.areas, **also}, seconds)
