"""Readings of an engine that opens the file again for each set of inputs."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.engines.engine import Engine
from xlgpt2.engines.range_values import areas_to_read, as_cells
from xlgpt2.xlsx.reading.workbook import Workbook


def read_one_by_one(
    engine: Engine,
    workbook: Workbook,
    inputs: Iterable[Inputs],
    names: Collection[str] | None,
    extra_areas: Mapping[str, Area],
) -> Iterator[Readings]:
    """Readings by `Engine.computed`, one for each of `inputs`.

    Raises what `Engine.recalculate` does.
    """
    areas = areas_to_read(workbook.areas, names, workbook.path, extra_areas)
    for input_set in inputs:
        start = time.perf_counter()
        with engine.computed(workbook, input_set) as result:
            seconds = time.perf_counter() - start
            values = {name: as_cells(result.read(area)) for name, area in areas.items()}
        yield Readings(
            engine.name, result.version, values, {**workbook.areas, **extra_areas}, seconds
        )
