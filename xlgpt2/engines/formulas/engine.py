"""The formulas engine: computes a workbook in-process, with the package `formulas`."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from xlgpt2.cells.address import Area
from xlgpt2.cells.readings import Inputs, Readings
from xlgpt2.cells.values import Cells
from xlgpt2.engines.engine import NO_AREAS, ComputedWorkbook, package_version
from xlgpt2.engines.formulas.evaluation import Evaluation
from xlgpt2.engines.formulas.kept_plans import kept_plan
from xlgpt2.engines.formulas.overriding import overridden
from xlgpt2.engines.formulas.plan import CalculationPlan
from xlgpt2.engines.formulas.quiet import quiet
from xlgpt2.engines.inputs import Override, overrides_of
from xlgpt2.engines.range_values import areas_to_read, as_cells
from xlgpt2.garbage_collection import collection_paused
from xlgpt2.xlsx.reading.workbook import Workbook


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
        workbook: Workbook,
        inputs: Iterable[Inputs],
        names: Collection[str] | None = None,
        extra_areas: Mapping[str, Area] = NO_AREAS,
    ) -> Iterator[Readings]:
        """Readings of the named ranges after a full recalculation, one for each of `inputs`.

        Formulas that no range in `names` needs are skipped. Raises what `Engine.recalculate` does.
        """
        with kept_plan(workbook, extra_areas) as plan:
            wanted = areas_to_read(plan.names, names, workbook.path, extra_areas)
            with quiet(), collection_paused():
                calculation = plan.calculation(None if names is None else wanted.values())
            for input_set in inputs:
                with quiet():
                    overrides = overrides_of(input_set, plan.names, workbook.path)
                    values, seconds = _compute(calculation, overrides, wanted)
                yield Readings(self.name, self.version() or "", values, plan.names, seconds)

    @contextmanager
    def computed(self, workbook: Workbook, inputs: Inputs) -> Iterator[ComputedWorkbook]:
        """The workbook after a full recalculation; raises what `Engine.computed` does."""
        with kept_plan(workbook, NO_AREAS) as plan:
            with quiet(), collection_paused():
                calculation = plan.calculation()

            def read(area: Area) -> Cells:
                return as_cells(plan.grid.cells(area), truth_values=True)

            with overridden(
                calculation, overrides_of(inputs, plan.names, workbook.path)
            ) as replaced:
                with quiet():
                    Evaluation(calculation, replaced).run()
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
