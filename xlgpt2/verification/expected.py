"""Expected values that follow from the plan alone: names of rows, build options, no errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells, column, single
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.constants.sizes import Sizes
from xlgpt2.designs.options import options_of
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan
from xlgpt2.stages.sources import Record
from xlgpt2.stages.variant import Variant


def plan_trace(
    plan: Plan, sizes: Sizes, precision: Precision, variant: Variant
) -> dict[str, Cells]:
    """Ranges that the reference can't compute, because it has no tabs and no build options."""
    expected = {"build_options": single(options_of(sizes, precision, variant).text())}
    for name, placed in plan.places.items():
        source = placed.range.source
        if isinstance(source, Record) and source.quantity == "name":
            expected[name] = column(source.ranges)
        if name in ("tab_errors", "tab_result"):
            rows = placed.range.rows
            expected[name] = np.zeros((rows, 1)) if name == "tab_errors" else column(["ok"] * rows)
    return expected


def label_trace(labels: Iterable[Labels], ranges: Mapping[str, Cells]) -> dict[str, Cells]:
    """Expected labels, by name: numbers, or the values of a range or a table."""
    expected = {}
    for entry in labels:
        count = max(entry.area.shape)
        cells = ranges[entry.of] if entry.of else column(range(entry.first, entry.first + count))
        expected[entry.name] = cells[:count].reshape(entry.area.shape)
    return expected


def number_as_prompt(readings: Readings) -> dict[str, Cells]:
    """The prompt of a file if it is a number, which formulas treat as text."""
    cells = readings.values.get("prompt")
    return {} if cells is None or not isinstance(cells[0, 0], float) else {"prompt": cells}
