"""The formulas engine: computes a workbook in-process, with the package `formulas`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook, package_version
from xlgpt2.engines.formulas.evaluation import Evaluation
from xlgpt2.engines.formulas.overriding import overridden
from xlgpt2.engines.formulas.plan import CalculationPlan, make_plan
from xlgpt2.engines.inputs import Override, overrides_of
from xlgpt2.engines.range_values import areas_to_read, as_cells
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.xlsx.reading.workbook_file import read_workbook


class FormulasEngine:
    """Computes workbooks with the Python package `formulas`; satisfies `Engine`."""

    name = "formulas"
    how_to_install = "pip install formulas"
    counts_utf16 = False

    def version(self) -> str | None:
        """The version of the package, or None if it is not installed."""
        return package_version("formulas")

    def recalculate(
        self,
        workbook: Path,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Iterator[Readings]:
        """Readings of the named ranges after a full recalculation, one for each of `inputs`.

        Formulas that no range in `names` needs are skipped. Raises what `Engine.recalculate` does.
        """
        with _quiet(), collection_paused():
            file = read_workbook(workbook)
            wanted = areas_to_read(file.areas, names, workbook, extra_areas)
            areas = {**file.areas, **extra_areas}
            file = replace(file, areas=areas)
            plan = make_plan(file, None if names is None else wanted.values())
        for input_set in inputs:
            with _quiet():
                overrides = overrides_of(input_set, file.areas, workbook)
                values, seconds = _compute(plan, overrides, wanted)
            yield Readings(self.name, self.version() or "", values, areas, seconds)

    @contextmanager
    def computed(self, workbook: Path, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        with _quiet(), collection_paused():
            file = read_workbook(workbook)
            plan = make_plan(file)

        def read(area: Area) -> Cells:
            return as_cells(plan.grid.cells(area), truth_values=True)

        with overridden(plan, overrides_of(inputs, file.areas, workbook)) as replaced:
            with _quiet():
                Evaluation(plan, replaced).run()
            yield ComputedWorkbook(self.name, self.version() or "", read)


def _compute(
    plan: CalculationPlan, overrides: Sequence[Override], wanted: Mapping[str, Area]
) -> tuple[dict[str, Cells], float]:
    """The wanted ranges after a computation, and the seconds that it took."""
    with overridden(plan, overrides) as replaced:
        start = time.perf_counter()
        Evaluation(plan, replaced).run()
        seconds = time.perf_counter() - start
        return {name: as_cells(plan.grid.cells(area)) for name, area in wanted.items()}, seconds


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress warnings of `formulas` and numpy: an error in a cell is just a value."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
