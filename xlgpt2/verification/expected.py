"""Expected values of a workbook's ranges: from the reference, the plan, or the file itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from xlgpt2.cells.readings import Readings
from xlgpt2.cells.values import Cells, column, grid, single
from xlgpt2.checkpoint.checkpoint import Checkpoint
from xlgpt2.checkpoint.precision import Precision
from xlgpt2.constants.sizes import Sizes
from xlgpt2.designs.options import options_of
from xlgpt2.designs.provenance import STATED
from xlgpt2.layout.labels import Labels
from xlgpt2.layout.layout import Plan
from xlgpt2.reference.trace import part_trace, trace
from xlgpt2.stages.sources import Record, Values
from xlgpt2.stages.variant import Variant
from xlgpt2.verification.requests import Reading, Request
from xlgpt2.verification.tampering import tampered_trace


@dataclass(frozen=True, eq=False)
class Expected:
    """The expected ranges of a reading, labels included, which are ranges without a name.

    The file has no cells for ranges in `left_out`. If it was tampered with, only the ranges that
    say so are `compared`.
    """

    ranges: Mapping[str, Cells]
    labels: tuple[Labels, ...] = ()
    left_out: frozenset[str] = frozenset()
    compared: frozenset[str] | None = None

    def compared_part(self, readings: Readings) -> Readings:
        """The part of an engine's readings that is compared."""
        if self.compared is None:
            return readings
        names = [name for name in self.compared if name in readings.values]
        return replace(readings, values={name: readings.values[name] for name in names})


class Reference:
    """The expected ranges of a model's workbooks; the trace of each request is computed once."""

    def __init__(self, checkpoint: Checkpoint, sizes: Sizes) -> None:
        self._checkpoint, self._sizes = checkpoint, sizes
        self._traces: dict[Request, Mapping[str, Cells]] = {}

    def expected(self, reading: Reading) -> Expected:
        """What a correct workbook shows for the request of a reading."""
        file, readings = reading.file, reading.readings
        if reading.probe.overrides:
            ranges = tampered_trace(readings, file.plan, self._checkpoint)
            return Expected(ranges, compared=frozenset(ranges))
        ranges = self._ranges(reading)
        ranges |= label_trace(file.labels, ranges)
        return Expected(ranges, tuple(file.labels), file.left_out)

    def _ranges(self, reading: Reading) -> dict[str, Cells]:
        """The named ranges: from the reference, the file's plan, or else the file itself."""
        file, values = reading.file, reading.readings.values
        part, precision = file.variant.part, self._checkpoint.precision
        return {
            **part_trace(self.trace(reading.request), part.before, part.after),
            **plan_trace(file.plan, self._sizes, precision, file.variant),
            **{name: values[name] for name in STATED if name in values},
            **number_as_prompt(reading.readings),
        }

    def trace(self, request: Request) -> Mapping[str, Cells]:
        """The reference's trace for a request."""
        if request not in self._traces:
            checkpoint = self._checkpoint
            weights = {name: np.array(rows, dtype=np.float64) for name, rows in request.weights}
            self._traces[request] = trace(
                checkpoint.with_overrides(weights) if weights else checkpoint,
                self._sizes,
                request.prompt,
                request.token_ids,
                request.controls,
                request.workbook_ids,
                request.utf16,
                request.switches,
            )
        return self._traces[request]


def plan_trace(
    plan: Plan, sizes: Sizes, precision: Precision, variant: Variant
) -> dict[str, Cells]:
    """Ranges that the reference can't compute, because it has no tabs and no build options."""
    expected = {"build_options": single(options_of(sizes, precision, variant).text())}
    for name, placed in plan.places.items():
        source = placed.range.source
        if isinstance(source, Record) and source.quantity == "name":
            expected[name] = column(source.ranges)
        if isinstance(source, Values):
            expected[name] = grid(source.rows)
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
