"""What a plan says of its ranges: names of rows, the options that it was made with, no errors."""

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
    """What ranges must hold that the reference can't know, for it has no tabs and no options."""
    known = {"build_options": single(options_of(sizes, precision, variant).text())}
    for name, placed in plan.places.items():
        source = placed.range.source
        if isinstance(source, Record) and source.quantity == "name":
            known[name] = column(source.ranges)
        if name in ("tab_errors", "tab_result"):
            rows = placed.range.rows
            known[name] = np.zeros((rows, 1)) if name == "tab_errors" else column(["ok"] * rows)
    return known


def label_trace(labels: Iterable[Labels], known: Mapping[str, Cells]) -> dict[str, Cells]:
    """What labels must show, by their names: numbers, or what is known of a range or a table."""
    found = {}
    for one in labels:
        count = max(one.area.shape)
        cells = known[one.of] if one.of else column(range(one.first, one.first + count))
        found[one.name] = cells[:count].reshape(one.area.shape)
    return found


def number_as_prompt(readings: Readings) -> dict[str, Cells]:
    """The prompt of a file that has a number there, which formulas take for a text."""
    cells = readings.values.get("prompt")
    return {} if cells is None or not isinstance(cells[0, 0], float) else {"prompt": cells}
